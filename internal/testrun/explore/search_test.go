package explore

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
)

var twoCases = []Case{{Line: 2, Text: "<-results"}, {Line: 4, Text: "<-ctx.Done()"}}

// TestExploreFindsAndReduces runs a search over tests that a function stands
// for: one leaks if a select takes its second case while a goroutine is late, one
// if its context ends early, one always, one never.
func TestExploreFindsAndReduces(t *testing.T) {
	t.Parallel()
	sites := []Site{{ID: 0, Kind: Go}, {ID: 1, Kind: Select, Cases: twoCases}, {ID: 2, Kind: Context}, {ID: 3, Kind: Send}}
	run := func(_ context.Context, test Test, p perturb.Plan) (Result, error) {
		res := Result{Events: []Event{{'p', 0, 0}, {'s', 1, 0}, {'x', 2, 0}, {'p', 3, 0}, {'n', 8, 0}}, Decided: -1}
		leak := false
		switch test.Name {
		case "TestBoth":
			leak = p.Prefer[1] == 1 && p.Pause[3] > 0
		case "TestCancelled":
			leak = p.Cancel != nil && p.Cancel.Step > 3 && p.Cancel.Step < 6
			res.Decided = 3
		case "TestAlways":
			leak = true
		}
		if leak {
			res.Leaks = []Leak{{Key: "k"}}
		}
		return res, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := Search{Run: run, Sites: sites, Seed: 1, Report: func(p Progress) {
		if p.Runs == 2000 {
			cancel()
		}
	}}

	found, err := s.Explore(ctx, []Test{{"p", "TestBoth"}, {"p", "TestCancelled"}, {"p", "TestAlways"}, {"p", "TestNever"}})

	require.NoError(t, err)
	require.Len(t, found, 3)
	assert.Equal(t, "TestAlways", found[0].Test.Name)
	assert.Empty(t, found[0].Plan.Parts(), "it needs no perturbation")
	assert.Positive(t, found[0].Plain)
	assert.Equal(t, "TestBoth", found[1].Test.Name)
	assert.Len(t, found[1].Plan.Parts(), 2, "what does not matter is left out of %s", found[1].Plan)
	assert.Equal(t, 1, found[1].Plan.Prefer[1])
	assert.Positive(t, found[1].Plan.Pause[3])
	assert.Equal(t, "TestCancelled", found[2].Test.Name)
	assert.Len(t, found[2].Plan.Parts(), 1)
	assert.Equal(t, 2, found[2].Plan.Cancel.Site)
	assert.Equal(t, 3, found[2].Decided)
	for _, f := range found {
		assert.Positive(t, f.Seen)
		assert.GreaterOrEqual(t, f.Runs, f.Seen)
	}
}

// TestExploreForgetsCutRuns: a run that the end of the search kills is none that did
// not leak.
func TestExploreForgetsCutRuns(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	runs := 0
	s := Search{Run: func(context.Context, Test, perturb.Plan) (Result, error) {
		if runs++; runs == 3 {
			cancel()
			return Result{Failed: true, Decided: -1}, nil
		}
		return Result{Leaks: []Leak{{Key: "k"}}, Decided: -1}, nil
	}}

	found, err := s.Explore(ctx, []Test{{"p", "TestAlways"}})

	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, 2, found[0].Runs)
	assert.Equal(t, 2, found[0].Seen)
}

// TestExploreIsRepeatable: with one worker, a seed decides the whole search.
func TestExploreIsRepeatable(t *testing.T) {
	t.Parallel()
	plans := func(seed uint64) (all []string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := Search{Seed: seed, Sites: []Site{{ID: 0, Kind: Send}, {ID: 1, Kind: Select, Cases: twoCases}}}
		s.Run = func(_ context.Context, _ Test, p perturb.Plan) (Result, error) {
			if all = append(all, p.String()); len(all) == 200 {
				cancel()
			}
			return Result{Events: []Event{{'p', 0, 0}, {'s', 1, len(all) % 2}}}, nil
		}
		_, err := s.Explore(ctx, []Test{{"p", "TestA"}, {"p", "TestB"}})
		require.NoError(t, err)
		return all
	}
	assert.Equal(t, plans(7), plans(7))
	assert.NotEqual(t, plans(7), plans(8))
}

// TestExploreEndsWithAnError: a run that cannot be started is no finding and no
// endless loop.
func TestExploreEndsWithAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("no such file")
	s := Search{Workers: 2, Run: func(context.Context, Test, perturb.Plan) (Result, error) { return Result{}, broken }}
	found, err := s.Explore(t.Context(), []Test{{"p", "TestA"}})
	assert.Empty(t, found)
	assert.ErrorIs(t, err, broken)
}

// TestExploreOneProcessATest: two processes of one test could want the same
// port.
func TestExploreOneProcessATest(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	running := map[Test]bool{}
	runs := 0
	s := Search{Workers: 4, Run: func(_ context.Context, test Test, _ perturb.Plan) (Result, error) {
		mu.Lock()
		assert.False(t, running[test])
		running[test] = true
		if runs++; runs == 100 {
			cancel()
		}
		mu.Unlock()
		time.Sleep(time.Microsecond)
		mu.Lock()
		defer mu.Unlock()
		running[test] = false
		return Result{}, nil
	}}
	_, err := s.Explore(ctx, []Test{{"p", "TestA"}, {"p", "TestB"}})
	assert.NoError(t, err)
}

// TestExplorePursues: a case that does not become ready is tried again with each
// timer that fires and each context that ends, before anything else.
func TestExplorePursues(t *testing.T) {
	t.Parallel()
	sites := []Site{{ID: 0, Kind: Select, Cases: twoCases}, {ID: 1, Kind: Timer}, {ID: 2, Kind: Context}}
	for i := range 40 {
		sites = append(sites, Site{ID: 3 + i, Kind: Send})
	}
	for _, test := range []string{"TestTimer", "TestContext"} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		runs := 0
		s := Search{Sites: sites, Seed: 1, Found: func(*Finding) { cancel() }}
		s.Run = func(_ context.Context, test Test, p perturb.Plan) (Result, error) {
			if runs++; runs == 100 {
				cancel()
			}
			res := Result{Events: []Event{{'s', 0, 0}, {'t', 1, 0}, {'x', 2, 0}}}
			for _, s := range sites[3:] {
				res.Events = append(res.Events, Event{'p', s.ID, 0})
			}
			ready := p.Fire[1]
			if test.Name == "TestContext" {
				ready = p.Cancel != nil && p.Cancel.Site == 2 && p.Cancel.Step == 0 && p.Cancel.At == 0
			}
			if ready && p.Prefer[0] == 1 {
				res.Leaks = []Leak{{Key: "k"}}
			}
			return res, nil
		}
		found, err := s.Explore(ctx, []Test{{"p", test}})
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Less(t, runs, 20, test)
	}
}

// TestExploreByChance: a leak that does not show again under the same plan gets
// another one with the next run that shows it.
func TestExploreByChance(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sites := []Site{{ID: 0, Kind: Send}, {ID: 1, Kind: Send}, {ID: 2, Kind: Select, Cases: twoCases}}
	byChance := func(last int) *Finding {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		runs := 0
		s := Search{Sites: sites, Seed: 1}
		s.Run = func(_ context.Context, _ Test, p perturb.Plan) (Result, error) {
			if runs++; runs == last {
				cancel()
			}
			res := Result{Events: []Event{{'p', 0, 0}, {'p', 1, 0}, {'s', 2, 0}}}
			if runs == plainRuns+1 || p.Pause[1] == pauses[long] {
				res.Leaks = []Leak{{Key: "k"}}
			}
			return res, nil
		}
		found, err := s.Explore(ctx, []Test{{"p", "TestX"}})
		require.NoError(t, err)
		require.Len(t, found, 1)
		return found[0]
	}
	assert.False(t, byChance(plainRuns+1).ByChance, "it was not tried again")
	assert.True(t, byChance(plainRuns+2+confirmTries).ByChance)
	decided := byChance(60)
	assert.False(t, decided.ByChance)
	assert.Equal(t, "p1=20ms", decided.Plan.String())
}

// TestExploreByLuck: a plan under which the leak came again but once does not replay
// it. One of a later run that does is taken instead.
func TestExploreByLuck(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sites := []Site{{ID: 0, Kind: Send}, {ID: 1, Kind: Send}, {ID: 2, Kind: Select, Cases: twoCases}}
	runs, first := 0, ""
	s := Search{Sites: sites, Seed: 1}
	s.Run = func(_ context.Context, _ Test, p perturb.Plan) (Result, error) {
		if runs++; runs == 80 {
			cancel()
		}
		if runs == plainRuns+1 {
			first = p.String()
		}
		res := Result{Events: []Event{{'p', 0, 0}, {'p', 1, 0}, {'s', 2, 0}}}
		lucky := p.String() == first && (runs == plainRuns+1 || runs == plainRuns+3)
		if lucky || p.Pause[1] == pauses[long] {
			res.Leaks = []Leak{{Key: "k"}}
		}
		return res, nil
	}
	found, err := s.Explore(ctx, []Test{{"p", "TestX"}})
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.NotEqual(t, "p1=20ms", first)
	assert.Equal(t, "p1=20ms", found[0].Plan.String())
}
