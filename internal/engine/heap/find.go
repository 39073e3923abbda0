package heap

import (
	"cmp"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
)

// Wanted says whether a caller looks for an object with this content, and under
// which key. It must not keep the content.
type Wanted func(content []byte) (key int, ok bool)

// Call is one call of the stack that allocated an object, the innermost first.
type Call struct {
	Func, File string
	Line       int
}

// CaptureWanted is [Capture], and returns the addresses of the objects that
// wanted picks.
func CaptureWanted(l Limits, wanted Wanted) (*Graph, map[int][]uint64, error) {
	s := &searched{wanted: wanted, found: map[int][]uint64{}, sample: map[uint64]uint64{}, stacks: map[uint64][]Call{}}
	g, err := capture(l, s)
	if err != nil {
		return nil, nil, err
	}
	g.searched = s
	return g, s.found, nil
}

// searched is what is kept of a dump for a caller that looks for objects.
type searched struct {
	wanted Wanted
	found  map[int][]uint64
	sample map[uint64]uint64 // of an object that the memory profile recorded: its stack
	stacks map[uint64][]Call
}

// Allocated returns the calls that allocated the object at addr. The memory
// profile has them where it sampled the object: of all with -memprofilerate=1.
func (g *Graph) Allocated(addr uint64) []Call {
	if g.searched == nil {
		return nil
	}
	return g.searched.stacks[g.searched.sample[addr]]
}

// Holders returns, the most useful first, what the object at addr can be reached
// from, except for the goroutine self. known is false where there is no such object.
func (g *Graph) Holders(addr uint64, self int64) (holders []Holder, known bool) {
	o := g.at(addr)
	if o == none {
		return nil, false
	}
	g.fixedPoint()
	g.search([]uint32{o}, func(all []found, next []uint32) {
		all = slices.DeleteFunc(slices.Clone(all), func(h found) bool {
			return h.kind == Goroutine && (h.maybe || g.goroutines[h.index].id == self || g.goroutines[h.index].system)
		})
		sorting.Stable(all, func(a, b found) int {
			return cmp.Or(cmp.Compare(a.steps, b.steps), cmp.Compare(g.order(a), g.order(b)))
		})
		for _, h := range all[:min(len(all), MaxHolders)] {
			holders = append(holders, g.holder(h, next))
		}
	})
	return holders, true
}
