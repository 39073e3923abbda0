package explore

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
)

// Test is one test of one package.
type Test struct {
	Package string // import path
	Name    string
}

// Result is what one run of a test showed.
type Result struct {
	Events  []Event // what happened, each once
	Leaks   []Leak  // proven or unreachable, or the test itself can never end
	Failed  bool    // the test failed, or its process was ended
	Decided int     // the site whose operation was under way when contexts were ended; -1 for none, or AtOnce
}

// AtOnce says that contexts ended as they were made: the moment was before.
const AtOnce = -2

// Leak is a finding of one run.
type Leak struct {
	Key    string         // the same for the same leak in all runs
	Hung   bool           // the test itself can never end
	Report *report.Report // of this leak alone
}

// Runner runs a test once, in a process of its own. An error is one of the
// search, not of the test.
type Runner func(context.Context, Test, perturb.Plan) (Result, error)

// Finding is a leak and what decides whether it happens.
type Finding struct {
	Test    Test
	Leak    Leak
	Plan    perturb.Plan // with the fewest perturbations that still show it
	Decided int          // as in a [Result], of the run with that plan
	Seen    int          // runs of the test that showed it
	Runs    int          // runs of the test
	Plain   int          // of Seen, those that nothing perturbed

	// ByChance says that the leak did not show again under Plan.
	ByChance bool

	trials int // plans that were tried for it
	shown  int // how often it came under Plan, before that was reduced; up to goodEnough
}

// Progress is what a search has reached so far.
type Progress struct {
	Runs, States, Findings int
}

// Search looks for leaks of tests.
type Search struct {
	Run     Runner
	Sites   []Site
	Seed    uint64
	Workers int
	Report  func(Progress) // after each run; nil for none
	Found   func(*Finding) // for each leak, once; nil for none

	// Patience bounds what is still reduced once the time of the search is up. Nil
	// ends that with the search.
	Patience context.Context

	mu     sync.Mutex
	rand   *rand.Rand
	states map[Event]bool // of all tests
	runs   int
	found  []*Finding
	err    error
}

// state is what a search knows of one test.
type state struct {
	Test
	runs   int
	events map[Event]bool
	steps  int // operations of a run, about

	// The sites that were reached, in their order: operations, timers, contexts.
	points, timers, contexts []int

	planned  [lanes][]perturb.Plan // to be tried next
	known    [lanes][]perturb.Plan // all that was planned
	fruitful []perturb.Plan        // plans that reached something new
	turn     int                   // of the lanes
	idle     int                   // runs since something new
	busy     bool
	found    map[string]*Finding
}

// plainRuns of each test are not perturbed: what they show needs no search.
const plainRuns = 2

// simpleRuns of each test have one change at most, while there are such changes.
const simpleRuns = 24

// Explore searches until ctx ends, and returns what it found, in the order of
// tests. It ends early if a run cannot be started.
func (s *Search) Explore(ctx context.Context, tests []Test) ([]*Finding, error) {
	s.rand = rand.New(rand.NewPCG(s.Seed, s.Seed))
	s.states = map[Event]bool{}
	all := make([]*state, len(tests))
	for i, t := range tests {
		all[i] = &state{Test: t, events: map[Event]bool{}, found: map[string]*Finding{}}
	}
	var workers sync.WaitGroup
	for range min(max(s.Workers, 1), len(tests)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				t, plan, ok := s.next(all)
				if !ok {
					return
				}
				s.try(ctx, t, plan)
			}
		})
	}
	workers.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.found {
		t := all[slices.IndexFunc(all, func(t *state) bool { return t.Test == f.Test })]
		f.Runs = t.runs
	}
	slices.SortStableFunc(s.found, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(a.Test.Package, b.Test.Package), cmp.Compare(a.Test.Name, b.Test.Name))
	})
	return s.found, s.err
}

// next takes the test that is to run next: each a few times first, then those
// that still reach something new.
func (s *Search) next(all []*state) (*state, perturb.Plan, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, perturb.Plan{}, false
	}
	var best *state
	for _, t := range all {
		// One process of a test at a time: tests may share a port or a file.
		if !t.busy && (best == nil || t.cost() < best.cost()) {
			best = t
		}
	}
	best.busy = true // there is one: no more workers than tests
	return best, best.plan(s.rand), true
}

// cost orders tests: tests with few runs, and few runs in vain, come first. A test
// that leaks may leak in other ways too, but comes after tests without a known
// leak.
func (t *state) cost() int {
	if t.runs < plainRuns {
		return t.runs
	}
	return (t.runs/4 + t.idle + plainRuns) * (1 + min(len(t.found), 1))
}

// plan chooses what to try with a test.
func (t *state) plan(r *rand.Rand) perturb.Plan {
	if t.runs < plainRuns {
		return perturb.Plan{}
	}
	if p, ok := t.take(ready, r); ok {
		return p
	}
	// The turn after those of the lanes is that of plans with more than one change.
	for range lanes + 1 {
		l := lane(t.turn) % (lanes + 1)
		t.turn++
		switch {
		case l == lanes && t.runs >= simpleRuns:
			return t.mix(r)
		case l == lanes:
			continue
		case (l == short || l == yield) && len(t.planned[long])+len(t.planned[late]) > 0:
			continue // what a short pause shows, a long one does mostly too
		}
		if p, ok := t.take(l, r); ok {
			return p
		}
	}
	return t.mix(r)
}

// take takes a plan out of a lane, in turn the next one and any of them.
func (t *state) take(l lane, r *rand.Rand) (perturb.Plan, bool) {
	waiting := t.planned[l]
	if len(waiting) == 0 {
		return perturb.Plan{}, false
	}
	i := 0
	if r.IntN(2) == 0 {
		i = r.IntN(len(waiting))
	}
	p := waiting[i]
	t.planned[l] = slices.Delete(waiting, i, i+1)
	return p, true
}

// mix joins two to four plans, of lanes that are chosen alike: most plans are
// pauses, and most leaks that need two changes need one of another kind. A third of
// them begin with a plan that reached something new.
func (t *state) mix(r *rand.Rand) perturb.Plan {
	var from [][]perturb.Plan
	for _, plans := range t.known {
		if len(plans) > 0 {
			from = append(from, plans)
		}
	}
	if len(from) == 0 {
		return perturb.Plan{}
	}
	pick := func(plans []perturb.Plan) perturb.Plan { return plans[r.IntN(len(plans))] }
	p := pick(from[r.IntN(len(from))])
	if len(t.fruitful) > 0 && r.IntN(3) == 0 {
		p = pick(t.fruitful)
	}
	for range 1 + r.IntN(3) {
		p = perturb.Join(p, pick(from[r.IntN(len(from))]))
	}
	if parts := p.Parts(); len(parts) > 2 && r.IntN(3) == 0 {
		i := r.IntN(len(parts))
		p = perturb.Join(slices.Delete(parts, i, i+1)...)
	}
	return p
}
