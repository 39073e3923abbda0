package heap

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Who asks twice keeps what the first dump said. That must not hold what it is
// about, or the second dump would say the opposite.
func TestFactsHoldNothing(t *testing.T) {
	const leaks = 32 // memory of a few bytes is shared, so one leak may show nothing
	hidden := make([]uintptr, leaks)
	before := dumpNow(t)
	away(func() {
		for i := range hidden {
			c := make(chan struct{})
			hidden[i] = hide(c)
			go subject(func() { <-c })
		}
	})
	var gs []stackparse.Goroutine // those alone: other tests may have left some
	for range leaks {
		all, id := waitFor(t, "chan receive", before)
		i := slices.IndexFunc(all, func(g stackparse.Goroutine) bool { return g.ID == id })
		before, gs = append(before, all[i]), append(gs, all[i])
	}
	first, err := Capture(patient)
	require.NoError(t, err)
	var facts []map[int64]Fact
	for i := range gs {
		facts = append(facts, first.Explain(gs[i:i+1]))
		if i%2 == 0 {
			pad = new(uint64) // the next small object lies elsewhere in the memory that they share
		}
	}
	second, err := Capture(patient)
	require.NoError(t, err)
	unreachable := func(facts ...map[int64]Fact) (n int) {
		for _, fs := range facts {
			for _, f := range fs {
				if f.Unreachable {
					n++
				}
			}
		}
		return n
	}
	assert.Equal(t, leaks, unreachable(facts...))
	assert.Equal(t, leaks, unreachable(second.Explain(gs)))
	runtime.KeepAlive(facts)
	for _, h := range hidden {
		close(reveal[chan struct{}](h))
	}
}

var pad *uint64
