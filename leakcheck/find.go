package leakcheck

import (
	"errors"

	"github.com/leakcheck-go/goroutine/internal/engine"
)

// Find looks, inside or outside of a test, for goroutines that are neither known
// (see filters.Catalogue) nor ignored by opts, and gives them the same time to end
// as [Verify] does. Goroutines that an init function started are left out;
// [IgnoreCurrent] leaves out others that were there earlier:
//
//	current := leakcheck.IgnoreCurrent()
//	...
//	if err := leakcheck.Find(current).Err(); err != nil { ... }
//
// The report is never nil. If a [Baseline] cannot be read or written, the
// report has an error for it in addition to the findings.
//
// A goroutine that Find has reported still fails the test that leaks it. Find does
// not report a goroutine that has failed a test.
func Find(opts ...Option) *Report {
	cfg := newConfig(opts)
	problem := cfg.Problem()
	if problem != nil {
		cfg.Baseline = nil // Find reports what is there in any case
	}
	found, err := engine.Process(&cfg.Config)
	return &Report{found.Report, errors.Join(problem, err)}
}
