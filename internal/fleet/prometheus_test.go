package fleet_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/fleet"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

// answers is a server that answers a query by the first key that its text
// contains. What a real server makes of the queries is tested with one, in the
// module e2e.
func answers(t *testing.T, byText map[string]string) *fleet.Prometheus {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/prom/api/v1/query", r.URL.Path)
		assert.Equal(t, "Bearer secret", r.Header.Get("Authorization"))
		query := r.FormValue("query")
		for text, answer := range byText {
			if strings.Contains(query, text) {
				io.WriteString(w, answer)
				return
			}
		}
		io.WriteString(w, vector())
	}))
	t.Cleanup(srv.Close)
	return &fleet.Prometheus{URL: srv.URL + "/prom", Window: fleet.DefaultWindow, Growth: fleet.DefaultGrowth, Factor: fleet.DefaultFactor,
		Address: address(t, ""), Header: http.Header{"Authorization": {"Bearer secret"}}}
}

func vector(samples ...string) string {
	return `{"status": "success", "data": {"resultType": "vector", "result": [` + strings.Join(samples, ",") + `]}}`
}

func value(job, instance, v string) string {
	return fmt.Sprintf(`{"metric": {"job": %q, "instance": %q}, "value": [1700000000.5, %q]}`, job, instance, v)
}

func TestSuspects(t *testing.T) {
	t.Parallel()
	p := answers(t, map[string]string{
		"count(": vector(`{"metric": {}, "value": [1, "1000"]}`),
		"min_over_time(go_goroutines{env=\"staging\"}[900000ms]) - min_over_time(go_goroutines{env=\"staging\"}[3600000ms]) >= 100": vector(value("web", "w:1", "12345.4"), value("api", "a:1", "150")),
		"quantile by (job)": vector(value("api", "a:1", "900"), value("api", "b:1", "800"), value("api", "c:1", "NaN"), value("api", "no host", "800")),
	})
	p.Match = `env="staging"`
	got, instances, err := p.Suspects(t.Context())
	assert.Equal(t, 1000, instances)
	golden.Words(t, "no URL", err)
	assert.Equal(t, []fleet.Target{
		{Job: "api", Instance: "a:1", URL: "http://a:1/debug/pprof/", Grade: cause.Growing, Excess: 150, Why: "150 goroutines more than at the lowest in 1h"},
		{Job: "api", Instance: "b:1", URL: "http://b:1/debug/pprof/", Grade: cause.Outlier, Excess: 800, Why: "800 goroutines more than the median of its job"},
		{Job: "web", Instance: "w:1", URL: "http://w:1/debug/pprof/", Grade: cause.Growing, Excess: 12345.4, Why: "12,345 goroutines more than at the lowest in 1h"},
	}, got, "growing says more than standing out")
}

// Peers are of the suspects' jobs, near the median, and no suspects.
func TestPeers(t *testing.T) {
	t.Parallel()
	p := answers(t, map[string]string{"go_goroutines{}": vector(value("api", "a:1", "900"), value("api", "b:1", "10"), value("api", "c:1", "50"),
		value("api", "d:1", "60"), value("api", "e:1", "500"), value("api", "no host", "55"), value("web", "w:1", "7"), value("db", "s:1", "900"))})
	suspects := []fleet.Target{{Job: "api", Instance: "a:1"}, {Job: "db", Instance: "s:1"}}
	got, err := p.Peers(t.Context(), suspects, 3)
	require.NoError(t, err)
	assert.Equal(t, []fleet.Target{
		{Job: "api", Instance: "c:1", URL: "http://c:1/debug/pprof/", Peer: true}, {Job: "api", Instance: "d:1", URL: "http://d:1/debug/pprof/", Peer: true},
	}, got, "the one without a host has no URL, and the only instance of a job has no peers")
	for _, none := range []int{0, -1} {
		got, err = p.Peers(t.Context(), suspects, none)
		require.NoError(t, err)
		assert.Empty(t, got)
	}
}

func TestSuspectsProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ answer, problem string }{
		{`{"status": "error", "errorType": "bad_data", "error": "parse error:\nunexpected"}`, `the query was refused: "parse error:\nunexpected"`},
		{`{"status": "success", "data": {"resultType": "matrix", "result": []}}`, `the answer is a "matrix", want a vector`},
		{"<html>", "the answer is not JSON; is this a Prometheus server?"},
		{`{"status": "success", "data": {"resultType": "vector", "result": {}}}`, "the answer is not a vector"},
	} {
		p := answers(t, map[string]string{"count(": tt.answer})
		_, _, err := p.Suspects(t.Context())
		require.Error(t, err)
		assert.Contains(t, err.Error(), p.URL+": "+tt.problem)
		assert.NotContains(t, err.Error(), "\n")
	}

	srv := httptest.NewServer(http.NotFoundHandler())
	_, _, err := (&fleet.Prometheus{URL: srv.URL}).Suspects(t.Context())
	assert.EqualError(t, err, srv.URL+": 404 Not Found; is this a Prometheus server?")
	srv.Close()
	_, _, err = (&fleet.Prometheus{URL: srv.URL}).Suspects(t.Context())
	assert.ErrorContains(t, err, "connection refused")
	_, _, err = (&fleet.Prometheus{URL: "prometheus:9090"}).Suspects(t.Context())
	golden.Words(t, "no server", err)
	_, _, err = (&fleet.Prometheus{URL: srv.URL, Match: "{job}"}).Suspects(t.Context())
	golden.Words(t, "braces", err)
}
