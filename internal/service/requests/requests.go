// Package requests knows which requests and jobs are in flight, to tell
// goroutines that have outlived their request from goroutines at work.
//
// [Begin] labels the calling goroutine with the name of its route and with the
// interval of time in which the work has begun; goroutines that it starts inherit
// both. Once that interval is over and no request that began in it is in flight
// any more, goroutines that still have the labels were left behind. No other fact
// about a goroutine is needed, so a profile with labels is enough.
//
// The labels are made once for all work of a route that begins in an interval: a
// request pays for a [Work] and a few atomic operations. [Look] is taken
// before a profile and says afterwards whose goroutines those in the profile are.
package requests

import (
	"context"
	"maps"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const (
	// Interval is the length of an interval: a leak of a day has some thousand of
	// them, and the first one tells in which minute it began.
	Interval = 10 * time.Second

	// grace is the part of an interval that a goroutine may take to end after the
	// interval is over and the last request that began in it has returned.
	grace = 10

	// MaxRoutes bounds the routes that are counted apart; the others together are
	// [Other].
	MaxRoutes = 200
	Other     = "other"

	maxName = 200 // bytes of a route

	// maxPast bounds the intervals of a route whose numbers of requests are
	// kept: two hours, and more if every other interval is forgotten.
	maxPast = 720
)

// Table has the routes of a process. That of this process is behind [Begin] and
// [Look]; tests make others. It is safe for use by several goroutines.
type Table struct {
	Now      func() time.Time
	Interval time.Duration // [Interval] if 0

	routes atomic.Pointer[map[string]*route] // copied when one is added
	mu     sync.Mutex                        // of who adds one
}

// process is the table of this process.
var process = Table{Now: time.Now}

// Shorten makes the intervals of this process shorter, for a test that looks at
// another process and has no day to wait. It is called before work begins.
func Shorten(d time.Duration) { process.Interval = d }

func (t *Table) interval() int64 {
	if t.Interval > 0 {
		return int64(t.Interval)
	}
	return int64(Interval)
}

// route is the work of one kind.
type route struct {
	name    string
	started atomic.Int64
	last    atomic.Pointer[interval] // where work begins now; nil where that has to be found out

	mu   sync.Mutex
	open []*interval // the last one, and earlier ones of which work is in flight, or was a moment ago
	past []point     // all in which work began, the oldest first
}

// interval is the work of a route that has begun within [Interval].
type interval struct {
	begin    int64           // in nanoseconds of Unix time
	labels   context.Context // with the labels and nothing else
	inFlight atomic.Int64
	ended    atomic.Int64 // when the last work of it has ended, as begin
}

// point says how much work of a route had begun before an interval.
type point struct{ begin, before int64 }

// Work is a request or a job in flight. It is the context for it, with the
// labels. The zero value has not begun.
type Work struct {
	context.Context // what it was made of
	labels          context.Context
	before          context.Context // the labels that the goroutine had
	at              *interval
	table           *Table
	ended           atomic.Bool
}

// Begin begins work of a route. The goroutine has the labels until [Work.End],
// which the same goroutine calls. Labels that ctx has, as pprof.Do leaves them
// there, are kept; in tests those of the goroutine as well, which tell the test
// that it belongs to.
func Begin(ctx context.Context, name string) *Work { return process.Begin(ctx, name) }

// Begin is as the function [Begin], for the routes in t.
func (t *Table) Begin(ctx context.Context, name string) *Work {
	w := new(Work)
	w.enter(ctx, t, name)
	w.label()
	return w
}

// Begin is as the function [Begin], for who has a place for the work.
func (w *Work) Begin(ctx context.Context, name string) {
	w.enter(ctx, &process, name)
	w.label()
}

// label gives the calling goroutine the labels of the work.
func (w *Work) label() {
	if inTest() {
		w.keep()
	}
	pprof.SetGoroutineLabels(w.labels)
}

// inTest reports whether goroutines may belong to tests. To ask for their labels
// costs more than a benchmark of a handler can bear.
var inTest = sync.OnceValue(func() bool { return testbin.Package() != "" && !testbin.Measures() })

// enter counts the work.
func (w *Work) enter(ctx context.Context, t *Table, name string) {
	now := t.Now().UnixNano()
	in := t.route(name).enter(now - now%t.interval())
	w.Context, w.labels, w.before, w.at, w.table = ctx, in.labels, ctx, in, t
	labeled := false
	pprof.ForLabels(ctx, func(string, string) bool {
		labeled = true
		return false
	})
	if labeled {
		w.labels = merge(ctx, in.labels)
	}
}

// enter counts work that begins in an interval. The interval could be taken for
// one that is over between the look at it and the count, so it is looked at again.
func (r *route) enter(begin int64) *interval {
	r.started.Add(1)
	for in := r.last.Load(); ; in = r.roll(begin) {
		if in == nil || in.begin < begin {
			continue
		}
		in.inFlight.Add(1)
		if r.last.Load() == in {
			return in
		}
		in.inFlight.Add(-1)
	}
}

// keep adds the labels that the goroutine has to those of the work.
func (w *Work) keep() {
	var had []string
	for _, l := range capture.Self().Labels {
		had = append(had, l.Key, l.Value)
	}
	if len(had) > 0 {
		w.before = pprof.WithLabels(context.Background(), pprof.Labels(had...))
		w.labels = merge(merge(w.before, w.Context), w.labels)
	}
}

// merge returns a context with the labels of both; those of b count.
func merge(a, b context.Context) context.Context {
	var kv []string
	pprof.ForLabels(b, func(key, value string) bool {
		kv = append(kv, key, value)
		return true
	})
	return pprof.WithLabels(a, pprof.Labels(kv...))
}

// Value has the labels of the work in place of those of the context that it was
// made of.
func (w *Work) Value(key any) any {
	if v := w.labels.Value(key); v != nil {
		return v
	}
	return w.Context.Value(key)
}

// End ends the work and gives the goroutine the labels that it had. To end work
// again does nothing.
func (w *Work) End() {
	if w.ended.Swap(true) {
		return
	}
	pprof.SetGoroutineLabels(w.before)
	if now := w.table.Now().UnixNano(); now >= w.at.begin+w.table.interval() {
		w.at.ended.Store(now)
	}
	w.at.inFlight.Add(-1)
}

// route returns the route of that name.
func (t *Table) route(name string) *route {
	if m := t.routes.Load(); m != nil {
		if r := (*m)[name]; r != nil {
			return r
		}
	}
	return t.add(name)
}

func (t *Table) add(name string) *route {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := map[string]*route{}
	if old := t.routes.Load(); old != nil {
		maps.Copy(m, *old)
	}
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	if m[name] == nil && len(m) >= MaxRoutes {
		name = Other
	}
	if r := m[name]; r != nil {
		return r
	}
	r := &route{name: name}
	m[name] = r
	t.routes.Store(&m)
	return r
}

// roll makes an interval the last one, unless one that is not older is.
func (r *route) roll(begin int64) *interval {
	r.mu.Lock()
	defer r.mu.Unlock()
	if in := r.last.Load(); in != nil && in.begin >= begin {
		return in
	}
	for _, in := range r.open { // it may have been closed too early, by a clock that went back
		if in.begin == begin {
			r.last.Store(in)
			return in
		}
	}
	in := &interval{begin: begin, labels: pprof.WithLabels(context.Background(), pprof.Labels(
		owner.Route, r.name, owner.RouteSince, time.Unix(0, begin).UTC().Format(time.RFC3339Nano)))}
	r.open = append(r.open, in)
	if len(r.past) == maxPast {
		for i := range maxPast / 4 { // every other one of the older half
			r.past[i] = r.past[2*i]
		}
		r.past = slices.Delete(r.past, maxPast/4, maxPast/2)
	}
	// An interval that was closed too early has its point.
	if n := len(r.past); n == 0 || r.past[n-1].begin < begin {
		r.past = append(r.past, point{begin, r.started.Load() - 1})
	}
	r.last.Store(in)
	return in
}

// View is what was in flight at a moment.
type View struct{ routes map[string]seen }

type seen struct {
	latest int64   // intervals that begin here or later are not over
	busy   []int64 // of the others, those of which something is in flight
	route  *route
}

// Look says what is in flight now. A goroutine that a profile shows later belongs
// to none of the work that is over now.
func Look() View { return process.Look() }

// Look is as [Look], for the routes in t.
func (t *Table) Look() View {
	v := View{map[string]seen{}}
	m := t.routes.Load()
	if m == nil {
		return v
	}
	now := t.Now().UnixNano()
	for name, r := range *m {
		v.routes[name] = r.look(now, t.interval())
	}
	return v
}

func (r *route) look(now, length int64) seen {
	wait := length / grace
	s := seen{latest: now - length - wait + 1, route: r}
	r.mu.Lock()
	defer r.mu.Unlock()
	// No request may join an interval that is over, even if it took the interval
	// before.
	if in := r.last.Load(); in != nil && in.begin < s.latest {
		r.last.Store(nil)
	}
	r.open = slices.DeleteFunc(r.open, func(in *interval) bool {
		switch {
		case in.begin >= s.latest:
			return false
		case in.inFlight.Load() > 0, now-in.ended.Load() < wait:
			s.busy = append(s.busy, in.begin)
			return false
		}
		return true
	})
	return s
}

// Left reports whether a goroutine with these labels has outlived its request.
func (v View) Left(route string, since time.Time) bool {
	s, ok := v.routes[route]
	return ok && since.UnixNano() < s.latest && !slices.Contains(s.busy, since.UnixNano())
}

// Of reads the labels of a goroutine; ok is false where it has none.
func Of(g *stackparse.Goroutine) (route string, since time.Time, ok bool) {
	route, ok = g.Label(owner.Route)
	if !ok {
		return "", time.Time{}, false
	}
	text, _ := g.Label(owner.RouteSince)
	since, err := time.Parse(time.RFC3339, text)
	return route, since, err == nil
}

// Since is how much work of a route has begun since an interval.
func (v View) Since(route string, since time.Time) int64 {
	r := v.routes[route].route
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before := int64(0)
	for _, p := range r.past {
		if p.begin > since.UnixNano() {
			break
		}
		before = p.before
	}
	return r.started.Load() - before
}

// Routes are the names of all routes.
func (v View) Routes() []string { return slices.Sorted(maps.Keys(v.routes)) }
