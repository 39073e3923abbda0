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
	v := reflect.ValueOf(t)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Type().String() != "*testing.T" {
		return nil
	}
	bubble, parent := v.Elem().FieldByName("isSynctest"), v.Elem().FieldByName("parent")
	if bubble.Kind() != reflect.Bool || !bubble.Bool() || parent.Kind() != reflect.Pointer || parent.IsNil() {
		return nil
	}
	typ := v.Type().Elem()
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
func (c *Test) Deadlock() Outcome {
	if c.ended || !deadlocked() {
		return Outcome{}
	}
	d := capture.All()
	inside := c.bubble(d.Goroutines)
	tests := map[int64]string{}
	for _, t := range owner.Running(d.Goroutines) {
		tests[t.Goroutine.ID] = t.Name
	}
	judge := owner.NewJudge("", 0, d.Goroutines)
	var leaks []report.Leak
	for i := range d.Goroutines {
		g := d.Goroutines[i]
		name, test := tests[g.ID]
		switch {
		case g.Bubble == 0 || !inside(g.Bubble):
			continue
		case test:
			g.Leaked = true
			leaks = append(leaks, report.Leak{Goroutine: g, Test: true,
				Owner: owner.Finding{Verdict: owner.Mine, Test: name, Evidence: "the test's own goroutine"}})
		case !OwnOrKnown(&g) && !c.cfg.ignores(&g) && !c.ledger.settled(g.ID):
			// The runtime marks only what its collection proves. Here the panic is the proof.
			g.Leaked = true
			leaks = append(leaks, report.Leak{Goroutine: g, Owner: judge.Of(&g, true), Rank: 1})
		}
	}
	if len(leaks) == 0 {
		return Outcome{}
	}
	in := report.Input{
		Package: c.cfg.Package, Subject: c.t.Name(), Leaks: leaks, Tree: source.Here(), Leave: report.ByNone,
		Remark: []string{"the runtime found all goroutines of its synctest bubble blocked"}, Notes: DumpNotes(d),
	}
	if slices.ContainsFunc(leaks, func(l report.Leak) bool { return l.Test }) {
		in.Kind = report.Hung
	}
	r := in.Build()
	c.ledger.report(c.t.Name(), leakIDs(leaks))
	return Outcome{Report: r, Dump: d.Goroutines, Leaks: leakIDs(leaks)}
}

// bubble tells which bubble's deadlock it is. Where the test is in one, that is
// known; a test around it is on the goroutine that started the bubble, or has
// no other bubble than those of tests that run at the same time.
func (c *Test) bubble(gs []stackparse.Goroutine) func(int64) bool {
	if c.self.Bubble != 0 {
		return func(bubble int64) bool { return bubble == c.self.Bubble }
	}
	others := map[int64]bool{}
	for i := range gs {
		// The first goroutine of a bubble is started by synctest.Test, on that of the
		// test around it.
		if by := gs[i].Creator; by != nil && by.Func == "testing/synctest.Test" && by.Goroutine != c.self.ID {
			others[gs[i].Bubble] = true
		}
	}
	return func(bubble int64) bool { return !others[bubble] }
}

// deadlocked reports whether the calling cleanup runs because synctest.Test
// panicked by itself: a panic of the test's own code in the bubble is one of
// another goroutine.
func deadlocked() bool {
	why, by := capture.Unwinding()
	return why == capture.Panic && (by == "internal/synctest.Run" || by == "runtime.synctestRun")
}
