package explore

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
)

// Event is a line of a trace: see package perturb.
type Event struct {
	Kind byte // 'p', 'q', 's', 'x', 't', 'n' or 'k'
	A, B int
}

// readTrace reads what a run wrote. A line that is cut, or none of ours, is left
// out.
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

// pauses are the lengths of the pauses that are tried: enough for what else can
// run to do so, longer than short timers, and a yield.
var pauses = []time.Duration{2 * time.Millisecond, 20 * time.Millisecond, 0}

// lateHits is how many of the operations of a site are delayed by themselves.
const lateHits = 2

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
	if fresh && len(plan.Parts()) > 0 {
		t.corpus = append(t.corpus, plan)
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
		for _, d := range pauses {
			t.offer(perturb.Plan{Pause: map[int]time.Duration{e.A: d}})
		}
		for n := 1; n <= lateHits; n++ {
			t.offer(perturb.Plan{Late: map[int]perturb.Hit{e.A: {N: n, For: pauses[1]}}})
		}
	case 's':
		if t.asked(e.A) {
			return
		}
		for i := range sites[e.A].Cases {
			t.offer(perturb.Plan{Prefer: map[int]int{e.A: i}})
		}
	case 't':
		t.offer(perturb.Plan{Fire: map[int]bool{e.A: true}})
	case 'x':
		for step := 1; step <= max(t.steps, 8)*2; step = max(step+1, step*4/3) {
			t.offer(perturb.Plan{Cancel: &perturb.Cancel{Site: e.A, Step: step}})
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

// offer plans a perturbation. Those of all kinds take turns, so that no kind
// waits for the last of another.
func (t *state) offer(p perturb.Plan) {
	t.planned = append(t.planned, p)
	t.corpus = append(t.corpus, p)
}

// try runs a test once and takes in what it showed.
func (s *Search) try(ctx context.Context, t *state, plan perturb.Plan) {
	res, err := s.Run(ctx, t.Test, plan)
	s.mu.Lock()
	fresh := s.take(ctx, t, plan, res, err)
	s.mu.Unlock()
	for _, f := range fresh {
		s.reduce(ctx, t, f)
	}
	s.mu.Lock()
	t.busy = false
	s.mu.Unlock()
}

// take notes a result, and returns the findings that are new.
func (s *Search) take(ctx context.Context, t *state, plan perturb.Plan, res Result, err error) []*Finding {
	if err != nil {
		if ctx.Err() == nil && s.err == nil {
			s.err = err
		}
		return nil
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
	var fresh []*Finding
	for _, l := range res.Leaks {
		f := t.found[l.Key]
		if f == nil {
			f = &Finding{Test: t.Test, Leak: l, Plan: plan, Decided: res.Decided}
			t.found[l.Key] = f
			s.found = append(s.found, f)
			fresh = append(fresh, f)
			if s.Found != nil {
				s.Found(f)
			}
		}
		f.Seen++
		if plain {
			f.Plain++
			f.Plan = plan
		}
	}
	if s.Report != nil {
		s.Report(Progress{Runs: s.runs, States: len(s.states), Findings: len(s.found)})
	}
	return fresh
}

// reduce leaves perturbations out of a finding's plan for as long as it still
// shows.
func (s *Search) reduce(ctx context.Context, t *state, f *Finding) {
	if s.Patience != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(s.Patience, reduceLimit)
		defer cancel()
	}
	parts := f.Plan.Parts()
	for i := 0; i < len(parts) && len(parts) > 0; {
		fewer := append(append([]perturb.Plan{}, parts[:i]...), parts[i+1:]...)
		res, shown := s.shows(ctx, t.Test, perturb.Join(fewer...), f.Leak.Key)
		if !shown {
			i++
			continue
		}
		parts = fewer
		s.mu.Lock()
		f.Plan, f.Decided = perturb.Join(parts...), res.Decided
		s.mu.Unlock()
	}
}

// reduceLimit bounds the time for one finding.
const reduceLimit = 10 * time.Second

// reduceTries bounds the runs that show whether a plan still leaks.
const reduceTries = 3

func (s *Search) shows(ctx context.Context, t Test, plan perturb.Plan, key string) (Result, bool) {
	for range reduceTries {
		res, err := s.Run(ctx, t, plan)
		if err != nil || ctx.Err() != nil {
			return res, false
		}
		for _, l := range res.Leaks {
			if l.Key == key {
				return res, true
			}
		}
	}
	return Result{}, false
}
