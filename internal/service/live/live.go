// Package live surveys the goroutines of this process in a way that a
// running service can afford, and grades the evidence for a leak.
//
// A [Survey] comes from the goroutine profile in its binary form, which stops
// the world for a fraction of a millisecond however many goroutines there are.
// It has the number of goroutines at each place, and their labels, but no ids,
// ages or go statements. The full text knows these, and stops the world for 4 to
// 10 µs a goroutine: it is taken only on request, and below a limit. The proof
// costs a garbage collection and is made only on request.
//
// A [Surveyor] takes one survey at a time and keeps the last one: a caller that asks
// again too early gets the last one. All Surveyors of the process share this turn, and
// the samples that a timer takes, so the first survey already shows a stack whose
// goroutines grow in number.
//
// [Floor] decides from the runtime's counter when a survey is due.
package live

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/internal/service/requests"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// Survey is what the goroutines of the process did at one moment. It is not
// changed once it is there, and may be shared.
type Survey struct {
	Taken  time.Time
	Took   time.Duration
	Total  int               // goroutines, without those that were looking
	Known  int               // of them, those that are there by design and not in the report
	Full   bool              // from the full text
	Heap   bool              // with what the heap says
	Proof  time.Time         // when the runtime was last asked for the proof; zero for never
	States map[string]int    // goroutines by state; "" where a profile does not show it
	All    []pprofile.Record // all goroutines, the known ones among them
	Report *report.Report    // findings, the most suspicious first

	// goroutines that have outlived their request or job, by its route; 0 for a
	// route that has left none
	Routes map[string]int

	Normal time.Time // the look that others are compared with; zero if there is none

	Since   time.Time // of the oldest sample that growth is measured from; zero if there is none
	Samples int
}

// Ask is what a caller wants of a look beyond a profile.
type Ask struct {
	Proof bool // which goroutines the runtime can prove to be leaked
	Full  bool // the full text: ids, minutes, arguments, go statements
	Force bool // the full text however many goroutines there are, and the heap however large
	Heap  bool // the full text, and who holds what its goroutines wait for
}

// Surveyor takes looks. The zero value is ready to use; the fields are not
// changed after the first look. It is safe for use by several goroutines.
type Surveyor struct {
	MinInterval   time.Duration // between two looks; 1 s if 0
	ProofInterval time.Duration // between two proofs; 10 s if 0
	// between the samples that growth is measured from; 15 s if 0; the least of all Surveyors counts
	Sample     time.Duration
	MaxFull    int   // goroutines up to which the full text is taken unforced; 3,000 if 0
	MaxHeap    int64 // bytes of the heap up to which it is read unforced; 256 MiB if 0
	HideLabels bool  // leave out the goroutines' labels
	HideArgs   bool  // leave out the arguments of calls

	world world // this process if nil

	mu    sync.Mutex
	last  *Survey   // latest of either kind
	full  *Survey   // latest from the full text, nil once it is too old to be handed out
	proof time.Time // changed by the holder of the turn, under mu

	// Of the holder of the turn.
	proven wait.Proven // as of proof
	normal *normal     // nil where nobody has said what is

	follows bool     // see Follow
	own     *sampler // see samples
}

const (
	defaultInterval = time.Second
	defaultProof    = 10 * time.Second
	defaultSample   = 15 * time.Second
	defaultMaxFull  = 3000

	// share bounds the part of the time that is spent looking: one that took
	// long is followed by a rest of so many times its length.
	share = 20
)

// turn is held while one looks: only one at a time can look at the process.
var turn = make(chan struct{}, 1)

// RefusedError says which part of what was asked for was refused.
type RefusedError struct {
	What  Part
	Force bool   // that [Ask.Force] would help
	Why   string // and what it would cost
}

// Part is a part of an [Ask].
type Part int

// What may be refused.
const (
	Text Part = iota // the full text
	Heap
	Proof
)

// Error says why.
func (e *RefusedError) Error() string { return e.Why }

func noProof(why string) error { return &RefusedError{What: Proof, Why: "no proof: " + why} }

// perGoroutine is what the full text stops the world for: 4 µs of a goroutine
// with few calls, 10 µs of one with a dozen; see BenchmarkStops.
const perGoroutine = 10 * time.Microsecond

// Look returns what the goroutines do now, or did at a look that is not older
// than the interval. While another look is under way it waits for that, until
// ctx is done. A proof that is asked for too early is answered with the last
// one.
//
// The error is a [*RefusedError], that of ctx, or one of the profile.
func (s *Surveyor) Look(ctx context.Context, ask Ask) (*Survey, error) {
	ask.Full = ask.Full || ask.Heap
	if got := s.fresh(&ask); got != nil {
		return got, nil
	}
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if got := s.fresh(&ask); got != nil {
		return got, nil // of the holder of the turn before
	}
	return s.look(ask)
}

// Last returns the latest look, nil before the first.
func (s *Surveyor) Last() *Survey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// fresh returns a look that is new enough, if there is one, and takes a proof
// that is too early out of what is asked for.
func (s *Surveyor) fresh(ask *Ask) *Survey {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.of().now()
	if s.full != nil && now.Sub(s.full.Taken) >= s.interval(s.full) {
		s.drop(s.full)
	}
	if ask.Proof && !s.proof.IsZero() && now.Sub(s.proof) < cmp.Or(s.ProofInterval, defaultProof) {
		ask.Proof = false
	}
	got := s.last
	if ask.Full {
		got = s.full
	}
	if ask.Proof || got == nil || ask.Heap && !got.Heap || now.Sub(got.Taken) >= s.interval(got) {
		return nil
	}
	return got
}

func (s *Surveyor) interval(last *Survey) time.Duration {
	return max(cmp.Or(s.MinInterval, defaultInterval), share*last.Took)
}

// look looks. The caller has the turn.
func (s *Surveyor) look(ask Ask) (*Survey, error) {
	w := s.of()
	// Before anything is looked at: it may be asked for again and again.
	if n, limit := w.count(), cmp.Or(s.MaxFull, defaultMaxFull); ask.Full && !ask.Force && n > limit {
		return nil, &RefusedError{Text, true, fmt.Sprintf("%d goroutines are too many for the full text "+
			"(limit %d): taking it would stop the process for up to about %v", n, limit, time.Duration(n)*perGoroutine)}
	}
	if size, limit := w.heapSize(), cmp.Or(s.MaxHeap, defaultMaxHeap); ask.Heap && !ask.Force && size > limit {
		return nil, &RefusedError{Heap, true, fmt.Sprintf("a heap of %d MB is too large to read (limit %d "+
			"MB): reading it would stop the process for about %v", size>>20, limit>>20, HeapStop(size))}
	}
	if why := w.whyNoProof(); ask.Proof && why != "" {
		return nil, noProof(why)
	}
	v := &Survey{Taken: w.now(), Full: ask.Full, Heap: ask.Heap}
	flight := w.inFlight()
	recs, err := s.records(w, ask)
	if err != nil {
		return nil, err
	}
	if v.Proof = s.proof; ask.Proof {
		v.Proof = v.Taken
	}
	if err := s.build(v, recs, flight); err != nil {
		return nil, err
	}
	v.Took = w.now().Sub(v.Taken)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.last, s.proof = v, v.Proof
	if ask.Full {
		s.full = v
		if s.world == nil { // a test's clock may not run
			time.AfterFunc(s.interval(v), func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.drop(v)
			})
		}
	}
	return v, nil
}

// drop lets a look from the full text go once it is too old to be handed out: it
// can take hundreds of megabytes, and nobody may ever ask again. The caller holds
// the lock.
func (s *Surveyor) drop(v *Survey) {
	if s.full == v {
		s.full = nil
	}
	if s.last == v {
		s.last = nil
	}
}

// records takes what is asked for, in the order of its cost.
func (s *Surveyor) records(w world, ask Ask) ([]pprofile.Record, error) {
	var recs, leaked []pprofile.Record
	var err error
	if ask.Proof || !ask.Full {
		if recs, err = w.profile(goroutines); err != nil {
			return nil, err
		}
	}
	if ask.Proof {
		if bubble(recs) {
			return nil, noProof("a testing/synctest bubble is alive, and asking for a proof could hang it")
		}
		if leaked, err = w.profile(leaks); err != nil {
			return nil, err
		}
	}
	if ask.Full {
		recs = w.dump()
	}
	s.redact(recs)
	s.redact(leaked)
	if ask.Proof {
		s.proven = wait.Proven{}
		for _, r := range leaked {
			s.proven.Add(r.Goroutine, r.Count)
		}
	}
	if !ask.Full { // where the runtime marks the goroutines itself
		recs = mark(recs, s.proven)
	}
	return recs, nil
}

// world is what a look needs of the process; tests play it.
type world interface {
	now() time.Time
	count() int
	profile(name string) ([]pprofile.Record, error)
	dump() []pprofile.Record
	whyNoProof() string
	heapSize() int64
	heap(gs []stackparse.Goroutine) (map[int64]heap.Fact, error)
	inFlight() requests.View
}

func (s *Surveyor) of() world {
	if s.world == nil {
		return process{}
	}
	return s.world
}

// process is this process.
type process struct{}

func (process) now() time.Time     { return time.Now() }
func (process) count() int         { return runtime.NumGoroutine() }
func (process) whyNoProof() string { return capture.WhyNoProof() }

func (process) inFlight() requests.View { return requests.Look() }
