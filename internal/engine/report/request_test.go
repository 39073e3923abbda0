package report

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

func TestRequestString(t *testing.T) {
	t.Parallel()
	at := Site{Func: "shop.order", File: "orders.go", Line: 25}
	for _, tt := range []struct {
		q    Request
		want string
	}{
		{Request{Route: "POST /orders", Goroutines: 41, Started: 1230, Each: 41. / 1230, Since: "2026-11-24T12:03:10Z", Title: "blocked sending", At: at},
			"POST /orders leaves 0.033 goroutines per request since Nov 24 12:03 UTC (41 after 1230 requests), blocked sending at orders.go:25"},
		{Request{Route: "job reindex", Goroutines: 12, Started: 12, Each: 1, Since: "2026-11-24T12:03:10+01:00"},
			"job reindex leaves 1 goroutine per run since Nov 24 11:03 UTC (12 after 12 runs)"},
		{Request{Route: "GET /", Goroutines: 1200, Started: 100, Each: 12, Since: "noon"},
			"GET / leaves 12 goroutines per request since noon (1200 after 100 requests)"},
		{Request{Route: "GET /", Goroutines: 12, Started: 1e9, Each: 12e-9, Since: "noon"},
			"GET / leaves less than 0.0001 goroutines per request since noon (12 after 1000000000 requests)"},
	} {
		assert.Equal(t, tt.want, tt.q.String())
	}
}

// The route that a goroutine's labels name is in its own row, in a dump as well, and
// the labels say nothing else.
func TestRoutesOfLabels(t *testing.T) {
	t.Parallel()
	var leaks []Leak
	for i, route := range []string{"GET /b", "GET /a", "GET /b"} {
		leaks = append(leaks, Leak{Goroutine: stackparse.Goroutine{ID: int64(i + 1), State: "chan send",
			Labels: []stackparse.Label{{Key: owner.Route, Value: route}, {Key: owner.RouteSince, Value: "2026-11-24T12:03:10Z"}},
			Frames: []stackparse.Frame{{Func: "shop.order", File: "orders.go", Line: 25}}}})
	}
	r := Build("t", leaks, source.Of(nil, ""))
	require.Len(t, r.Findings, 1)
	assert.Equal(t, []string{"GET /b", "GET /a"}, r.Findings[0].Routes)
	assert.Contains(t, Text{}.String(r), "      request  GET /b, GET /a\n")
	assert.NotContains(t, Text{}.String(r), "leakcheck.since")
}

func TestRequestsAreReadBack(t *testing.T) {
	t.Parallel()
	want := &Report{Kind: Dumped, Subject: "the process", Requests: []Request{
		{Route: "GET /\x1b", Goroutines: 3, Started: 9, Each: 1. / 3, Since: "2026-11-24T12:03:10Z", Title: "blocked", At: Site{Func: "f", File: "f.go"}}}}
	var b bytes.Buffer
	require.NoError(t, JSON{}.Write(&b, want))
	got, err := Decode(&b)
	require.NoError(t, err)
	assert.Equal(t, want.Requests, got.Requests)
}
