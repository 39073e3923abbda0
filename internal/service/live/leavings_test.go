package live

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/service/requests"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// of are goroutines as they are after a request of that route.
func of(route string, since time.Time, r pprofile.Record) pprofile.Record {
	r.Goroutine.Labels = append(r.Goroutine.Labels, stackparse.Label{Key: owner.Route, Value: route},
		stackparse.Label{Key: owner.RouteSince, Value: since.UTC().Format(time.RFC3339)})
	return r
}

// serve lets n requests of a route come and go, an interval later.
func (f *fake) serve(route string, n int) (since time.Time) {
	f.clock = f.clock.Add(requests.Interval)
	for range n {
		f.requests.Begin(context.Background(), route).End()
	}
	return f.clock.Truncate(requests.Interval)
}

// A route of which every third request leaves a goroutine is named with its rate,
// and one whose goroutines are at work is not.
func TestRequestsThatLeak(t *testing.T) {
	t.Parallel()
	f := newFake()
	s := &Surveyor{world: f}
	var first time.Time
	for i := range 4 {
		since := f.serve("POST /orders", 30)
		if i == 0 {
			first = since
		}
		f.serve("GET /", 100)
		f.records = append(f.records, of("POST /orders", since, at(9, "chan send", "shop.order")))
	}
	f.records = append(f.records, at(5000, "chan receive", "shop.pool"))
	since := f.serve("GET /events", 1)
	stream := f.requests.Begin(context.Background(), "GET /events")
	f.records = append(f.records, of("GET /events", since, at(40, "select", "shop.stream")))
	f.clock = f.clock.Add(time.Minute)

	v, err := s.Look(t.Context(), Ask{})
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"POST /orders": 36, "GET /": 0, "GET /events": 0}, v.Routes)
	require.Len(t, v.Report.Requests, 1)
	q := v.Report.Requests[0]
	assert.Equal(t, report.Request{Route: "POST /orders", Goroutines: 36, Started: 120, Each: 0.3, Since: stamp(first),
		Title: q.Title, At: q.At}, q)
	golden.Words(t, "request", q.String())
	assert.Equal(t, "shop.order", q.At.Func)
	found := v.Report.Findings[0]
	assert.Equal(t, "shop.order", found.At.Func, "it is before the pool, which has more")
	assert.Equal(t, cause.Growing, found.Graded)
	golden.Words(t, "grade", found.Grade())
	assert.Equal(t, []string{"POST /orders"}, found.Routes)

	stream.End()
	f.clock = f.clock.Add(time.Minute)
	v, err = s.Look(t.Context(), Ask{})
	require.NoError(t, err)
	assert.Equal(t, 40, v.Routes["GET /events"], "a stream counts once its handler has returned")
}

// What the first requests set up for all later ones is no leak: connections of a
// client, and a few goroutines that stay as they are.
func TestRequestsThatSetUp(t *testing.T) {
	t.Parallel()
	f := newFake()
	s := &Surveyor{world: f}
	since := f.serve("GET /", 100)
	conn := func(state, fn string) pprofile.Record {
		r := at(50, state, fn)
		r.Goroutine.Creator = &stackparse.Creator{Func: "net/http.(*Transport).dialConn"}
		return r
	}
	f.records = []pprofile.Record{
		of("GET /", since, at(2, "select", "shop.(*Cache).refresh")),
		of("GET /", since, conn("IO wait", "net/http.(*persistConn).readLoop")),
		of("GET /", since, conn("select", "net/http.(*persistConn).writeLoop")),
	}
	f.clock = f.clock.Add(time.Hour)
	v, err := s.Look(t.Context(), Ask{})
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"GET /": 2}, v.Routes)
	assert.Empty(t, v.Report.Requests)
	for i := range v.Report.Findings {
		assert.Less(t, v.Report.Findings[i].Graded, cause.Growing)
	}

	f.records = []pprofile.Record{of("GET /", since, conn("select", "net/http.(*persistConn).readLoop"))}
	f.clock = f.clock.Add(time.Hour)
	v, err = s.Look(t.Context(), Ask{})
	require.NoError(t, err)
	assert.Equal(t, 50, v.Routes["GET /"], "bodies that nobody has closed")
}

// Labels that are hidden hide no route, which names none of the data.
func TestHiddenLabelsAndRequests(t *testing.T) {
	t.Parallel()
	f := newFake()
	s := &Surveyor{world: f, HideLabels: true}
	since := f.serve("GET /", 1)
	f.records = []pprofile.Record{of("GET /", since, at(20, "select", "shop.f", stackparse.Label{Key: "tenant", Value: "a"}))}
	f.clock = f.clock.Add(time.Minute)
	v, err := s.Look(t.Context(), Ask{})
	require.NoError(t, err)
	assert.Equal(t, 20, v.Routes["GET /"])
	_, has := v.All[0].Goroutine.Label("tenant")
	assert.False(t, has)
}
