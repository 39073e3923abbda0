package engine

import (
	"reflect"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Around returns the test that called synctest.Test where t is the test in the
// bubble, or nil. Package testing keeps it as the first field of the test that
// t's parent points at; where that changes there is none.
//
// When all goroutines of a bubble are blocked, synctest.Test panics on the
// goroutine of that test. Cleanups of t do not run any more then: its goroutine
// is one of the blocked.
func Around(t TB) TB {
	if isSpec(t) {
		return nil
	}
	bubble, parent := field(t, "isSynctest"), field(t, "parent")
	if bubble.Kind() != reflect.Bool || !bubble.Bool() || parent.Kind() != reflect.Pointer || parent.IsNil() {
		return nil
	}
	typ := reflect.TypeOf(t).Elem()
	// The layout is no promise of package testing. With another one the pointer below
	// would be to something else.
	if first := typ.Field(0); first.Type != parent.Type().Elem() {
		return nil
	}
	around, _ := reflect.NewAt(typ, parent.UnsafePointer()).Interface().(TB)
	return around
}

// Deadlock reports, from a cleanup of the test that called synctest.Test, on the
// goroutines of its bubble if they are all blocked, which has made synctest.Test
// panic. The runtime itself has proven that nothing can wake them: no clock moves
// in that bubble any more. It finds nothing where the check in the bubble has
// come to its end.
func (c *Test) Deadlock() Outcome { return c.deadlock(capture.Unwinding()) }

// deadlock is Deadlock for a caller that knows why deferred functions run, by
// [capture.Unwinding].
func (c *Test) deadlock(why, by string) Outcome {
	// synctest.Test panicked by itself: a panic of the test's own code in the bubble is
	// one of another goroutine.
	if c.ended || why != capture.Panic || by != "internal/synctest.Run" && by != "runtime.synctestRun" {
		return Outcome{}
	}
	d := capture.All()
	inside := c.bubble(d.Goroutines)
	tests := slices.DeleteFunc(owner.Running(d.Goroutines), func(t owner.Test) bool { return !inside(t.Goroutine) })
	leaks := Hanging(d.Goroutines, tests, func(g *stackparse.Goroutine) bool {
		return inside(g) && !OwnOrKnown(g) && !c.cfg.ignores(g) && !c.ledger.settled(g.ID)
	})
	if len(leaks) == 0 {
		return Outcome{}
	}
	for i := range leaks {
		// The runtime marks only what its collection proves. Here the panic is the proof.
		leaks[i].Goroutine.Leaked = true
	}
	in := report.Input{
		Package: c.cfg.Package, Subject: c.t.Name(), Leaks: leaks, Tree: source.Here(), Leave: report.ByNone,
		Remark: []string{"the runtime found all goroutines of its synctest bubble blocked"}, Notes: DumpNotes(d),
	}
	if len(tests) > 0 {
		in.Kind = report.Hung
	}
	r := in.Build()
	c.ledger.report(c.t.Name(), leakIDs(leaks))
	return Outcome{Report: r, Dump: d.Goroutines, Leaks: leakIDs(leaks)}
}

// Hanging lists the goroutines of tests that hang, and behind them the others of gs that
// count.
func Hanging(gs []stackparse.Goroutine, tests []owner.Test, counts func(*stackparse.Goroutine) bool) []report.Leak {
	var leaks []report.Leak
	own := IDs{}
	for _, t := range tests {
		own[t.Goroutine.ID] = true
		leaks = append(leaks, report.Leak{Goroutine: *t.Goroutine, Test: true,
			Owner: owner.Finding{Verdict: owner.Mine, Test: t.Name, Evidence: "the test's own goroutine"}})
	}
	others := leaksOf(gs, func(g *stackparse.Goroutine) bool { return !own[g.ID] && counts(g) })
	for i := range others {
		others[i].Rank = 1 // behind the tests, which are what the reader looks for
	}
	return append(leaks, others...)
}

// bubble tells what is in the bubble whose deadlock it is. Where the test is in one, that is
// known; a test around it is on the goroutine that started the bubble, or has
// no other bubble than those of tests that run at the same time.
func (c *Test) bubble(gs []stackparse.Goroutine) func(*stackparse.Goroutine) bool {
	if c.self.Bubble != 0 {
		return func(g *stackparse.Goroutine) bool { return g.Bubble == c.self.Bubble }
	}
	others := map[int64]bool{}
	for i := range gs {
		// The first goroutine of a bubble is started by synctest.Test, on that of the
		// test around it.
		if by := gs[i].Creator; by != nil && by.Func == "testing/synctest.Test" && by.Goroutine != c.self.ID {
			others[gs[i].Bubble] = true
		}
	}
	return func(g *stackparse.Goroutine) bool { return g.Bubble != 0 && !others[g.Bubble] }
}
