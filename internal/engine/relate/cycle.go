package relate

import (
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
)

// Cycle is a circle of waits: each goroutine waits for what the next one
// holds, and the last for what the first one holds. One that waits for itself
// is a circle of one.
type Cycle struct {
	Waits []int    // indexes into the waits, beginning with the smallest
	Sure  Sureness // of the weakest link
}

// Cycles finds the circles among waits. A wait goes on to the surest of its
// holders alone, none where they are only [Possible], and each goroutine is in
// at most one of the circles found, so that the time it takes is linear.
func Cycles(waits []Wait) []Cycle {
	index := make(map[int]int, len(waits))
	for i := range waits {
		index[waits[i].Goroutine] = i
	}
	f := cycleFinder{waits: waits, index: index, seen: make([]int, len(waits))}
	for i := range waits {
		if f.seen[i] == 0 {
			f.walk(i)
		}
	}
	sorting.Stable(f.found, func(a, b Cycle) int { return a.Waits[0] - b.Waits[0] })
	return f.found
}

type cycleFinder struct {
	waits []Wait
	index map[int]int // wait by goroutine
	seen  []int       // by wait: 0, or 1 + its place on the path, or done
	found []Cycle
}

const done = -1

// step is a wait on the path, and the next of its links to follow.
type step struct{ wait, link int }

// walk searches from a wait in depth, on a stack of its own: chains of waits
// can be as long as the dump.
func (f *cycleFinder) walk(from int) {
	path := []step{{wait: from}}
	f.seen[from] = 1
	for len(path) > 0 {
		top := &path[len(path)-1]
		next, ok := f.link(top)
		switch {
		case !ok:
			f.seen[top.wait] = done
			path = path[:len(path)-1]
		case f.seen[next] == 0:
			path = append(path, step{wait: next})
			f.seen[next] = len(path)
		case f.seen[next] != done: // it is on the path, and what follows it there is the circle
			f.add(path[f.seen[next]-1:])
			// The waits that lead to the cycle are in no other cycle.
			for _, s := range path {
				f.seen[s.wait] = done
			}
			return
		}
	}
}

// link returns the next wait that the holders of the step's wait are in.
func (f *cycleFinder) link(s *step) (next int, ok bool) {
	hs := f.waits[s.wait].Holders
	// The surest come first.
	for s.link < len(hs) && hs[s.link].Sure == hs[0].Sure && hs[0].Sure > Possible {
		s.link++
		if next, ok = f.index[hs[s.link-1].Goroutine]; ok {
			return next, true
		}
	}
	return 0, false
}

func (f *cycleFinder) add(path []step) {
	c := Cycle{Sure: Sure}
	for _, s := range path {
		c.Waits = append(c.Waits, s.wait)
		// link is already behind the one that was followed.
		c.Sure = min(c.Sure, f.waits[s.wait].Holders[s.link-1].Sure)
	}
	// Where the walk entered the circle depends on what leads to it.
	least := slices.Index(c.Waits, slices.Min(c.Waits))
	c.Waits = slices.Concat(c.Waits[least:], c.Waits[:least])
	f.found = append(f.found, c)
}
