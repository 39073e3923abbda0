package explore

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
)

// Event is a line of a trace: see package perturb.
type Event struct {
	Kind byte // 'p', 'r', 'q', 's', 'x', 't', 'n' or 'k'
	A, B int
}

// readTrace reads what a run wrote. It leaves out lines that are cut, and lines of
// others.
func readTrace(r io.Reader) []Event {
	var all []Event
	for lines := bufio.NewScanner(r); lines.Scan(); {
		var e Event
		n, _ := fmt.Sscanf(lines.Text(), "%c %d %d", &e.Kind, &e.A, &e.B)
		if n >= 2 {
			all = append(all, e)
		}
	}
	return all
}

// lateHits is how many of the operations of a site are delayed by themselves at
// first.
const lateHits = 2

// lane is a kind of perturbation. Those of all lanes take turns, so that no kind
// waits for the last of another: a test has few timers and select cases, and many
// places to pause at.
type lane int

const (
	ready    lane = iota // what can make a case ready that was preferred in vain
	prefer               // a case of a select
	fire                 // timers
	endAt                // contexts end at a site
	endAfter             // contexts end after so many operations
	long                 // a pause that is longer than short timers
	late                 // one before one of the operations of a site that has more
	short                // a pause in which all else can run
	yield                // no more than a turn for the others
	lanes                // the number of lanes
)

// pauses are the lengths of the pauses that are tried, by their lanes.
var pauses = map[lane]time.Duration{long: 20 * time.Millisecond, short: 2 * time.Millisecond, yield: 0}

// learn takes in what a run showed, and plans what that makes possible. It
// reports whether anything was new.
func (t *state) learn(plan perturb.Plan, events []Event, sites []Site) bool {
	fresh := false
	for _, e := range events {
		if e.Kind == 'n' {
			t.steps = max(t.steps, e.A)
			continue
		}
		if t.events[e] {
			continue
		}
		t.events[e] = true
		fresh = true
		t.propose(e, sites)
	}
	parts := plan.Parts()
	if fresh && len(parts) > 0 {
		t.fruitful = append(t.fruitful, plan)
	}
	if len(parts) == 1 {
		t.pursue(plan, events, fresh)
	}
	return fresh
}

// propose plans perturbations at a place that was reached for the first time.
func (t *state) propose(e Event, sites []Site) {
	if e.A < 0 || e.A >= len(sites) {
		return
	}
	switch e.Kind {
	case 'p':
		for _, l := range []lane{long, short, yield} {
			t.offer(l, perturb.Plan{Pause: map[int]time.Duration{e.A: pauses[l]}})
		}
		t.points = append(t.points, e.A)
		for _, c := range t.contexts {
			t.offer(endAt, perturb.Plan{Cancel: &perturb.Cancel{Site: c, At: e.A}})
		}
	case 'r':
		for n := 1; n <= lateHits; n++ {
			t.offer(late, perturb.Plan{Late: map[int]perturb.Hit{e.A: {N: n, For: pauses[long]}}})
		}
	case 's':
		if t.asked(e.A) {
			return
		}
		for i := range sites[e.A].Cases {
			t.offer(prefer, perturb.Plan{Prefer: map[int]int{e.A: i}})
		}
	case 't':
		t.timers = append(t.timers, e.A)
		t.offer(fire, perturb.Plan{Fire: map[int]bool{e.A: true}})
	case 'x':
		t.contexts = append(t.contexts, e.A)
		for _, p := range t.points {
			t.offer(endAt, perturb.Plan{Cancel: &perturb.Cancel{Site: e.A, At: p}})
		}
		for step := 1; step <= max(t.steps, 8)*2; step = max(step+1, step*4/3) {
			t.offer(endAfter, perturb.Plan{Cancel: &perturb.Cancel{Site: e.A, Step: step}})
		}
	}
}

// asked reports whether the cases of a select have been planned.
func (t *state) asked(site int) bool {
	n := 0
	for e := range t.events {
		if e.Kind == 's' && e.A == site {
			n++
		}
	}
	return n > 1
}

// offer plans a perturbation.
func (t *state) offer(l lane, p perturb.Plan) {
	t.planned[l] = append(t.planned[l], p)
	t.known[l] = append(t.known[l], p)
}

// pursue plans what follows from a run with one perturbation. A case that was not
// ready in spite of its head start waits for something: often for a timer, or for
// the end of a context. An operation whose delay showed something new is delayed
// another time as well.
func (t *state) pursue(plan perturb.Plan, events []Event, fresh bool) {
	for site, number := range plan.Prefer {
		if slices.Contains(events, Event{'s', site, number}) {
			continue
		}
		for _, timer := range t.timers {
			t.offer(ready, perturb.Join(plan, perturb.Plan{Fire: map[int]bool{timer: true}}))
		}
		for _, c := range t.contexts {
			t.offer(ready, perturb.Join(plan, perturb.Plan{Cancel: &perturb.Cancel{Site: c, At: site}}))
		}
	}
	for site, h := range plan.Late {
		if fresh && h.N >= lateHits {
			t.offer(late, perturb.Plan{Late: map[int]perturb.Hit{site: {N: h.N + 1, For: h.For}}})
		}
	}
}

// try runs a test once and takes in what it showed.
func (s *Search) try(ctx context.Context, t *state, plan perturb.Plan) {
	res, err := s.Run(ctx, t.Test, plan)
	var fresh []trial
	s.mu.Lock()
	if err == nil {
		fresh = s.take(ctx, t, plan, res)
	} else if ctx.Err() == nil && s.err == nil {
		s.err = err
	}
	s.mu.Unlock()
	for _, tr := range fresh {
		s.reduce(ctx, tr)
	}
	s.mu.Lock()
	t.busy = false
	s.mu.Unlock()
}

// trial is a plan that may be the one that decides on a finding.
type trial struct {
	*Finding
	plan    perturb.Plan
	decided int
}

// maxTrials bounds the plans that are tried for one finding.
const maxTrials = 4

// take notes a result, and returns the plans that may decide on what it shows.
func (s *Search) take(ctx context.Context, t *state, plan perturb.Plan, res Result) []trial {
	if ctx.Err() != nil && res.Failed && len(res.Leaks) == 0 {
		return nil // the end of the search ended the run, which says nothing of the test
	}
	s.runs++
	t.runs++
	plain := len(plan.Parts()) == 0
	t.idle++
	if t.learn(plan, res.Events, s.Sites) {
		t.idle = 0
	}
	for _, e := range res.Events {
		s.states[e] = true
	}
	var fresh []trial
	for _, l := range res.Leaks {
		f := t.found[l.Key]
		if f == nil {
			f = &Finding{Test: t.Test, Leak: l, Plan: plan, Decided: res.Decided}
			t.found[l.Key] = f
			s.found = append(s.found, f)
			if s.Found != nil {
				s.Found(f)
			}
		}
		// A plan under which it came by luck is of no use to who replays it.
		if f.Plain == 0 && !plain && f.trials < maxTrials && f.shown < goodEnough {
			f.trials++
			fresh = append(fresh, trial{f, plan, res.Decided})
		}
		f.Seen++
		if plain {
			f.Plain++
			f.Plan, f.ByChance = plan, false
		}
	}
	if s.Report != nil {
		s.Report(Progress{Runs: s.runs, States: len(s.states), Findings: len(s.found)})
	}
	return fresh
}

// reduce leaves perturbations out of a plan for as long as the leak still shows.
// A plan that does not show the leak again does not decide on it.
func (s *Search) reduce(ctx context.Context, t trial) {
	if s.Patience != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(s.Patience, reduceLimit)
		defer cancel()
	}
	_, shown := s.shows(ctx, t, confirmTries, goodEnough)
	s.mu.Lock()
	if shown > t.shown {
		t.Plan, t.Decided, t.shown = t.plan, t.decided, shown
	}
	t.ByChance = t.shown == 0 && ctx.Err() == nil // or nobody knows
	s.mu.Unlock()
	if shown == 0 || shown < t.shown {
		return
	}
	parts, want := t.plan.Parts(), min(shown, goodEnough)
	for i := 0; i < len(parts); {
		fewer := append(append([]perturb.Plan{}, parts[:i]...), parts[i+1:]...)
		res, n := s.shows(ctx, trial{Finding: t.Finding, plan: perturb.Join(fewer...)}, reduceTries, want)
		if n < want {
			i++
			continue
		}
		parts = fewer
		s.mu.Lock()
		t.Plan, t.Decided = perturb.Join(parts...), res.Decided
		s.mu.Unlock()
	}
}

// reduceLimit bounds the time for one finding.
const reduceLimit = 10 * time.Second

// confirmTries bounds the runs that show whether a plan leaks, and reduceTries those
// that show whether one with less in it still does. A plan is good enough if half of
// the runs leak: where two cases are ready, a select takes the other one that often.
const (
	confirmTries = 4
	goodEnough   = 2
	reduceTries  = 3
)

// shows runs the test of a trial with its plan until it has leaked as often as is
// wanted, or cannot any more. It returns how often it leaked, and the result of the
// last run that did.
func (s *Search) shows(ctx context.Context, t trial, tries, want int) (last Result, n int) {
	for left := tries; left > 0 && n < want && n+left >= want; left-- {
		res, err := s.Run(ctx, t.Test, t.plan)
		if err != nil || ctx.Err() != nil {
			return last, n
		}
		if slices.ContainsFunc(res.Leaks, func(l Leak) bool { return l.Key == t.Leak.Key }) {
			last, n = res, n+1
		}
	}
	return last, n
}
