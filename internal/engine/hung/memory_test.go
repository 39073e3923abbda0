package hung

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/settle/settletest"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// remembering is a kennel whose memory can be read.
type remembering struct {
	*kennel
	unreachable func(elapsed time.Duration) bool
	since       func(elapsed time.Duration) uint64
	reads       int
}

func (r *remembering) Heap(time.Time) (settle.Heap, error) { r.reads++; return r, nil }

func (r *remembering) Explain(gs []stackparse.Goroutine) map[int64]heap.Fact {
	facts := map[int64]heap.Fact{}
	for i := range gs {
		e := time.Since(r.Start)
		facts[gs[i].ID] = heap.Fact{Known: true, Unreachable: r.unreachable(e), Since: r.since(e)}
	}
	return facts
}

func (r *remembering) NextTimer() time.Duration { return time.Hour }

func (r *remembering) Taken() time.Time { return time.Now() }

// Without a proof the heap has to say twice that a test can never end. With one it is
// asked later.
func TestWatchdogReadsHeap(t *testing.T) {
	t.Parallel()
	stuck := testIn(5, "chan receive", "shop.TestStuck")
	for _, tt := range []struct {
		reason      string
		proof       bool // the runtime offers one, which misses this test
		unreachable func(time.Duration) bool
		since       func(time.Duration) uint64
		gs          func(time.Duration) []stackparse.Goroutine
		hung        []string
		least, most time.Duration
		maxReads    int
	}{{
		reason:      "both dumps agree: it ends 3 s after it stood still",
		unreachable: func(time.Duration) bool { return true },
		hung:        []string{"TestStuck"}, most: 3200 * time.Millisecond, maxReads: 2,
	}, {
		reason:      "the collection between the dumps moved its stack",
		unreachable: func(time.Duration) bool { return true },
		gs: func(e time.Duration) []stackparse.Goroutine {
			moved := stuck
			moved.Frames = slices.Clone(stuck.Frames)
			if moved.Frames[0].Args = "0xc000080f60"; e > 2*time.Second {
				moved.Frames[0].Args = "0xc000012760"
			}
			return []stackparse.Goroutine{settletest.Parked(1, "running"), moved}
		},
		hung: []string{"TestStuck"}, most: 3200 * time.Millisecond, maxReads: 2,
	}, {
		reason:      "it ran between the dumps and is back where it was",
		unreachable: func(time.Duration) bool { return true },
		since:       func(e time.Duration) uint64 { return uint64(e) },
		most:        time.Minute, maxReads: 40,
	}, {
		reason:      "the second dump does not agree",
		unreachable: func(e time.Duration) bool { return e < 2*time.Second },
		most:        time.Minute, maxReads: 12,
	}, {
		reason:      "somebody runs: the heap is not read",
		unreachable: func(time.Duration) bool { return true },
		gs: func(time.Duration) []stackparse.Goroutine {
			return []stackparse.Goroutine{settletest.Parked(1, "running"), stuck, settletest.Parked(7, "runnable")}
		},
		most: time.Minute,
	}, {
		reason:      "a look costs less without the heap, so the first one relies on the proof",
		proof:       true,
		unreachable: func(time.Duration) bool { return true },
		hung:        []string{"TestStuck"}, least: 7 * time.Second, most: 9 * time.Second, maxReads: 2,
	}} {
		k := &remembering{kennel: &kennel{}, unreachable: tt.unreachable, since: tt.since}
		if k.since == nil {
			k.since = func(time.Duration) uint64 { return 1 }
		}
		k.Proven, k.Needs = tt.proof, 1000
		k.Script = tt.gs
		if tt.gs == nil {
			k.Script = func(time.Duration) []stackparse.Goroutine {
				return []stackparse.Goroutine{settletest.Parked(1, "running"), stuck}
			}
		}
		hung, _, took := guardWorld(t, k, k.kennel, 0)
		assert.Equal(t, tt.hung, hung, tt.reason)
		assert.GreaterOrEqual(t, took, tt.least, tt.reason)
		assert.LessOrEqual(t, took, tt.most, tt.reason)
		assert.LessOrEqual(t, k.reads, tt.maxReads, tt.reason)
	}
}
