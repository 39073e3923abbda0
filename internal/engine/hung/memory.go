package hung

import (
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// agree is how long after the heap said that a test can never end it has to say
// so again. Something that it does not show, such as a system call that is about to
// return to memory of C, gets that long to act.
const agree = 2 * time.Second

// memory is what the heap said of the running tests.
type memory struct {
	unreachable map[int64]sighting // by the test's own goroutine
	facts       map[int64]heap.Fact
	again       bool // a running test is among them, and it is to be confirmed
}

// sighting is a goroutine that was found unreachable.
type sighting struct {
	g         stackparse.Goroutine
	since     uint64    // as the fact has it
	at        time.Time // when it was first
	confirmed bool      // it was again, after some time, and did not run in between
}

// remember reads the heap and reports whether a running test was found
// unreachable a second time.
func (w *Watchdog) remember(d capture.Dump, now time.Time) bool {
	world, ok := w.World.(settle.Remembering)
	if !ok || !settle.Readable(d) {
		return false
	}
	h, err := world.Heap(now)
	if err != nil {
		return false
	}
	before := w.memory.unreachable
	w.memory = memory{unreachable: map[int64]sighting{}, facts: h.Explain(d.Goroutines)}
	for i := range d.Goroutines {
		g := &d.Goroutines[i]
		f := w.memory.facts[g.ID]
		if !f.Unreachable {
			continue
		}
		s := sighting{g: *g, since: f.Since, at: now}
		// A collection sets waitsince of a goroutine that it sees wait (markroot in
		// runtime/mgcmark.go), and running clears it (execute in runtime/proc.go): the same
		// value says that it did not run in between, and 0 says nothing.
		if b, ok := before[g.ID]; ok && f.Since > 0 && f.Since == b.since {
			s.at, s.confirmed = b.at, now.Sub(b.at) >= agree
		}
		w.memory.unreachable[g.ID] = s
	}
	// Only tests are confirmed: a goroutine that is merely leaked is reported by the check
	// of its test.
	confirmed := false
	for _, t := range owner.Running(d.Goroutines) {
		s, ok := w.memory.unreachable[t.Goroutine.ID]
		confirmed = confirmed || s.confirmed
		w.memory.again = w.memory.again || ok && !s.confirmed
	}
	return confirmed
}

// confirms reports whether g was found unreachable twice, where it is now.
func (m *memory) confirms(g *stackparse.Goroutine) bool {
	s, ok := m.unreachable[g.ID]
	return ok && s.confirmed && wait.SamePlace(&s.g, g)
}
