package settle

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const (
	// readAfter is how long the candidates have to stand still before the heap
	// is read, which stops the world: most of those that were told to stop are
	// gone by then.
	readAfter = 2 * time.Millisecond
	// readFirst is the same in a process that has not read it with profit yet. The
	// runtime's first heap dump touches tables of 32 MB, which cost more than all
	// else that is done for most test suites.
	readFirst = 20 * time.Millisecond
	// quietHeld is how long they have to, where nothing runs and no timer is
	// near that could reach what they wait for.
	quietHeld = 20 * time.Millisecond
	// afterTimer is what a goroutine gets to end once its timer has fired.
	afterTimer = 50 * time.Millisecond
	// maxReads bounds how often one check reads the heap.
	maxReads = 2
)

// Remembering is a world whose memory can be read.
type Remembering interface {
	// Heap returns the memory as it is, or as it was at a time after since: the
	// goroutines in question have stood still for that long.
	Heap(since time.Time) (Heap, error)
}

// Heap is what settling asks of the memory. *heap.Graph implements it.
type Heap interface {
	Explain([]stackparse.Goroutine) map[int64]heap.Fact
	NextTimer() time.Duration
	Taken() time.Time // from when the times of timers count
}

// reading is held while the heap is read. Checks that end together, of parallel
// tests that leak, ask at the same time, and one reading serves them all.
var reading struct {
	sync.Mutex
	last *sharedGraph // while others wait
}

// readers counts the checks that wait for reading.
var readers atomic.Int32

// sharedGraph is a graph that several checks ask.
type sharedGraph struct {
	*heap.Graph
	mu sync.Mutex
}

// Explain implements [Heap].
func (g *sharedGraph) Explain(gs []stackparse.Goroutine) map[int64]heap.Fact {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.Graph.Explain(gs)
}

// Heap implements [Remembering].
func (Live) Heap(since time.Time) (Heap, error) {
	if why := heap.WhyOff(); why != "" {
		return nil, errors.New(why)
	}
	readers.Add(1)
	reading.Lock()
	defer reading.Unlock()
	readers.Add(-1)
	g := reading.last
	reading.last = nil // it may be large
	if g == nil || !g.Taken().After(since) {
		read, err := heap.Capture(heap.Limits{})
		if err != nil {
			return nil, err
		}
		g = &sharedGraph{Graph: read}
	}
	if readers.Load() > 0 {
		reading.last = g
	}
	return g, nil
}

// memory is what the heap said.
type memory struct {
	reads int
	at    time.Time // when that was last asked
	taken time.Time // when the dump was
	facts map[int64]heap.Fact
	timer time.Duration // until the first timer, as the dump has it
}

// worthReading reports whether it is time to read the heap.
func (s *Settler) worthReading(now time.Time) bool {
	return now.Sub(s.since) >= s.readAfter() && s.readable()
}

// readAfter is how long the candidates have to stand still before the heap is read.
func (s *Settler) readAfter() time.Duration {
	if _, live := s.World.(Live); live && !worth.Load() {
		return readFirst
	}
	return readAfter
}

// worth is true once reading the heap of this process has settled a check.
var worth atomic.Bool

// readable reports whether the heap may be read and could say something new:
// all candidates stand still, and one waits for something in memory.
func (s *Settler) readable() bool {
	if _, ok := s.World.(Remembering); !ok || s.Proofs || s.memory.reads >= maxReads || s.fresh() || !Readable(s.Dump) {
		return false
	}
	says := false
	for i := range s.candidates {
		g := &s.candidates[i]
		if !s.never(g) && s.moves(g) {
			return false
		}
		// Of a timer or the system, which hold the others, the heap knows nothing.
		says = says || g.State != "sleep" && g.State != "IO wait"
	}
	return says
}

// Readable reports whether the heap may be read. Only the caller, which took
// the dump, may run: other running goroutines are likely to change the answer,
// and one that returns from a system call while the runtime writes its dump may
// crash the process. A bubble of testing/synctest and goroutines that the
// runtime has marked as leaked may do so, too.
func Readable(d capture.Dump) bool {
	for i := range d.Goroutines {
		g := &d.Goroutines[i]
		if g.Leaked || g.Bubble != 0 || i > 0 && wait.Runs(g) && !filters.IsBenign(g) {
			return false
		}
	}
	return true
}

// fresh reports whether the candidates stood still since the heap was read.
func (s *Settler) fresh() bool { return s.memory.reads > 0 && !s.memory.at.Before(s.since) }

// read reads the heap and reports whether that settles the matter: nothing that
// could run refers to what the candidates wait for.
func (s *Settler) read(now time.Time) bool {
	s.memory.reads++
	h, err := s.World.(Remembering).Heap(s.since)
	if err != nil {
		// The reasons not to (a limit, no file to write to) last as long as the check.
		s.memory.reads = maxReads
		s.memory.facts = nil
		return false
	}
	s.memory.at, s.memory.facts, s.memory.timer = now, h.Explain(s.Dump.Goroutines), h.NextTimer()
	s.memory.taken = h.Taken()
	// Before hopeless: with the facts, a loop over a ticker that has no way out counts as
	// one that never ends.
	s.readSource(now)
	if !s.hopeless() {
		return false
	}
	worth.Store(true)
	return true
}

// unreachable reports whether g can never run again as far as the heap shows.
func (s *Settler) unreachable(g *stackparse.Goroutine) bool {
	return s.fresh() && s.memory.facts[g.ID].Unreachable
}

// began is when the process did: no candidate has slept for longer than that.
var began = time.Now()

// late reports whether only a timer can wake g, or it sleeps, and that comes after
// the bound of the wait.
func (s *Settler) late(g *stackparse.Goroutine) bool {
	if f := s.memory.facts[g.ID]; s.fresh() && f.Timers && f.Until > 0 {
		return s.memory.taken.Add(f.Until).After(s.end())
	}
	return wait.Asleep(g, time.Since(began)) > time.Until(s.end())
}

// Facts are what the heap says of the goroutines that Run returned, by their
// ids; nil where it was not read, or they moved since.
func (s *Settler) Facts() map[int64]heap.Fact {
	if !s.fresh() {
		return nil
	}
	return s.memory.facts
}

// told is how long the candidates have to stay parked as far as the heap says
// who could wake them; false where it does not.
func (s *Settler) told() (rest time.Duration, ok bool) {
	if !s.fresh() {
		return 0, false
	}
	rest = quietHeld
	for i := range s.candidates {
		g := &s.candidates[i]
		f, known := s.memory.facts[g.ID]
		switch {
		case s.never(g):
		case s.listens(g):
			// The heap says nothing of who closes it.
			rest = max(rest, quiet)
		// One unknown candidate is enough: all candidates have to rest as long as this one.
		case !known || !f.Known || s.able(&f):
			return 0, false
		case f.Timers && f.Until > 0:
			// rest counts from since and Until from the dump, which was taken later.
			rest = max(rest, s.memory.taken.Sub(s.since)+f.Until+afterTimer)
		case f.Timers || s.memory.timer < quietTimer || s.outside():
			// A timer that is near, or news from outside, may reach it
			// through the variable.
			return 0, false
		}
	}
	return rest, true
}

// able reports whether something that may act at any time holds what a candidate
// waits for. A candidate that listens acts only when something comes in, which told
// waits for.
func (s *Settler) able(f *heap.Fact) bool {
	// Without holders nobody looked for them.
	return f.Able && (f.More > 0 || len(f.Holders) == 0 || slices.ContainsFunc(f.Holders, func(h heap.Holder) bool {
		switch h.Kind {
		case heap.Goroutine:
			asks := h.ID == s.Dump.Goroutines[0].ID
			return !h.Blocked && !asks && !s.listeners()[h.ID]
		case heap.Finalizer, heap.Unseen:
			return true
		}
		return false
	}))
}

// listeners are the candidates that listen.
func (s *Settler) listeners() map[int64]bool {
	ids := map[int64]bool{}
	for i := range s.candidates {
		if g := &s.candidates[i]; s.listens(g) {
			ids[g.ID] = true
		}
	}
	return ids
}

// outside reports whether a goroutine waits for the outside, or for a system
// call, that may yet move a candidate.
func (s *Settler) outside() bool {
	listeners := s.listeners() // told waits for what comes in to these
	// The first is the goroutine of the check.
	return slices.ContainsFunc(s.Dump.Goroutines[1:], func(g stackparse.Goroutine) bool {
		return wait.Outside(g.State) && s.matters(&g) && !listeners[g.ID]
	})
}
