// Package settle waits until goroutines that should end are gone or stuck.
//
// It reads counters, which is cheap, and takes a dump only when a counter has
// changed or when a decision is due: while both counters stand still, the set
// of goroutines is the same.
package settle

import (
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const (
	// quiet is how long all candidates have to stay parked, while nothing else
	// runs, before they count as stuck.
	quiet = 250 * time.Millisecond
	// quietTimer is the same if one receives, alone or in a select: a timer
	// that no dump shows, of a context or of time.AfterFunc, may be about to
	// end the wait. Most timers that bound the work of a test are shorter.
	quietTimer = time.Second
	// Grace is what candidates get to end by themselves before the runtime is
	// asked for a proof: most goroutines that a test just told to stop need
	// microseconds, and a proof costs a garbage collection.
	Grace = time.Millisecond
	// minGap and maxGap bound the time between two dumps while the counters
	// move, as they do all the time while parallel tests run.
	minGap = 20 * time.Microsecond
	maxGap = 50 * time.Millisecond
	// betweenGCs is the time between two garbage collections for candidates that hold
	// something by a weak pointer.
	betweenGCs = time.Second
	// sourceAfter is when the source is asked which candidates can never end:
	// reading it costs more than most goroutines take to end.
	sourceAfter = 50 * time.Millisecond
	// maxAsks bounds the garbage collections that one check brings about.
	maxAsks = 3
)

// World is what settling needs of the runtime; tests play it.
type World interface {
	Counters() capture.Counters
	Dump() capture.Dump
	Prove() bool // false where no proof is available
	GC()         // has the garbage collected
}

// Polling is a world whose descriptors can be read.
type Polling interface {
	// ReadsForever reports whether a goroutine of the last dump reads from a descriptor
	// without a deadline.
	ReadsForever(g *stackparse.Goroutine) bool
}

// Live is the world of this process.
type Live struct{}

// ReadsForever implements [Polling].
func (Live) ReadsForever(g *stackparse.Goroutine) bool { return capture.ReadsForever(g) }

// Counters implements [World].
func (Live) Counters() capture.Counters { return capture.Read() }

// Dump implements [World].
func (Live) Dump() capture.Dump { return capture.All() }

// Prove implements [World].
func (Live) Prove() bool { return capture.Prove() }

// GC implements [World].
func (Live) GC() { runtime.GC() }

// Bounds say how long a settler waits. With a zero Limit it looks once.
type Bounds struct {
	Limit  time.Duration // for goroutines that still do something
	Margin time.Duration // beyond Limit, so that no timer ends on either side of it by chance
	Most   time.Duration // bounds the longer wait for what is known to be slow to stop; less than Limit is none
}

// Settler waits until the goroutines that Pick picks are gone or stuck.
type Settler struct {
	World  World
	Bounds Bounds
	Pick   func(capture.Dump) []stackparse.Goroutine
	Bubble bool // in a testing/synctest bubble: time must not move
	Poll   bool // what Pick picks can change though the counters stand still
	Proofs bool // only proofs count, so nothing is waited for that cannot be proven

	NoProof bool // the runtime is not asked for a proof

	// Reported reports whether an earlier check has reported a goroutine, which waited
	// for it until then. It is not expected to move a candidate any more. Nil for none.
	Reported func(id int64) bool

	// Dump is the last one, from which the result of Run was picked. A caller that has
	// just taken one sets it, and it is the first.
	Dump capture.Dump

	candidates []stackparse.Goroutine
	since      time.Time                      // when the candidates were first seen as they are now
	parked     map[int64]stackparse.Goroutine // candidates as they were when they were last seen to wait
	start      time.Time
	due        time.Time       // when the next decision is
	extra      time.Duration   // beyond the bound, for one more look
	asks       int             // how often the runtime was asked for the proof
	asked      time.Time       // when that was last
	endless    map[int64]bool  // candidates that the source shows to be in a loop without a way out
	loops      map[string]bool // by place, whether the source shows such a loop
	weak       map[int64]bool  // candidates that the source shows to hold something by a weak pointer
	collected  time.Time       // when the garbage was last collected for these
	longest    time.Duration   // that the catalogue gives one of the candidates to end
	memory     memory
}

// Run returns the goroutines that outlast the wait, in the order of the last
// pick and as last seen to wait: one that a ticker wakes at the moment of the
// last look is a loop over a ticker, and no computation that goes on.
func (s *Settler) Run() []stackparse.Goroutine {
	left := slices.Clone(s.settle())
	for i := range left {
		if g, ok := s.parked[left[i].ID]; ok && wait.Runs(&left[i]) {
			g.Leaked = false // it runs
			left[i] = g
		}
		record(&left[i], false)
	}
	return left
}

func (s *Settler) settle() []stackparse.Goroutine {
	s.start = time.Now()
	if s.Dump.Goroutines == nil {
		s.Dump = s.World.Dump()
	}
	if !s.sort(s.start) || s.Bounds.Limit == 0 {
		return s.candidates
	}
	if s.Bubble {
		return s.yield()
	}
	s.due = s.start.Add(Grace)
	for gap := minGap; ; gap = min(2*gap, maxGap) {
		now := s.await(gap)
		if !s.look(now) || s.allProven() || s.decide(now) {
			return s.candidates
		}
	}
}

// decide reports whether the candidates, which are left, are what Run is to
// return. If not, it says when to decide again.
func (s *Settler) decide(now time.Time) bool {
	if now.Before(s.due) {
		return s.over(now) // the counters moved: nothing but the end can be due
	}
	s.readSource(now)
	s.collect(now)
	// From cheap to dear, and from sure to likely: what the runtime proves needs no heap,
	// and what the heap shows needs no bound.
	if s.worthAsking() && s.ask(now) || s.worthReading(now) && s.read(now) || s.over(now) {
		return true
	}
	switch {
	case s.asks == 0 && !s.allListen(): // they are still on their way: ask soon, but not at every gap
		s.due = now.Add(min(4*now.Sub(s.start), quiet))
	case s.worthAsking(): // the proof missed a small object
		s.due = now
	case s.readable():
		s.due = later(now, s.since.Add(s.readAfter()))
	default:
		if s.due = later(s.since.Add(s.rest()), s.start.Add(s.linger())); !s.due.After(now) {
			s.due = now.Add(quiet) // they rest, but something else still runs
		}
	}
	return false
}

// over reports whether the wait is: its bound has come, or the candidates
// rested long enough for what they are and nothing will move them.
func (s *Settler) over(now time.Time) bool {
	if !now.Before(s.end()) {
		// A timer at the bound may just have woken one that is about to end.
		woken := slices.ContainsFunc(s.candidates, func(g stackparse.Goroutine) bool { return wait.Runs(&g) })
		again := woken && s.Bounds.Margin > 0 && s.extra == 0
		if again {
			s.extra = 2 * maxGap
		}
		return !again
	}
	slow := now.Before(s.start.Add(s.linger())) || s.anyWeak()
	return now.Sub(s.since) >= s.rest() && !slow && (s.hopeless() || s.stuck())
}

// hopeless reports whether no candidate can end, whatever else runs.
func (s *Settler) hopeless() bool {
	return !slices.ContainsFunc(s.candidates, func(g stackparse.Goroutine) bool { return !s.never(&g) })
}

// never reports whether g cannot end, at least not before the bound of the wait:
// by the runtime, the heap, the source, or the time that it sleeps.
func (s *Settler) never(g *stackparse.Goroutine) bool {
	return g.Leaked || s.unreachable(g) || s.endless[g.ID] || s.late(g)
}

// readSource looks in the source for candidates that can never end, among those
// that it takes longer to judge otherwise.
func (s *Settler) readSource(now time.Time) {
	if now.Sub(s.start) < sourceAfter && !s.fresh() || s.Proofs {
		return
	}
	if s.endless == nil {
		s.endless, s.loops, s.weak = map[int64]bool{}, map[string]bool{}, map[int64]bool{}
	}
	for i := range s.candidates {
		g := &s.candidates[i]
		// A goroutine that waits for a lock or sends is judged sooner by the proof, or by its
		// rest.
		if (s.moves(g) || wait.Receives(g)) && !s.never(g) && s.loop(g) {
			s.endless[g.ID] = true
		}
		if _, asked := s.weak[g.ID]; !asked && wait.Receives(g) {
			s.weak[g.ID] = source.Here().Weak(g.Frames)
		}
	}
}

// anyWeak reports whether a candidate that can end holds something by a weak
// pointer: it ends when it is woken once that is gone, and not before.
func (s *Settler) anyWeak() bool {
	return slices.ContainsFunc(s.candidates, func(g stackparse.Goroutine) bool { return s.weak[g.ID] && !s.never(&g) })
}

// collect has the garbage collected for those that wait for it. Once is not
// enough: what they hold may be in use when the test ends, by a timer for example.
func (s *Settler) collect(now time.Time) {
	if now.Sub(s.collected) >= betweenGCs && s.anyWeak() {
		s.collected = now
		s.World.GC()
	}
}

// loop reports whether g is at a place in a loop without a way out.
func (s *Settler) loop(g *stackparse.Goroutine) bool {
	ticks := s.fresh() && s.memory.facts[g.ID].Ticks
	// Goroutines that leak together stand at the same place: its source is read once.
	key := strconv.AppendBool(nil, ticks)
	for _, f := range g.Frames {
		key = strconv.AppendInt(append(append(key, f.File...), ':'), int64(f.Line), 10)
	}
	endless, ok := s.loops[string(key)]
	if !ok {
		endless = source.Here().Endless(g.Frames, ticks)
		s.loops[string(key)] = endless
	}
	return endless
}

// end is the bound of the wait.
func (s *Settler) end() time.Time {
	return later(s.start.Add(s.Bounds.Limit+s.Bounds.Margin+s.extra), s.start.Add(s.linger()))
}

// rest is how long the candidates have to stay parked.
func (s *Settler) rest() time.Duration {
	// If the heap shows who could wake them, the wait can be shorter than a guess from
	// their states.
	if told, ok := s.told(); ok {
		return told
	}
	for i := range s.candidates {
		if g := &s.candidates[i]; !s.never(g) && !s.Proofs && wait.Receives(g) {
			return quietTimer
		}
	}
	return quiet
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// linger is how long the candidates may take to end that the catalogue knows
// to be slow: they stand still until something outside answers or gives up.
func (s *Settler) linger() time.Duration {
	return min(s.longest, s.Bounds.Most)
}

// Linger is how long the catalogue says that g may take to end once it was told
// to; 0 where it knows nothing of that.
func Linger(g *stackparse.Goroutine) time.Duration {
	if e, ok := filters.Lookup(g); ok && e.Class == filters.ClassSlowToStop {
		return e.Linger
	}
	return 0
}

// await returns, with the time, when a look can tell something new: the
// counters moved and gap has passed, or a decision is due or the end has come.
func (s *Settler) await(gap time.Duration) time.Time {
	due := s.due
	if end := s.end(); end.Before(due) {
		due = end
	}
	from := time.Now()
	// The counters are cheap to read, and a dump stops the world. So no dump is
	// taken while the counters stand still, unless the caller asks for one.
	for backoff := time.Microsecond; ; backoff = min(2*backoff, 10*time.Millisecond) {
		// Doubling from a microsecond: a goroutine that was just told to stop is gone within
		// some, and a machine that waits for seconds is asked a hundred times a second.
		time.Sleep(min(backoff, time.Until(due)))
		now := time.Now()
		if !now.Before(due) || now.Sub(from) >= gap && (s.Poll || s.World.Counters() != s.Dump.Counters) {
			return now
		}
	}
}

// look takes a dump and reports whether candidates are left.
func (s *Settler) look(now time.Time) bool {
	// The counters in it were read before the stacks: what starts in between makes them
	// differ at the next reading and costs a dump more, never one too few.
	s.Dump = s.World.Dump()
	return s.sort(now)
}

// sort picks the candidates from the dump and reports whether any are left. It
// restarts the time of rest when any of them changed.
func (s *Settler) sort(now time.Time) bool {
	before := s.candidates
	_, held := s.told()
	s.candidates = s.Pick(s.Dump)
	if !slices.EqualFunc(before, s.candidates, func(a, b stackparse.Goroutine) bool {
		// Nothing wakes a goroutine that is held, and reading the heap may have moved
		// its stack.
		return s.sameStand(a, b) || held && a.ID == b.ID && wait.SamePlace(&a, &b)
	}) {
		s.since = now
	}
	s.learn(before, now)
	s.remember()
	s.longest = 0
	for i := range s.candidates {
		// A proven leak does not end, even if the catalogue knows the goroutine to be
		// slow to stop.
		if g := &s.candidates[i]; !g.Leaked && !s.Proofs {
			s.longest = max(s.longest, Linger(g))
		}
	}
	return len(s.candidates) > 0
}

// remember keeps how the candidates wait, or waited at an earlier look.
func (s *Settler) remember() {
	kept := map[int64]stackparse.Goroutine{}
	for _, g := range s.candidates {
		if w, ok := s.parked[g.ID]; ok && wait.Runs(&g) {
			kept[g.ID] = w
		} else if !wait.Runs(&g) {
			kept[g.ID] = g
		}
	}
	// Only of those that are still candidates, so it does not grow with the goroutines
	// that came and went.
	s.parked = kept
}

// sameStand reports whether b is the same wait as a at the same place. A
// goroutine in an endless loop counts as standing still at any place.
func (s *Settler) sameStand(a, b stackparse.Goroutine) bool {
	return a.ID == b.ID && (s.endless[a.ID] || a.State == b.State && slices.Equal(a.Frames, b.Frames))
}

// moves reports whether g may go on by itself. A goroutine that waits for packets
// without a deadline does not: it is like one that waits for connections.
func (s *Settler) moves(g *stackparse.Goroutine) bool { return wait.Moves(g) && !s.packets(g) }

// packets reports whether g waits for packets and has no deadline for that.
func (s *Settler) packets(g *stackparse.Goroutine) bool {
	w, ok := s.World.(Polling)
	return ok && wait.ReadsPackets(g) && w.ReadsForever(g)
}

// listens reports whether g waits for connections or packets, and ends only when its
// socket is closed.
func (s *Settler) listens(g *stackparse.Goroutine) bool { return g.State == "IO wait" && !s.moves(g) }

func (s *Settler) allListen() bool {
	return !slices.ContainsFunc(s.candidates, func(g stackparse.Goroutine) bool { return !s.listens(&g) })
}

// worthAsking reports whether the runtime may be asked for the proof and could
// prove more than it did: a candidate has come to rest since, or waits for a
// small object such as a bare sync.Mutex, which one scan often misses. It may
// not be asked while there is a synctest bubble (see capture.Prove).
func (s *Settler) worthAsking() bool {
	if s.asks == maxAsks || slices.ContainsFunc(s.Dump.Goroutines,
		func(g stackparse.Goroutine) bool { return g.Bubble != 0 }) {
		return false
	}
	// Asked again only after something came to rest: the same heap gives the same proof.
	fresh := s.asks == 0 || s.asked.Before(s.since)
	return slices.ContainsFunc(s.candidates, func(g stackparse.Goroutine) bool {
		small := s.asks == 1 && strings.HasPrefix(g.State, "sync.")
		// The proof says nothing of what the poller may wake.
		return !g.Leaked && !wait.Moves(&g) && g.State != "IO wait" && (fresh || small)
	})
}

// ask asks for the proof and reports whether that settles the matter.
func (s *Settler) ask(now time.Time) bool {
	s.asks, s.asked = s.asks+1, now
	// Neither the runtime nor the environment offers a proof, which no later call changes.
	if s.NoProof || !s.World.Prove() {
		s.asks = maxAsks
		return false
	}
	return !s.look(now) || s.allProven()
}

func (s *Settler) allProven() bool {
	return !slices.ContainsFunc(s.candidates, func(g stackparse.Goroutine) bool { return !g.Leaked })
}

// stuck reports whether nothing that can be seen will move a candidate: none
// of them moves, waits for time or for the outside, and nobody else runs.
func (s *Settler) stuck() bool {
	for i := range s.candidates {
		g := &s.candidates[i]
		if !s.Proofs && !s.never(g) && (s.moves(g) || wait.OnTimer(g, source.Here())) {
			return false
		}
	}
	for i := range s.Dump.Goroutines {
		// The first is the goroutine that takes the dump, which always runs.
		if g := &s.Dump.Goroutines[i]; i > 0 && wait.Runs(g) && !s.endless[g.ID] && s.matters(g) {
			return false
		}
	}
	return true
}

// matters reports whether g, which is no candidate, may yet move one.
func (s *Settler) matters(g *stackparse.Goroutine) bool {
	return !filters.IsBenign(g) && (s.Reported == nil || !s.Reported(g.ID))
}

// yield lets the other goroutines of a bubble run until the candidates stop
// changing. We must not sleep or block there: both would move the
// bubble's clock, which belongs to the test. So goroutines that sleep are left: the
// clock stands still once the test has returned. Goroutines that compute or are in a
// system call go on in real time, and are waited for.
func (s *Settler) yield() []stackparse.Goroutine {
	start := realTime()
	for gap := minGap; ; gap = min(2*gap, maxGap) {
		for next := realTime() + gap; ; {
			for range yields {
				runtime.Gosched()
			}
			if realTime() >= next {
				break
			}
		}
		before := s.candidates
		// No time of rest is measured in a bubble, so none is passed.
		if !s.look(time.Time{}) {
			return nil
		}
		still := slices.EqualFunc(before, s.candidates, s.sameStand) && !slices.ContainsFunc(s.candidates, goesOn)
		if still || realTime()-start >= s.Bounds.Limit {
			return s.candidates
		}
	}
}

// yields is how often the processor is given away between two looks at the
// clock.
const yields = 100

// goesOn reports whether g goes on though a bubble's clock stands still.
// A goroutine that is out of its bubble for now is about to collect
// garbage.
func goesOn(g stackparse.Goroutine) bool {
	return g.Bubble == 0 || wait.Moves(&g) && g.State != "sleep"
}
