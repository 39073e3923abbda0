package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/leakcheck-go/goroutine/internal/dumps/program"
	"github.com/leakcheck-go/goroutine/internal/dumps/survey"
	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// heapDump is what a heap dump says of its goroutines.
type heapDump struct {
	facts map[int64]heap.Fact
}

// heapLimits bound what a heap dump may cost to read. Nothing is stopped
// meanwhile, so they are far above those of a check.
var heapLimits = heap.Limits{Bytes: 16 << 30, Objects: 200_000_000, Edges: 800_000_000, Time: 10 * time.Minute}

// isHeapDump reports whether a file is a dump of the heap.
func isHeapDump(name string) bool {
	return string(startOf(name, len(heap.Header))) == heap.Header
}

// readHeap takes the goroutines of a heap dump.
func (d *dumpFlags) readHeap(in *inputs, name string) error {
	g, closeFile, err := heap.Open(name, heapLimits)
	if err != nil {
		if errors.Is(err, heap.ErrLimit) {
			return fmt.Errorf("%s: too large: %w", name, err)
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	defer closeFile()
	if d.binary != "" {
		p, err := program.Open(d.binary, g)
		if err != nil {
			return err
		}
		g.SetNames(p)
	} else {
		in.notes = append(in.notes, "-binary with the program that wrote the dump adds files, "+
			"lines and the names of variables")
	}
	gs := g.Goroutines()
	in.Begin(name)
	if err := in.Read(&heapRecords{gs: gs}); err != nil {
		return err
	}
	in.names = append(in.names, name)
	in.heap = &heapDump{facts: g.Explain(gs)}
	in.notes = append(in.notes, "a heap dump does not show cleanups, weak pointers and the memory of C: "+
		"what only these lead to looks unreachable")
	return nil
}

// heapRecords are goroutines that a survey reads.
type heapRecords struct {
	gs     []stackparse.Goroutine
	record pprofile.Record
}

func (r *heapRecords) Scan() bool {
	if len(r.gs) == 0 {
		return false
	}
	r.record = pprofile.Record{Count: 1, Goroutine: &r.gs[0]}
	r.gs = r.gs[1:]
	return true
}

func (r *heapRecords) Record() *pprofile.Record { return &r.record }
func (r *heapRecords) Problems() []error        { return nil }
func (r *heapRecords) Err() error               { return nil }

// explain adds to the kinds of goroutines what the heap says of them.
func (h *heapDump) explain(found *survey.Result, by stackparse.Similarity, tree *source.Tree) {
	m := engine.Memory{Facts: h.facts, Goroutines: found.Known.Goroutines(), Tree: tree}
	m.Add(found.Kinds)
	stuck := map[string]int{}
	for i := range m.Goroutines {
		if g := &m.Goroutines[i]; h.facts[g.ID].Unreachable {
			stuck[by.Key(g)]++
		}
	}
	for i := range found.Kinds {
		l := &found.Kinds[i]
		l.Memory.Stuck = stuck[by.Key(&l.Goroutine)]
	}
}
