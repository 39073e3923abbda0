package engine

import (
	"strings"
	"sync"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Unasked checks the tests of a process that never asked for a check. Those are
// judged more mildly than those that did:
//
//   - Subtests share what they start. What a subtest left behind and another one
//     ended is no leak; what is still there when the test at the top ends is, and
//     is put to the subtest that started it.
//   - Tests share what one of them starts for all. It is reported once, at the end
//     of the package, and fails no test.
//   - No test waits for goroutines that a library is known to stop slowly, nor for
//     those that started and wait like goroutines of earlier tests that ended by
//     themselves after a while, at a tick for example. The check waits for them once,
//     at the end of the package.
type Unasked struct {
	Config *Config

	// Report gets what the check of t found, on the goroutine of t, after its
	// cleanups. It prints that and fails t. The error is one of a baseline.
	Report func(t TB, found Outcome, err error)

	// Together says that Over is called at the end of each parallel test, after its
	// cleanups, when another test may run and before t is reported. Those that end
	// at about the same time are then judged by one dump.
	Together bool

	start sync.Once
	main  *Main
	batch batch
	off   sync.Map // tests whose checks were put off until Over -> these checks
}

// Start records what is there before the tests. The first Begin does so as
// well.
func (u *Unasked) Start() {
	u.start.Do(func() { u.main = BeginMain(u.Config) })
}

// Begin is called before t does anything, on its goroutine, for tests at the top
// and for subtests. The check takes place in a cleanup of the test at the top:
// it was registered first, so it runs last.
func (u *Unasked) Begin(t TB) {
	if t.Name() == "" {
		return // a benchmark run by testing.Benchmark: a part of its caller's test
	}
	u.Start()
	c := u.begin(t)
	c.Enter()
	if strings.Contains(t.Name(), "/") {
		t.Cleanup(c.Leave)
		return
	}
	u.batch.enter()
	t.Cleanup(func() {
		t.Helper()
		if u.Together && isParallel(t) && !u.Config.asksForThings() && !panicking() {
			u.off.Store(t, c)
			return
		}
		u.end(t, c)
	})
}

// PutOff reports whether the check of t, whose cleanups are over, is put off until
// Over is called.
func (u *Unasked) PutOff(t TB) bool {
	_, off := u.off.Load(t)
	return off
}

// Over ends the check of t if that was put off, and reports whether it was.
func (u *Unasked) Over(t TB) bool {
	c, off := u.off.LoadAndDelete(t)
	if off {
		t.Helper()
		u.end(t, c.(*Test))
	}
	return off
}

func (u *Unasked) end(t TB, c *Test) {
	t.Helper()
	defer u.batch.leave()
	defer c.Leave()
	if u.Together && isParallel(t) && u.batch.clears(c) {
		return
	}
	if found, err := c.End(); found.Report != nil || err != nil {
		u.Report(t, found, err)
	}
}

// begin labels the goroutine of t. A subtest takes no dump, since it has no check
// that would compare it with a later one.
func (u *Unasked) begin(t TB) *Test {
	if !strings.Contains(t.Name(), "/") {
		c := Begin(t, u.Config, Call{})
		c.unasked = true
		return c
	}
	// Its stack is not read: there may be thousands of subtests, and package
	// testing has just begun to run this one here. A benchmark is run by others.
	c := &Test{t: t, cfg: u.Config, ledger: process, self: stackparse.Goroutine{ID: capture.SelfID()}}
	_, c.runs = t.(interface{ Parallel() })
	capture.SetTest(c.self, t.Name())
	c.ledger.unchanged(c.self.ID, c.runs) // counts the goroutine
	return c
}

// postpone says why a goroutine that outlives the test which started it is left
// to the check of the process, or "". The source is not asked about a young one:
// reading that of a large package takes longer than all other looks of its tests.
func postpone(g *stackparse.Goroutine, young bool) string {
	by := "by a test"
	if test, ok := g.Label(capture.TestLabel); ok {
		by = "by " + test
	}
	switch {
	case g.Leaked: // nobody can use it or stop it any more
		return ""
	case settle.Linger(g) > 0, !young && settle.Ended(g):
		return "started " + by + ", and had not stopped by the end"
	case !young && source.Here().Shared(g):
		return "started " + by + " for all tests, still there at the end"
	}
	return ""
}

// End looks for what the tests left behind, as [Main.End] does.
func (u *Unasked) End(passed bool) (found Outcome, looked bool, err error) {
	u.Start()
	return u.main.End(passed)
}

// EndInput looks for what an input of a fuzz target left behind; see [Main.EndInput].
func (u *Unasked) EndInput(input string) (Outcome, error) {
	u.Start()
	return u.main.EndInput(input)
}

// Known reports whether g is no leak; see [Main.Known].
func (u *Unasked) Known(g *stackparse.Goroutine) bool {
	u.Start()
	return u.main.Known(g)
}
