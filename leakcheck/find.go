package leakcheck

import (
	"errors"

	"github.com/leakcheck-go/goroutine/internal/engine"
)

// Find looks, outside of any test or in the middle of one, for goroutines that
// are neither known (see filters.Catalogue) nor ignored by opts, and gives
// them the same time to end as [Verify] does. Goroutines that an init function
// started are left out; [IgnoreCurrent] leaves out others that were there earlier:
//
//	current := leakcheck.IgnoreCurrent()
//	...
//	if err := leakcheck.Find(current).Err(); err != nil { ... }
//
// The report is never nil. A [Baseline] that cannot be read or written is an
// error of its own in it, with what was found.
//
// Find does not count as a report: a test that leaks a goroutine that Find saw still
// fails. Find does not find a goroutine again that has failed a test.
func Find(opts ...Option) *Report {
	cfg := newConfig(opts)
	problem := cfg.Problem()
	if problem != nil {
		cfg.Baseline = nil // Find reports what is there in any case
	}
	found, err := engine.Process(&cfg.Config)
	return &Report{found.Report, errors.Join(problem, err)}
}
