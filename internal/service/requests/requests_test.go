package requests

import (
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
)

// clock is a table's time; it begins at the beginning of an interval.
type clock struct{ time.Time }

func newTable() (*Table, *clock) {
	c := &clock{time.Unix(1_800_000_000, 0)}
	return &Table{Now: func() time.Time { return c.Time }}, c
}

func (c *clock) pass(d time.Duration) { c.Time = c.Add(d) }

func labels(ctx context.Context) map[string]string {
	got := map[string]string{}
	pprof.ForLabels(ctx, func(key, value string) bool {
		got[key] = value
		return true
	})
	return got
}

func TestLeft(t *testing.T) {
	t.Parallel()
	table, clock := newTable()
	begin := clock.Time
	w := table.Begin(context.Background(), "POST /orders")
	left := func() bool { return table.Look().Left("POST /orders", begin) }
	assert.False(t, left(), "it is in flight")
	clock.pass(time.Second)
	w.End()
	assert.False(t, left(), "the interval is not over")
	clock.pass(Interval - time.Second)
	assert.False(t, left(), "it is over just now")
	clock.pass(Interval / grace)
	assert.True(t, left())
	assert.False(t, table.Look().Left("GET /", begin), "nothing is known of that route")
}

// A request that streams, or whose connection was hijacked, is in flight until
// its handler returns.
func TestLongRequest(t *testing.T) {
	t.Parallel()
	table, clock := newTable()
	begin := clock.Time
	long := table.Begin(context.Background(), "GET /events")
	table.Begin(context.Background(), "GET /events").End()
	clock.pass(time.Hour)
	table.Begin(context.Background(), "GET /events").End()
	left := func() bool { return table.Look().Left("GET /events", begin) }
	assert.False(t, left(), "one that began then is in flight")
	long.End()
	assert.False(t, left(), "its goroutines have a moment to end")
	clock.pass(Interval / grace)
	assert.True(t, left())
	long.End()
	clock.pass(Interval)
	assert.True(t, left(), "ending twice does nothing")
}

// Work that has looked for its interval before that was over is counted in the
// next one.
func TestNothingBeginsInAnOldInterval(t *testing.T) {
	t.Parallel()
	table, clock := newTable()
	old := table.Begin(context.Background(), "GET /")
	old.End()
	r := table.route("GET /")
	clock.pass(Interval + Interval/grace)
	require.True(t, table.Look().Left("GET /", old.table.Now().Add(-Interval-Interval/grace)))
	in := r.enter(old.at.begin)
	assert.NotSame(t, old.at, in, "a look has found the old one to be over")
	assert.EqualValues(t, 1, in.inFlight.Load())
	assert.False(t, table.Look().Left("GET /", time.Unix(0, old.at.begin)), "though its labels are the same")
}

func TestSince(t *testing.T) {
	t.Parallel()
	table, clock := newTable()
	begin := clock.Time
	for range 2 * maxPast {
		for range 3 {
			table.Begin(context.Background(), "GET /").End()
		}
		clock.pass(Interval)
	}
	v := table.Look()
	assert.EqualValues(t, 6*maxPast, v.Since("GET /", begin), "all of them")
	assert.EqualValues(t, 3, v.Since("GET /", clock.Add(-Interval)), "those of the last interval")
	assert.EqualValues(t, 300, v.Since("GET /", clock.Add(-100*Interval)))
	assert.Zero(t, v.Since("POST /", begin))
	assert.LessOrEqual(t, len(table.route("GET /").past), maxPast)
	assert.LessOrEqual(t, len(table.route("GET /").open), 2, "what is over is dropped")
}

// Who looks by a clock that is ahead closes an interval that goes on; the count of
// what has begun in it still starts with its first work.
func TestSinceOfAnIntervalClosedTooEarly(t *testing.T) {
	t.Parallel()
	table, clock := newTable()
	begin := clock.Time
	for range 4 {
		table.Begin(context.Background(), "GET /").End()
		clock.pass(time.Hour)
		table.Look()
		clock.pass(-time.Hour)
	}
	assert.EqualValues(t, 4, table.Look().Since("GET /", begin))
}

func TestRoutesAreBounded(t *testing.T) {
	t.Parallel()
	table, _ := newTable()
	for i := range 2 * MaxRoutes {
		table.Begin(context.Background(), fmt.Sprintf("GET /%d", i)).End()
	}
	table.Begin(context.Background(), strings.Repeat("é", maxName)).End()
	routes := table.Look().Routes()
	assert.Len(t, routes, MaxRoutes+1)
	assert.Contains(t, routes, Other)
	assert.EqualValues(t, MaxRoutes+1, table.Look().Since(Other, time.Unix(1_800_000_000, 0)))
}

func TestLabels(t *testing.T) {
	t.Parallel()
	ctx := pprof.WithLabels(context.Background(), pprof.Labels("tenant", "a"))
	done := make(chan struct{})
	go func() {
		defer close(done)
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels(capture.TestLabel, t.Name())))
		w := Begin(ctx, "GET /labels")
		for _, of := range []map[string]string{labels(w), own()} {
			assert.Equal(t, "a", of["tenant"])
			assert.Equal(t, "GET /labels", of[owner.Route])
			assert.NotEmpty(t, of[owner.RouteSince])
			assert.Equal(t, t.Name(), of[capture.TestLabel], "of the goroutine, in a test")
		}
		inner := Begin(w, "job index")
		assert.Equal(t, "job index", own()[owner.Route])
		inner.End()
		assert.Equal(t, "GET /labels", own()[owner.Route], "the outer work goes on")
		w.End()
		assert.Equal(t, map[string]string{capture.TestLabel: t.Name()}, own(), "what the goroutine had before")
	}()
	<-done
}

// own are the labels of the calling goroutine.
func own() map[string]string {
	got := map[string]string{}
	for _, l := range capture.Self().Labels {
		got[l.Key] = l.Value
	}
	return got
}

// A context that is derived from that of the work passes its labels on.
func TestContext(t *testing.T) {
	t.Parallel()
	table, _ := newTable()
	type key struct{}
	w := table.Begin(context.WithValue(context.Background(), key{}, "kept"), "GET /")
	defer w.ended.Store(true)
	ctx, cancel := context.WithCancel(w)
	defer cancel()
	assert.Equal(t, "kept", ctx.Value(key{}))
	got := labels(pprof.WithLabels(ctx, pprof.Labels("step", "1")))
	assert.Equal(t, "GET /", got[owner.Route])
	assert.Equal(t, "1", got["step"])
}

// Many goroutines begin and end work while somebody looks; all of it is counted,
// and nothing is taken for left behind while it is in flight.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	table := &Table{Now: time.Now}
	const workers, each = 8, 500
	done := make(chan struct{})
	for range workers {
		go func() {
			for range each {
				w := table.Begin(context.Background(), "GET /")
				since := time.Unix(0, w.at.begin)
				assert.False(t, table.Look().Left("GET /", since))
				w.End()
			}
			done <- struct{}{}
		}()
	}
	for range workers {
		<-done
	}
	assert.EqualValues(t, workers*each, table.Look().Since("GET /", time.Unix(0, 0)))
}

func BenchmarkBegin(b *testing.B) {
	table := &Table{Now: time.Now}
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		w := table.Begin(ctx, "GET /")
		pprof.SetGoroutineLabels(w.labels)
		w.End()
	}
}
