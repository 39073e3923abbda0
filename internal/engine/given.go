package engine

import (
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// NoLeak returns what reports whether a goroutine of the dump gs is no leak,
// whatever the caller says: the caller's own, what init functions started, idle
// connections, and what the catalogue knows to be benign.
func NoLeak(gs []stackparse.Goroutine) func(*stackparse.Goroutine) bool {
	self := capture.SelfID()
	idle := wait.IdleConns(gs)
	return func(g *stackparse.Goroutine) bool {
		return g.ID == self || idle[g.ID] || byInit(g) || OwnOrKnown(g)
	}
}

// Given reports on the goroutines leaks of the dump gs, which the caller has
// taken and judged. It does not wait. Where the runtime offers a proof it is
// asked for it, and gs is marked.
func Given(gs []stackparse.Goroutine, leaks IDs, leave report.Leave) Outcome {
	markProven(gs)
	cfg := NewConfig()
	cfg.Leave = leave
	p := Policy{Config: cfg, Sort: func(d capture.Dump) Sorted {
		return Sorted{Leaks: leaksOf(d.Goroutines, func(g *stackparse.Goroutine) bool { return leaks[g.ID] })}
	}}
	// The error is that of a baseline, and cfg has none.
	found, _ := Check(given{gs}, p)
	return found
}

// markProven asks the runtime which goroutines of gs are leaked for certain.
// That must not happen while there is a bubble of testing/synctest.
func markProven(gs []stackparse.Goroutine) {
	inBubble := func(g stackparse.Goroutine) bool { return g.Bubble != 0 }
	if !capture.CanProve() || slices.ContainsFunc(capture.All().Goroutines, inBubble) || !capture.Prove() {
		return
	}
	// The marks are in a dump taken now; that of the caller is older, and ids tell who
	// is who.
	proven := IDs{}
	for _, g := range capture.All().Goroutines {
		proven[g.ID] = g.Leaked
	}
	for i := range gs {
		gs[i].Leaked = gs[i].Leaked || proven[gs[i].ID]
	}
}

// given is a world that stands still.
type given struct{ gs []stackparse.Goroutine }

// Counters implements [settle.World].
func (g given) Counters() capture.Counters { return capture.Counters{Live: uint64(len(g.gs))} }

// Dump implements [settle.World].
func (g given) Dump() capture.Dump { return capture.Dump{Goroutines: g.gs, Counters: g.Counters()} }

// Prove implements [settle.World].
func (given) Prove() bool { return false }

// GC implements [settle.World].
func (given) GC() {}
