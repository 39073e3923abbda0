// Package perturb is linked into the tests that "leakcheck explore" runs. The
// rewritten code calls it before channel operations, calls of locks and go
// statements, in place of select statements, and in place of the functions of
// package context whose contexts can end early.
//
// Without a plan it changes nothing but the time that these take. A [Plan] makes
// the process pause at sites, prefer cases of selects, and end contexts early: all
// of them things that may happen in any run, so that what leaks under a plan is a
// leak of the program.
//
// The plan comes in the environment variable [PlanVariable], which is removed
// before the tests run.
package perturb

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// PlanVariable has the plan, as [Plan.String] prints it, and TraceVariable the
// name of the file that gets the trace.
const (
	PlanVariable  = "LEAKCHECK_EXPLORE_PLAN"
	TraceVariable = "LEAKCHECK_EXPLORE_TRACE"
)

const (
	headStart = 20 * time.Millisecond // for the preferred case of a select
	maxDelay  = time.Second           // for all pauses and head starts of a run
)

// run is what happens in this process.
type run struct {
	plan   Plan
	idle   bool // the plan does nothing before operations
	trace  *trace
	steps  atomic.Int64          // blocking operations so far
	ended  atomic.Bool           // the moment has come at which the plan ends contexts
	spent  atomic.Int64          // of maxDelay, in nanoseconds
	hits   map[int]*atomic.Int64 // how often sites of the plan were reached
	mu     sync.Mutex
	ending []ending // contexts that the plan can end
}

// ending is a context that can be ended early.
type ending struct {
	site int
	end  func()
}

var current = start()

func start() *run {
	r := &run{trace: openTrace(os.Getenv(TraceVariable))}
	if text := os.Getenv(PlanVariable); text != "" {
		plan, err := ParsePlan(text)
		if err != nil {
			fmt.Fprintln(os.Stderr, "leakcheck explore:", err)
			os.Exit(2)
		}
		r.plan = plan
	}
	r.hits = map[int]*atomic.Int64{}
	for site := range r.plan.Late {
		r.hits[site] = new(atomic.Int64)
	}
	r.idle = len(r.plan.Pause)+len(r.plan.Late) == 0 && r.plan.Cancel == nil
	// What the tests start is not perturbed.
	os.Unsetenv(PlanVariable)
	os.Unsetenv(TraceVariable)
	return r
}

// inBubble reports whether the goroutine is in a synctest bubble. A file of the
// overlay sets it where the release can tell.
var inBubble = func() bool { return false }

// Point is called before an operation.
func Point(site int) { current.at(site) }

// at notes that an operation begins, and does what the plan says before it.
func (r *run) at(site int) {
	r.trace.point(site)
	if r.idle {
		return
	}
	r.step(site)
	if d, ok := r.plan.Pause[site]; ok {
		r.pause(d)
	}
	if h, ok := r.plan.Late[site]; ok && r.hits[site].Add(1) == int64(h.N) {
		r.pause(h.For)
	}
}

// pause lets other goroutines run for a while.
func (r *run) pause(d time.Duration) {
	if d == 0 || inBubble() || r.spent.Add(int64(d)) > int64(maxDelay) {
		runtime.Gosched()
		return
	}
	time.Sleep(d)
}

// step counts an operation, and ends contexts when the plan says so.
func (r *run) step(site int) {
	c := r.plan.Cancel
	if c == nil {
		return
	}
	n := r.steps.Add(1)
	if c.Step > 0 && n != int64(c.Step) || c.Step == 0 && (site != c.At || r.ended.Swap(true)) {
		return
	}
	r.ended.Store(true)
	r.trace.add(event{'k', site, 0})
	r.mu.Lock()
	all := r.ending
	r.mu.Unlock()
	for _, e := range all {
		if e.site == c.Site {
			e.end()
		}
	}
}

// register has the plan know a context, unless nobody but the code that made it can
// end it: one that is made from a context without an end, and has no deadline, may
// be promised not to end before its work is done. Those of a test can: the test
// stands for any caller. Those of a bubble must not be ended from outside of it.
func (r *run) register(site int, open bool, end func()) {
	if !open {
		return
	}
	r.trace.context(site)
	if r.plan.Cancel == nil || r.plan.Cancel.Site != site || inBubble() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ending = append(r.ending, ending{site, end})
	if r.ended.Load() {
		end() // its moment was before
	}
}

// Context returns x, or a context under it that a plan can end if x is one.
func Context[T any](site int, x T) T {
	parent, ok := any(x).(context.Context)
	if !ok || parent == nil {
		return x
	}
	current.trace.context(site)
	if c := current.plan.Cancel; c == nil || c.Site != site {
		return x
	}
	ctx, cancel := context.WithCancel(parent)
	wrapped, ok := any(ctx).(T)
	if !ok {
		cancel()
		return x
	}
	current.register(site, true, cancel)
	return wrapped
}

// WithCancel is context.WithCancel.
func WithCancel(site int, ofTest bool, parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	current.register(site, ofTest || parent.Done() != nil, cancel)
	return ctx, cancel
}

// WithCancelCause is context.WithCancelCause.
func WithCancelCause(site int, ofTest bool, parent context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	current.register(site, ofTest || parent.Done() != nil, func() { cancel(nil) })
	return ctx, cancel
}

// WithTimeout is context.WithTimeout.
func WithTimeout(site int, _ bool, parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return WithTimeoutCause(site, false, parent, d, nil)
}

// WithTimeoutCause is context.WithTimeoutCause.
func WithTimeoutCause(site int, _ bool, parent context.Context, d time.Duration, cause error) (context.Context,
	context.CancelFunc) {
	return WithDeadlineCause(site, false, parent, time.Now().Add(d), cause)
}

// WithDeadline is context.WithDeadline.
func WithDeadline(site int, _ bool, parent context.Context, d time.Time) (context.Context, context.CancelFunc) {
	return WithDeadlineCause(site, false, parent, d, nil)
}

// WithDeadlineCause is context.WithDeadlineCause.
func WithDeadlineCause(site int, _ bool, parent context.Context, d time.Time, cause error) (context.Context,
	context.CancelFunc) {
	ctx, cancel := context.WithDeadlineCause(parent, d, cause)
	current.register(site, true, cancel)
	return ctx, cancel
}

// soon is when a timer fires that the plan has fire early.
const soon = time.Millisecond

// early returns the time after which a timer fires.
func (r *run) early(site int, d time.Duration) time.Duration {
	r.trace.timer(site)
	if r.plan.Fire[site] && d > soon && !inBubble() {
		return soon
	}
	return d
}

// After is time.After.
func After(site int, d time.Duration) <-chan time.Time { return time.After(current.early(site, d)) }

// NewTimer is time.NewTimer.
func NewTimer(site int, d time.Duration) *time.Timer { return time.NewTimer(current.early(site, d)) }

// AfterFunc is time.AfterFunc.
func AfterFunc(site int, d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(current.early(site, d), f)
}
