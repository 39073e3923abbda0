package stackparse

import (
	"errors"
	"fmt"
	"slices"
)

// maxJoined is how many problems the error of [Parse] lists.
const maxJoined = 20

// Parse returns all goroutines of a dump, which it does not keep. The error
// joins the problems that a [Reader] would report, each a [*SyntaxError], and
// counts those past the first twenty; the goroutines are good beside it.
func Parse(dump []byte) ([]Goroutine, error) {
	var (
		r    Reader
		k    keeper
		gs   []Goroutine
		errs []error
		more int
	)
	r.resetBytes(dump)
	for ok := true; ok; {
		if ok = r.Scan(); ok {
			if len(gs) == cap(gs) {
				gs = slices.Grow(gs, moreExpected(len(gs), r.lines.pos, len(dump)))
			}
			gs = append(gs, k.keep(&r.g))
		}
		for _, p := range r.problems {
			if len(errs) == maxJoined {
				more++
				continue
			}
			errs = append(errs, p)
		}
	}
	if more > 0 {
		errs = append(errs, fmt.Errorf("and %d more problems", more))
	}
	return gs, errors.Join(errs...)
}

// moreExpected returns for how many more goroutines to make room when n took
// the first pos bytes of size, if the rest is like them. It need not be: a few
// short ones before a long log must not reserve gigabytes.
func moreExpected(n, pos, size int) int {
	all := float64(n) * float64(size) / float64(pos+1)
	return max(8, min(int(all)-n+8, 4*n))
}

// keeper copies goroutines like [Goroutine.Clone], with fewer and larger
// allocations. That is right where all of them are kept.
type keeper struct {
	frames   []Frame
	creators []Creator
}

func (k *keeper) keep(g *Goroutine) Goroutine {
	if len(g.Ancestors) > 0 {
		return *g.Clone()
	}
	c := *g
	c.Labels = slices.Clone(g.Labels)
	c.Unparsed = slices.Clone(g.Unparsed)
	k.frames, c.Frames = carve(k.frames, g.Frames)
	if g.Creator != nil {
		var one []Creator
		k.creators, one = carve(k.creators, []Creator{*g.Creator})
		c.Creator = &one[0]
	}
	return c
}

// carve copies s to the end of slab, or to a new slab if it is full, and
// returns slab and copy. The copy has no room to grow: an append to it cannot
// reach its neighbour.
func carve[T any](slab, s []T) (grown, copied []T) {
	if len(s) == 0 {
		return slab, nil
	}
	if cap(slab)-len(slab) < len(s) {
		const smallest, largest = 16, 1024
		size := max(min(2*cap(slab), largest), smallest, len(s))
		slab = make([]T, 0, size)
	}
	start := len(slab)
	slab = append(slab, s...)
	return slab, slab[start:len(slab):len(slab)]
}
