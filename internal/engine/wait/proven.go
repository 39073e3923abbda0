package wait

import (
	"maps"
	"strconv"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// maxKey is how many calls tell one stack from another. A profile and a dump cut
// deep stacks at different depths.
const maxKey = 50

// PlaceKey is equal for goroutines at the same place, also where one comes from a
// profile and the other from a dump.
func PlaceKey(g *stackparse.Goroutine) string {
	var b []byte
	for _, f := range g.Frames[:min(len(g.Frames), maxKey)] {
		b = append(append(append(b, f.Func...), 0), f.File...)
		b = strconv.AppendInt(append(b, ':'), int64(f.Line), 10)
	}
	return string(append(b, 1))
}

// Proven counts the goroutines that the runtime proved to be leaked. A leak
// profile does not name them: it says how many have a stack with these labels, and
// they are some of those that the goroutine profile has there.
type Proven map[string]int64

func provenKey(g *stackparse.Goroutine) string {
	b := []byte(PlaceKey(g))
	for _, l := range g.Labels {
		b = append(append(append(append(b, 0), l.Key...), 0), l.Value...)
	}
	return string(b)
}

// Add counts n goroutines like g, a record of a leak profile. One without calls is
// the runtime's mistake about a main goroutine in select {}.
func (p Proven) Add(g *stackparse.Goroutine, n int64) {
	if n > 0 && len(g.Frames) > 0 {
		p[provenKey(g)] += n
	}
}

// Take returns how many of n goroutines like g are proven to be leaked, and takes
// them out of p.
func (p Proven) Take(g *stackparse.Goroutine, n int64) int64 {
	if len(p) == 0 || n <= 0 {
		return 0
	}
	key := provenKey(g)
	n = min(p[key], n)
	if n > 0 {
		p[key] -= n
	}
	return n
}

// Clone returns a copy. What was proven once is so for good: nothing can wake it.
func (p Proven) Clone() Proven { return maps.Clone(p) }
