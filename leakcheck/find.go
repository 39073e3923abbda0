package leakcheck

import (
	"errors"
	"regexp"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Find looks, outside of any test or in the middle of one, for goroutines that
// are neither known (see filters.Catalogue) nor ignored by opts, and gives
// them the same time to end as [Verify] does. What an init function started is
// left out; use [IgnoreCurrent] to leave out what else was there earlier:
//
//	current := leakcheck.IgnoreCurrent()
//	...
//	if err := leakcheck.Find(current).Err(); err != nil { ... }
//
// The report is never nil. A [Baseline] that cannot be read or written is an
// error of its own in it, beside what was found.
//
// Find does not count as a report: a test that leaks what Find saw still fails.
// What failed a test already is not found again.
func Find(opts ...Option) *Report {
	before := func(g *stackparse.Goroutine) bool { return atInit[g.ID] || byInit(g) }
	cfg := newConfig(opts)
	problem := cfg.problem()
	if problem != nil {
		cfg.baseline = nil // what is there is told all the same
	}
	found, err := checkProcess(cfg, before, "")
	return &Report{found.Report, errors.Join(problem, err)}
}

// byInit reports whether an init function started g: packages that import this
// one are initialized after it.
func byInit(g *stackparse.Goroutine) bool {
	return g.Creator != nil && g.Creator.Goroutine == 1 && initFunc.MatchString(g.Creator.Func)
}

// initFunc is an init function, the initializer of package variables, or a
// closure of one: "shop.init.0", "shop.init.func1".
var initFunc = regexp.MustCompile(`\.init(\.\d+)?(\.func\d+)*$`)

// atInit is what was there when the package was initialized.
var atInit, _ = process.known()

// Snapshot is the goroutines of the process at one moment, as [Take] took it.
// It does not change. The zero Snapshot has no goroutines.
type Snapshot struct{ dump capture.Dump }

// Take takes a snapshot of all goroutines, the caller's among them. It stops
// the process for about 4 µs a goroutine.
func Take() Snapshot { return Snapshot{capture.All()} }

// Len returns the number of goroutines in the snapshot.
func (s Snapshot) Len() int { return len(s.dump.Goroutines) }
