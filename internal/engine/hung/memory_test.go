package hung

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/settle/settletest"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// remembering is a kennel without a proof whose memory can be read.
type remembering struct {
	*kennel
	unreachable func(elapsed time.Duration) bool
	reads       int
}

func (r *remembering) Heap() (settle.Heap, error) { r.reads++; return r, nil }

func (r *remembering) Explain(gs []stackparse.Goroutine) map[int64]heap.Fact {
	facts := map[int64]heap.Fact{}
	for i := range gs {
		facts[gs[i].ID] = heap.Fact{Known: true, Unreachable: r.unreachable(time.Since(r.Start))}
	}
	return facts
}

func (r *remembering) NextTimer() time.Duration { return time.Hour }

func (r *remembering) Taken() time.Time { return time.Now() }

// Without a proof the heap has to say twice that a test can never end.
func TestWatchdogReadsHeap(t *testing.T) {
	t.Parallel()
	stuck := testIn(5, "chan receive", "shop.TestStuck")
	for _, tt := range []struct {
		reason      string
		unreachable func(time.Duration) bool
		gs          func(time.Duration) []stackparse.Goroutine
		hung        []string
		most        time.Duration
		maxReads    int
	}{{
		reason:      "both dumps agree: it ends 3 s after it stood still",
		unreachable: func(time.Duration) bool { return true },
		hung:        []string{"TestStuck"}, most: 3200 * time.Millisecond, maxReads: 2,
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
	}} {
		k := &remembering{kennel: &kennel{}, unreachable: tt.unreachable}
		k.Script = tt.gs
		if tt.gs == nil {
			k.Script = func(time.Duration) []stackparse.Goroutine {
				return []stackparse.Goroutine{settletest.Parked(1, "running"), stuck}
			}
		}
		hung, _, took := guardWorld(t, k, k.kennel, 0)
		assert.Equal(t, tt.hung, hung, tt.reason)
		assert.LessOrEqual(t, took, tt.most, tt.reason)
		assert.LessOrEqual(t, k.reads, tt.maxReads, tt.reason)
	}
}
