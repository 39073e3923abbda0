package engine

import (
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/resource"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// explainThings says of things what the memory of the process knows: who can still
// use them, and which call opened them. It leaves out the sockets of connections
// that net/http keeps for reuse. owners says whose a thing is and why. No other check
// reports them again.
func explainThings(things []resource.Thing, cfg *Config, self int64, owners func(*resource.Thing) (string, string)) (
	left []report.Left, notes []string) {
	if len(things) == 0 {
		return nil, nil
	}
	defer opened.settle(things)
	d := quietDump()
	gs := d.Goroutines
	e := explainer{
		things: things, byID: owner.ByID(gs), self: self, idle: wait.IdleConns(gs), judge: owner.NewJudge("", 0, gs),
	}
	if !heap.Off() && settle.Readable(d) {
		e.read(cfg)
	}
	kept := 0 // sockets that may be kept for reuse
	unsure := false
	for i := range things {
		t := &things[i]
		l := newLeft(t)
		l.Test, l.Evidence = owners(t)
		switch e.explain(i, &l) {
		case idleConn:
			continue
		case unknown:
			// Which sockets belong to idle connections does not show here, only how
			// many may.
			if t.Kind == resource.Socket && t.Socket.Remote != "" && kept < len(e.idle) {
				kept++
				continue
			}
		}
		unsure = unsure || l.Opened.Func == ""
		left = append(left, l)
	}
	if kept > 0 {
		notes = append(notes, "left out: as many connected sockets as net/http keeps idle connections")
	}
	// By default the memory profile has a sample of the allocations, with one of these
	// seldom in it.
	if unsure && len(left) > 0 && e.graph != nil && runtime.MemProfileRate != 1 {
		notes = append(notes, "with -memprofilerate=1, a report names the call that opened a descriptor or started a "+
			"process")
	}
	return left, notes
}

// quietDump is a dump of a moment at which the heap may be read, where such a
// moment comes soon.
func quietDump() capture.Dump {
	const tries = 20
	d := capture.All()
	for i := 0; i < tries && !settle.Readable(d); i++ {
		time.Sleep(time.Duration(i) * time.Millisecond)
		d = capture.All()
	}
	return d
}

// explainer knows the memory of the process at one moment.
type explainer struct {
	things []resource.Thing
	byID   map[int64]*stackparse.Goroutine
	self   int64
	idle   map[int64]bool
	judge  *owner.Judge
	graph  *heap.Graph // nil where it was not read
	found  map[int][]uint64
	gone   []bool // what the garbage collection before the reading closed
}

// read looks for the objects of things in the heap, which may be read.
func (e *explainer) read(cfg *Config) {
	objects, ok := resource.NewObjects(e.things)
	if !ok {
		return
	}
	g, found, err := heap.CaptureWanted(heap.Limits{}, objects.Wanted)
	if err != nil {
		return
	}
	e.graph, e.found, e.gone = g, found, make([]bool, len(e.things))
	// What was dropped without Close is closed by now, or in a moment.
	for deadline := time.Now().Add(finalizing); ; time.Sleep(time.Millisecond) {
		there, err := cfg.things()
		closing := false
		for i := range e.things {
			if _, ok := there[e.things[i].ID]; err == nil {
				e.gone[i] = !ok
			}
			closing = closing || e.mayClose(i)
		}
		if !closing || time.Now().After(deadline) {
			return
		}
	}
}

// finalizing is what the runtime gets to close what the collection found garbage.
const finalizing = 100 * time.Millisecond

// holders are what the object of thing i can be reached from; false where that is not
// known.
func (e *explainer) holders(i int) ([]heap.Holder, bool) {
	// Of several objects with its numbers, any may be the one.
	if len(e.found[i]) != 1 {
		return nil, false
	}
	return e.graph.Holders(e.found[i][0], e.self)
}

// mayClose reports whether nothing that memory shows refers to thing i, which is still
// there.
func (e *explainer) mayClose(i int) bool {
	if e.things[i].Child || e.gone[i] {
		return false
	}
	holders, ok := e.holders(i)
	// A finalizer will close it, and so will a cleanup, which is among what is Unseen.
	return ok && !slices.ContainsFunc(holders, func(h heap.Holder) bool {
		return h.Kind != heap.Finalizer && h.Kind != heap.Unseen
	})
}

// verdicts on one thing.
type verdict int

const (
	unknown  verdict = iota // memory was not read, or does not show it
	shown                   // it does
	idleConn                // it is a connection that is kept for reuse
)

// explain adds to l what memory says of thing i.
func (e *explainer) explain(i int, l *report.Left) verdict {
	if e.graph == nil {
		return unknown
	}
	if e.gone[i] {
		l.Held = []string{"nobody: the last reference is gone"}
		l.Why = "it was dropped without Close; the garbage collector closed it after the test"
		return shown
	}
	holders, ok := e.holders(i)
	if !ok {
		return unknown
	}
	for n := range holders {
		h := &holders[n]
		if h.Kind == heap.Goroutine && e.idle[h.ID] {
			return idleConn
		}
		// Every file of package os has a finalizer, which says nothing of who uses it.
		s := holder(h, e.place)
		if s != "" && h.Kind != heap.Finalizer && len(l.Held) < maxHeld && !slices.Contains(l.Held, s) {
			l.Held = append(l.Held, s)
		}
		e.own(h, l)
	}
	l.Opened = opener(e.graph.Allocated(e.found[i][0]), source.Here())
	return shown
}

// own takes the owner from a goroutine that uses the thing, where nothing better is
// known.
func (e *explainer) own(h *heap.Holder, l *report.Left) {
	if h.Kind != heap.Goroutine || l.Test != "" {
		return
	}
	g := e.byID[h.ID]
	if g == nil {
		return
	}
	if f := e.judge.Of(g, true); f.Test != "" {
		l.Test, l.Evidence = f.Test, "used by a goroutine "+f.Evidence
	}
}

// place is where a goroutine is.
func (e *explainer) place(h *heap.Holder) place {
	g := e.byID[h.ID]
	if g == nil {
		return place{}
	}
	at := report.At(g, source.Here())
	return place{Site: at}
}

// opener is the innermost call of the main module that led to an allocation, else
// the innermost that is not the standard library's.
func opener(calls []heap.Call, tree *source.Tree) report.Site {
	var best report.Site
	for _, c := range calls {
		std := tree.Std(c.Func, c.File)
		if std || strings.HasPrefix(c.Func, "runtime.") {
			continue
		}
		s := report.Site{
			Func: c.Func, File: tree.Short(c.File), Path: tree.InModule(c.File), Line: c.Line, Source: tree.Line(c.File, c.Line),
		}
		if tree.Own(c.Func) {
			return s
		}
		if best.Func == "" {
			best = s
		}
	}
	return best
}
