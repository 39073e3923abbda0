package settle

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/settle/settletest"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// remembering is a stage whose memory can be read.
type remembering struct {
	*settletest.Stage
	facts map[int64]heap.Fact
	timer time.Duration
	err   error
	slow  time.Duration // what explaining takes
	reads int
	taken time.Time
}

// Dump shows the other goroutine as the runtime marked it, whatever the script
// says of proofs.
func (r *remembering) Dump() capture.Dump {
	d := r.Stage.Dump()
	for i := range d.Goroutines {
		if d.Goroutines[i].ID == marked {
			d.Goroutines[i].Leaked = true
		}
	}
	return d
}

// marked is the id of a goroutine that is marked as leaked.
const marked = 5

func (r *remembering) Heap(time.Time) (Heap, error) {
	r.reads++
	r.taken = time.Now()
	return r, r.err
}

func (r *remembering) Explain([]stackparse.Goroutine) map[int64]heap.Fact {
	time.Sleep(r.slow)
	return r.facts
}

func (r *remembering) NextTimer() time.Duration { return r.timer }

func (r *remembering) Taken() time.Time { return r.taken }

func TestHeapDecides(t *testing.T) {
	t.Parallel()
	stuck := settletest.Parked(2, "chan receive")
	me := settletest.Parked(self, "running")
	hour := time.Hour
	for _, row := range []struct {
		name     string
		reason   string
		facts    map[int64]heap.Fact
		timer    time.Duration
		err      error
		slow     time.Duration
		gs       []stackparse.Goroutine // others
		proven   bool
		noProof  bool
		ends     time.Duration // of the goroutine; 0 is never
		moves    bool          // its stack, after the heap was read
		accepts  bool          // it waits for a connection
		left     int
		min, max time.Duration
		reads    int
	}{{
		name: "unreachable", reason: "nothing that could run refers to it: there is nothing to wait for",
		facts: map[int64]heap.Fact{2: {Known: true, Unreachable: true}},
		left:  1, min: readAfter, max: 10 * time.Millisecond, reads: 1,
	}, {
		name: "variable", reason: "nothing runs and no timer is near that could use the variable",
		facts: map[int64]heap.Fact{2: {Known: true}}, timer: hour,
		left: 1, min: quietHeld, max: 2 * quietHeld, reads: 1,
	}, {
		name: "variable, stack moved", reason: "the collection for the heap dump does that, and wakes nobody",
		facts: map[int64]heap.Fact{2: {Known: true}}, timer: hour, moves: true,
		left: 1, min: quietHeld, max: 2 * quietHeld, reads: 1,
	}, {
		name: "variable, timer near", reason: "the function of a timer may use the variable",
		facts: map[int64]heap.Fact{2: {Known: true}}, timer: quietTimer / 2,
		left: 1, min: quietTimer, max: 2 * quietTimer, reads: 1,
	}, {
		name: "variable, news from outside", reason: "who waits for the network may use the variable",
		facts: map[int64]heap.Fact{2: {Known: true}}, timer: hour, gs: []stackparse.Goroutine{settletest.Parked(other, "IO wait")},
		left: 1, min: quietTimer, max: 2 * quietTimer, reads: 1,
	}, {
		name: "timer", reason: "only a timer can end it, and it does",
		facts: map[int64]heap.Fact{2: {Known: true, Timers: true, Until: 3 * time.Second}}, timer: 3 * time.Second,
		ends: 3*time.Second + 10*time.Millisecond, min: 3 * time.Second, max: 3*time.Second + 2*afterTimer, reads: 1,
	}, {
		name: "timer too late", reason: "it comes after the bound of the wait, so there is nothing to wait for",
		facts: map[int64]heap.Fact{2: {Known: true, Timers: true, Until: hour}}, timer: hour,
		left: 1, min: readAfter, max: 10 * time.Millisecond, reads: 1,
	}, {
		name: "timer, read slowly", reason: "its time counts from the dump on, not from the answer",
		facts: map[int64]heap.Fact{2: {Known: true, Timers: true, Until: 4 * time.Second}}, timer: 4 * time.Second, slow: 1500 * time.Millisecond,
		ends: 4*time.Second + 10*time.Millisecond, min: 4 * time.Second, max: 4*time.Second + 2*afterTimer, reads: 1,
	}, {
		name: "able", reason: "a goroutine that sleeps has it",
		facts: map[int64]heap.Fact{2: {Known: true, Able: true}}, timer: hour,
		left: 1, min: quietTimer, max: 2 * quietTimer, reads: 1,
	}, {
		name: "moved", reason: "the heap dump shows it elsewhere", facts: nil, timer: hour,
		left: 1, min: quietTimer, max: 2 * quietTimer, reads: 1,
	}, {
		name: "over the limit", reason: "as without a heap, and asked for no more", err: errors.New("too large"),
		left: 1, min: quietTimer, max: 2 * quietTimer, reads: 1,
	}, {
		name: "accepts", reason: "the heap says nothing of who waits for the system", accepts: true,
		left: 1, min: quiet, max: 2 * quiet,
	}, {
		name: "others run", reason: "what runs is likely to end it, and the dump is a risk then",
		facts: map[int64]heap.Fact{2: {Known: true, Unreachable: true}}, gs: []stackparse.Goroutine{settletest.Parked(other, "runnable")},
		left: 1, min: 5 * time.Second, max: 6 * time.Second,
	}, {
		name: "bubble", reason: "a bubble's clock must not move",
		facts: map[int64]heap.Fact{2: {Known: true, Unreachable: true}},
		gs:    []stackparse.Goroutine{{ID: other, State: "chan receive", Bubble: 3}},
		left:  1, min: quietTimer, max: 2 * quietTimer,
	}, {
		name: "marked by the runtime", reason: "the runtime's dump does not know that status and ends the process",
		facts: map[int64]heap.Fact{2: {Known: true, Unreachable: true}},
		gs:    []stackparse.Goroutine{{ID: marked, State: "chan receive"}},
		left:  2, min: quietTimer, max: 2 * quietTimer,
	}, {
		name: "proven", reason: "the proof of the runtime comes first", proven: true,
		facts: map[int64]heap.Fact{2: {Known: true, Unreachable: true}},
		left:  1, max: 10 * time.Millisecond,
	}, {
		name: "no proof", reason: "the heap is asked where the runtime must not be", proven: true, noProof: true,
		facts: map[int64]heap.Fact{2: {Known: true, Unreachable: true}},
		left:  1, min: readAfter, max: 10 * time.Millisecond, reads: 1,
	}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			gs := append([]stackparse.Goroutine{me, stuck}, row.gs...)
			if row.accepts {
				gs[1].State, gs[1].Frames = "IO wait", []stackparse.Frame{{Func: "net.(*netFD).accept"}}
			}
			stage := &settletest.Stage{Proven: row.proven, Script: func(e time.Duration) []stackparse.Goroutine {
				if row.ends > 0 && e >= row.ends {
					return []stackparse.Goroutine{me}
				}
				now := slices.Clone(gs)
				if row.moves && e > 2*readAfter {
					now[1].Frames = slices.Clone(stuck.Frames)
					now[1].Frames[0].Args = "0xc000080f60"
				}
				return now
			}}
			world := &remembering{Stage: stage, facts: row.facts, timer: row.timer, err: row.err, slow: row.slow}
			left, took := settle(t, Settler{World: world, Bounds: Bounds{Limit: 5 * time.Second}, NoProof: row.noProof}, stage)
			assert.Len(t, left, row.left, row.reason)
			assert.GreaterOrEqual(t, took, row.min, row.reason)
			assert.LessOrEqual(t, took, row.max, row.reason)
			assert.Equal(t, row.reads, world.reads, row.reason)
		})
	}
}

// TestReadsNothingOfSleepers: the heap says nothing of a goroutine that sleeps,
// and reading it takes longer than all else that a check does.
func TestReadsNothingOfSleepers(t *testing.T) {
	t.Parallel()
	s := Settler{World: &remembering{}, endless: map[int64]bool{2: true}, // in a loop with a sleep
		candidates: []stackparse.Goroutine{settletest.Parked(2, "sleep")}}
	assert.False(t, s.readable())
	s.candidates = append(s.candidates, settletest.Parked(3, "chan receive"))
	assert.True(t, s.readable(), "of the other one it does")
}

// polling is a world in which goroutine 4 reads packets, and forever says whether it
// has no deadline for that.
type polling struct {
	remembering
	forever bool
}

func (p *polling) ReadsForever(*stackparse.Goroutine) bool { return p.forever }

// Who reads packets from an open socket does not go on by itself, unless there is a
// deadline, which wakes it.
func TestReadsPackets(t *testing.T) {
	t.Parallel()
	reads := settletest.Parked(4, "IO wait")
	reads.Frames = []stackparse.Frame{{Func: "internal/poll.(*FD).ReadFromInet4"}}
	stream := settletest.Parked(4, "IO wait")
	stream.Frames = []stackparse.Frame{{Func: "internal/poll.(*FD).Read"}}
	holds := func(h ...heap.Holder) map[int64]heap.Fact {
		return map[int64]heap.Fact{2: {Known: true, Able: true, Holders: h}}
	}
	reader := heap.Holder{Kind: heap.Goroutine, ID: 4, State: "IO wait"}
	for _, row := range []struct {
		name, reason string
		gs           []stackparse.Goroutine
		facts        map[int64]heap.Fact
		deadline     bool
		min, max     time.Duration
	}{
		{name: "no deadline", reason: "only a Close ends it, as of a listener", gs: []stackparse.Goroutine{reads},
			min: quiet, max: quietTimer},
		{name: "deadline", reason: "it may be about to come", gs: []stackparse.Goroutine{reads}, deadline: true,
			min: 2 * quietTimer, max: 3 * quietTimer},
		{name: "stream", reason: "the other side closes it at its leisure", gs: []stackparse.Goroutine{stream},
			min: 2 * quietTimer, max: 3 * quietTimer},
		{name: "holds a channel", reason: "it sends when a packet comes, which both wait for", facts: holds(reader),
			gs: []stackparse.Goroutine{settletest.Parked(2, "chan receive"), reads}, min: quiet, max: quietTimer},
		{name: "so does another", reason: "that may act at any time",
			facts: holds(reader, heap.Holder{Kind: heap.Goroutine, ID: other, State: "sleep"}),
			gs:    []stackparse.Goroutine{settletest.Parked(2, "chan receive"), reads}, min: quietTimer, max: 2 * quietTimer},
		{name: "so does a finalizer", reason: "that may run at any time",
			facts: holds(reader, heap.Holder{Kind: heap.Finalizer}),
			gs:    []stackparse.Goroutine{settletest.Parked(2, "chan receive"), reads}, min: quietTimer, max: 2 * quietTimer},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			stage := &settletest.Stage{Script: func(time.Duration) []stackparse.Goroutine {
				return append([]stackparse.Goroutine{settletest.Parked(self, "running")}, row.gs...)
			}}
			world := &polling{remembering{Stage: stage, facts: row.facts, timer: time.Hour}, !row.deadline}
			left, took := settle(t, Settler{World: world, Bounds: Bounds{Limit: 2 * quietTimer}}, stage)
			assert.Len(t, left, len(row.gs), row.reason)
			assert.GreaterOrEqual(t, took, row.min, row.reason)
			assert.Less(t, took, row.max, row.reason)
		})
	}
}
