package leakcheck

import (
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const (
	// quiet is how long all candidates have to stay parked, while nothing else
	// runs, before they count as stuck.
	quiet = 250 * time.Millisecond
	// quietTimer is the same where one receives, be it in a select: a timer
	// that no dump shows may be about to end that, of a context or of
	// time.AfterFunc. Most of those that bound the work of a test are shorter.
	quietTimer = time.Second
)

// rest is how long the candidates have to stay parked.
func (s *settler) rest() time.Duration {
	for i := range s.candidates {
		g := &s.candidates[i]
		if !g.Leaked && !s.proofs && (g.State == "chan receive" || g.State == "select") {
			return quietTimer
		}
	}
	return quiet
}

// world is what settling needs of the runtime; tests play it.
type world interface {
	counters() capture.Counters
	dump() capture.Dump
	prove() bool // false where no proof is to be had
}

// live is the world of this process.
type live struct{}

func (live) counters() capture.Counters { return capture.Read() }
func (live) dump() capture.Dump         { return capture.All() }
func (live) prove() bool                { return capture.Prove() }

// settler waits until the goroutines that pick picks are gone or stuck.
//
// It looks by counters, which are cheap, and dumps only when those moved or
// when a decision is due: while both counters stand still the set of
// goroutines is the same.
type settler struct {
	world  world
	limit  time.Duration
	most   time.Duration // bounds the longer wait for what is known to be slow to stop; less than limit is none
	pick   func(capture.Dump) []stackparse.Goroutine
	bubble bool // in a testing/synctest bubble: time must not move

	proofs bool // only proofs count, so nothing is waited for that cannot be proven

	dump       capture.Dump
	candidates []stackparse.Goroutine
	since      time.Time                      // when the candidates were first seen as they are now
	parked     map[int64]stackparse.Goroutine // candidates that run now, as they were when they were last seen to wait
	asks       int                            // how often the runtime was asked for the proof
	asked      time.Time                      // when that was last
}

// run returns the goroutines that outlast the wait, as last seen to wait: one
// that a ticker wakes at the moment of the last look is a loop over a ticker,
// and no computation that goes on.
func (s *settler) run() []stackparse.Goroutine {
	left := slices.Clone(s.settle())
	for i := range left {
		if g, ok := s.parked[left[i].ID]; ok {
			g.Leaked = false // it runs
			left[i] = g
		}
	}
	return left
}

func (s *settler) settle() []stackparse.Goroutine {
	start := time.Now()
	now := start
	if !s.look(now) || s.limit == 0 {
		return s.candidates
	}
	if s.bubble {
		return s.yield()
	}
	due := now.Add(grace)
	for gap := minGap; ; gap = min(2*gap, maxGap) {
		linger := start.Add(s.linger())
		end := later(start.Add(s.limit), linger)
		now = s.await(gap, due, end)
		if !s.look(now) || s.allProven() {
			return s.candidates
		}
		if !now.Before(due) && s.worthAsking() && s.ask(now) {
			return s.candidates
		}
		if !now.Before(end) || now.Sub(s.since) >= s.rest() && !now.Before(linger) && s.stuck() {
			return s.candidates
		}
		switch {
		case now.Before(due):
		case s.asks == 0: // they were still on their way: ask soon, but not at every gap
			due = now.Add(min(4*now.Sub(start), quiet))
		case s.worthAsking():
			due = now
		default:
			if due = later(s.since.Add(s.rest()), linger); !due.After(now) {
				due = now.Add(quiet)
			}
		}
	}
}

const (
	// grace is what candidates get to end by themselves before the runtime is
	// asked for a proof: most goroutines that a test just told to stop need
	// microseconds, and a proof costs a garbage collection.
	grace = time.Millisecond
	// minGap and maxGap bound the time between two dumps while the counters
	// move, as they do all the time beside parallel tests.
	minGap = 20 * time.Microsecond
	maxGap = 50 * time.Millisecond
)

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// linger is how long the candidates may take to end that the catalogue knows
// to be slow: they stand still until something outside answers or gives up.
func (s *settler) linger() time.Duration {
	longest := time.Duration(0)
	for i := range s.candidates {
		g := &s.candidates[i]
		if g.Leaked || s.proofs {
			continue
		}
		if e, ok := filters.Lookup(g); ok && e.Class == filters.ClassSlowToStop {
			longest = max(longest, e.Linger)
		}
	}
	return min(longest, s.most)
}

// await returns, with the time, when a look can tell something new: the
// counters moved and gap has passed, or due or end has come.
func (s *settler) await(gap time.Duration, due, end time.Time) time.Time {
	if end.Before(due) {
		due = end
	}
	from := time.Now()
	for backoff := time.Microsecond; ; backoff = min(2*backoff, 10*time.Millisecond) {
		time.Sleep(min(backoff, time.Until(due)))
		now := time.Now()
		if !now.Before(due) || now.Sub(from) >= gap && s.world.counters() != s.dump.Counters {
			return now
		}
	}
}

// look takes a dump and reports whether candidates are left. It restarts the
// time of rest when any of them changed.
func (s *settler) look(now time.Time) bool {
	before := s.candidates
	s.dump = s.world.dump()
	s.candidates = s.pick(s.dump)
	if !slices.EqualFunc(before, s.candidates, sameStand) {
		s.since = now
	}
	s.remember(before)
	return len(s.candidates) > 0
}

// remember keeps, of the candidates that run, how they waited at the look
// before or at an earlier one.
func (s *settler) remember(before []stackparse.Goroutine) {
	kept := map[int64]stackparse.Goroutine{}
	waited := map[int64]*stackparse.Goroutine{}
	for i := range before {
		if g := &before[i]; !running(g) {
			waited[g.ID] = g
		}
	}
	for i := range s.candidates {
		g := &s.candidates[i]
		if !running(g) {
			continue
		}
		if w, ok := waited[g.ID]; ok {
			kept[g.ID] = *w
		} else if w, ok := s.parked[g.ID]; ok {
			kept[g.ID] = w
		}
	}
	s.parked = kept
}

func running(g *stackparse.Goroutine) bool { return g.State == "running" || g.State == "runnable" }

// sameStand reports whether b is a standing still: the same wait at the same
// place.
func sameStand(a, b stackparse.Goroutine) bool {
	return a.ID == b.ID && a.State == b.State && slices.Equal(a.Frames, b.Frames)
}

// maxAsks bounds the garbage collections that one check brings about.
const maxAsks = 3

// worthAsking reports whether the runtime may be asked for the proof and could
// prove more than it did: a candidate has come to rest since, or waits for a
// small object such as a bare sync.Mutex, which one scan often misses. It may
// not be asked beside a synctest bubble (see capture.Prove).
func (s *settler) worthAsking() bool {
	if s.asks == maxAsks || slices.ContainsFunc(s.dump.Goroutines, func(g stackparse.Goroutine) bool { return g.Bubble != 0 }) {
		return false
	}
	fresh := s.asks == 0 || s.asked.Before(s.since)
	return slices.ContainsFunc(s.candidates, func(g stackparse.Goroutine) bool {
		small := s.asks == 1 && strings.HasPrefix(g.State, "sync.")
		return !g.Leaked && !moving(&g) && (fresh || small)
	})
}

// ask asks for the proof and reports whether that settles the matter.
func (s *settler) ask(now time.Time) bool {
	s.asks, s.asked = s.asks+1, now
	if !s.world.prove() {
		s.asks = maxAsks
		return false
	}
	return !s.look(now) || s.allProven()
}

func (s *settler) allProven() bool {
	return !slices.ContainsFunc(s.candidates, func(g stackparse.Goroutine) bool { return !g.Leaked })
}

// stuck reports whether nothing that can be seen will move a candidate: none
// of them moves, waits for time or for the outside, and nobody else runs.
func (s *settler) stuck() bool {
	for i := range s.candidates {
		if g := &s.candidates[i]; !g.Leaked && !s.proofs && (moving(g) || onTimer(g)) {
			return false
		}
	}
	for i := range s.dump.Goroutines {
		g := &s.dump.Goroutines[i]
		if i > 0 && (g.State == "running" || g.State == "runnable") && !filters.IsBenign(g) {
			return false
		}
	}
	return true
}

// moving reports whether g may go on by itself: it runs, sleeps, or waits for
// the system. A wait for connections is none of these: only a Close ends it.
func moving(g *stackparse.Goroutine) bool {
	switch g.State {
	case "IO wait":
		return !slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool { return f.Func == "net.(*netFD).accept" })
	case "chan send", "chan receive", "select", "select (no cases)", "semacquire", "coroutine",
		"chan send (nil chan)", "chan receive (nil chan)":
		return false
	}
	return !strings.HasPrefix(g.State, "sync.")
}

// onTimer reports whether the source shows that g waits for a timer beside
// what else it may wait for. No dump says that.
func onTimer(g *stackparse.Goroutine) bool {
	if g.State != "chan receive" && g.State != "select" {
		return false
	}
	for i, f := range g.Frames {
		if !here().Std(f.Func, f.File) {
			return i == 0 && here().WaitsForTimer(f.File, f.Line)
		}
	}
	return false
}

// yield lets the other goroutines of a bubble run until the candidates stop
// changing. Neither a sleep nor a wait is to be had there: both would move the
// bubble's clock, which belongs to the test. So what sleeps is left over: the
// clock stands still once the test has returned. What computes or is in the
// system goes on in real time and is waited for.
func (s *settler) yield() []stackparse.Goroutine {
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
		if !s.look(time.Time{}) {
			return nil
		}
		still := slices.EqualFunc(before, s.candidates, sameStand) && !slices.ContainsFunc(s.candidates, inRealTime)
		if still || realTime()-start >= s.limit {
			return s.candidates
		}
	}
}

// yields is how often the processor is given away between two looks at the
// clock.
const yields = 100

// inRealTime reports whether g goes on though a bubble's clock stands still.
// What is out of its bubble for now is about to collect garbage.
func inRealTime(g stackparse.Goroutine) bool {
	return g.Bubble == 0 || moving(&g) && g.State != "sleep"
}
