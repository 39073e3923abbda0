package fleet_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/fleet"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// at is a goroutine of package fn's that waits in fn.
func at(state, fn, file string, line int) *stackparse.Goroutine {
	return &stackparse.Goroutine{State: state, Frames: []stackparse.Frame{{Func: fn, File: file, Line: line}}}
}

var (
	leaking = at("chan send", "example.com/shop/cart.(*Store).push", "/build/cart/store.go", 41)
	pool    = at("select", "example.com/shop/pool.work", "/build/pool/pool.go", 12)
	library = at("chan receive", "other.org/lib.loop", "/go/pkg/mod/other.org/lib@v1/loop.go", 7)
	conn    = at("IO wait", "net/http.(*conn).serve", "/usr/local/go/src/net/http/server.go", 2000)
)

// profile is what net/http/pprof answers of so many goroutines.
func profile(t *testing.T, counts map[*stackparse.Goroutine]int64) []byte {
	t.Helper()
	var recs []pprofile.Record
	for g, n := range counts {
		recs = append(recs, pprofile.Record{Count: n, Goroutine: g})
	}
	var b bytes.Buffer
	require.NoError(t, pprofile.Write(&b, recs))
	return b.Bytes()
}

// serve answers for all instances of a fleet, by the first element of the path.
func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, instance string)) (targets func(n int) []fleet.Target) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		instance, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if rest != "debug/pprof/goroutine" {
			http.NotFound(w, r)
			return
		}
		answer(w, r, instance)
	}))
	t.Cleanup(srv.Close)
	return func(n int) []fleet.Target {
		ts := make([]fleet.Target, n)
		for i := range ts {
			ts[i] = fleet.Target{Job: "api", Instance: strconv.Itoa(i), URL: fmt.Sprintf("%s/%d/debug/pprof/", srv.URL, i)}
		}
		return ts
	}
}

// A thousand instances, a tenth of them slow, dead, wrong or hostile: those are
// told one by one, and the others are ranked as if they were alone.
func TestCollectThousand(t *testing.T) {
	t.Parallel()
	healthy := profile(t, map[*stackparse.Goroutine]int64{pool: 8, library: 1, conn: 300})
	ill := profile(t, map[*stackparse.Goroutine]int64{pool: 8, library: 1, conn: 300, leaking: 5000})
	packed := bomb()
	bad := map[int]struct {
		answer  func(w http.ResponseWriter, r *http.Request)
		problem string
	}{
		0:  {func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no answer within 5s"},
		10: {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		20: {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>sign in</html>") }, "HTML"},
		30: {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }, "403 Forbidden"},
		40: {func(w http.ResponseWriter, _ *http.Request) { w.Write(packed) }, "no goroutine in"},
		50: {func(w http.ResponseWriter, r *http.Request) { endless(w, r) }, "no goroutine in"},
	}
	targets := serve(t, func(w http.ResponseWriter, r *http.Request, instance string) {
		i, _ := strconv.Atoi(instance)
		b, isBad := bad[i%100]
		switch {
		case isBad:
			b.answer(w, r)
		case i%250 == 3:
			w.Write(ill)
		default:
			w.Write(healthy)
		}
	})(1000)
	c := fleet.Collector{Concurrency: 32, Loader: load.Loader{NoProof: true, Timeout: 5 * time.Second, MaxMemory: 8 << 20, MaxSearch: 1 << 20, MaxBody: 4 << 20}}
	done := 0
	c.Done = func(fleet.Instance) { done++ }
	f := c.Collect(t.Context(), targets)
	assert.Equal(t, 1000, done)
	assert.Equal(t, 940, f.Answered())
	failed := f.Failed()
	require.Len(t, failed, 60)
	for _, in := range failed {
		i, _ := strconv.Atoi(in.Instance)
		assert.ErrorContains(t, in.Err, bad[i%100].problem, "instance %d", i)
		assert.NotContains(t, in.Err.Error(), "\n")
	}

	r := f.Report(fleet.Ranking{Module: "example.com/shop", Tree: &source.Tree{}})
	require.NotEmpty(t, r.Findings)
	assert.Equal(t, 41, r.Findings[0].At.Line, "the leaking line is first: %s", report.Text{}.String(r))
	assert.Equal(t, 20_000, r.Findings[0].Count)
	golden.Words(t, "the first of those with as many", r.Findings[0].Trend)
	golden.Words(t, "not asked", r.Notes)
	last := r.Findings[len(r.Findings)-1]
	assert.Equal(t, "IO wait", last.Example.State, "waiting for input is usual, however many do")
}

// bomb is a small gzip stream that unpacks to much.
func bomb() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(make([]byte, 64<<20))
	z.Close()
	return b.Bytes()
}

func endless(w http.ResponseWriter, r *http.Request) {
	line := bytes.Repeat([]byte("no goroutine here\n"), 1000)
	for r.Context().Err() == nil {
		if _, err := w.Write(line); err != nil {
			return
		}
	}
}

// A run that was interrupted has what it has, and says so of the rest.
func TestCollectInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	data := profile(t, map[*stackparse.Goroutine]int64{pool: 8})
	targets := serve(t, func(w http.ResponseWriter, r *http.Request, instance string) {
		if instance == "1" {
			cancel()
			<-r.Context().Done()
		}
		w.Write(data)
	})(4)
	f := (&fleet.Collector{Loader: load.Loader{NoProof: true}, Concurrency: 1}).Collect(ctx, targets)
	assert.Equal(t, 1, f.Answered())
	require.Len(t, f.Failed(), 3)
	for _, in := range f.Failed() {
		assert.True(t, errors.Is(in.Err, context.Canceled), "%v", in.Err)
	}
}

// The order of locations: proofs, suspects, own code, weight; and a mean that
// is moved by one instance with many more than by many with few.
func TestRanking(t *testing.T) {
	t.Parallel()
	many := at("chan receive", "example.com/shop/a.wait", "/build/a/a.go", 1) // 30 on each
	one := at("chan receive", "example.com/shop/b.wait", "/build/b/b.go", 2)  // 100 on one
	targets := serve(t, func(w http.ResponseWriter, _ *http.Request, instance string) {
		counts := map[*stackparse.Goroutine]int64{many: 30, library: 1000, conn: 2000}
		if instance == "1" {
			counts[one] = 100
		}
		w.Write(profile(t, counts))
	})(4)
	f := (&fleet.Collector{Loader: load.Loader{NoProof: true}, Concurrency: 2}).Collect(t.Context(), targets)
	lines := func(o fleet.Ranking) (lines []int) {
		o.Tree = &source.Tree{}
		for _, x := range f.Report(o).Findings {
			lines = append(lines, x.At.Line)
		}
		return lines
	}
	assert.Equal(t, []int{2, 1, 7, 2000}, lines(fleet.Ranking{Module: "example.com/shop"}), "50 is the root mean square of 100 on one of four")
	assert.Equal(t, []int{7, 2, 1, 2000}, lines(fleet.Ranking{}), "without a module the weight alone")
	assert.Equal(t, []int{1, 7, 2, 2000}, lines(fleet.Ranking{Module: "example.com/shop/a"}), "a module is no prefix of names")
	assert.Equal(t, []int{7, 2}, lines(fleet.Ranking{Top: 2}))

	targets[2].Grade, targets[2].Excess, targets[2].Why = cause.Growing, 50, "50 goroutines more than at the lowest in 1h"
	f = (&fleet.Collector{Loader: load.Loader{NoProof: true}, Concurrency: 2}).Collect(t.Context(), targets)
	r := f.Report(fleet.Ranking{Module: "example.com/shop", Tree: &source.Tree{}})
	assert.Equal(t, 1, r.Findings[0].At.Line, "there are about as many as a suspect has too many")
	for _, x := range r.Findings {
		assert.Equal(t, cause.Blocked, x.Graded, "nothing was compared: %d", x.At.Line)
	}
	golden.Words(t, "one of them grows", r.Findings[0].Trend)
	text := report.Text{}.String(r)
	assert.NotContains(t, text, "more in each sample", "nothing was sampled")
	assert.NotContains(t, text, "minutes", "a profile knows no ages")
}

// A pool that is as large on the peers of a suspect, or was as large before, is
// not blamed for the growth of its instance; the leak is.
func TestHealthyCodeIsNotBlamed(t *testing.T) {
	t.Parallel()
	leak := int64(300)
	targets := serve(t, func(w http.ResponseWriter, _ *http.Request, instance string) {
		counts := map[*stackparse.Goroutine]int64{pool: 3000, library: 10}
		if instance == "0" {
			counts[leaking], counts[pool] = leak, 3010
		}
		w.Write(profile(t, counts))
	})(4)
	suspect := &targets[0]
	suspect.Grade, suspect.Excess, suspect.Why = cause.Growing, 300, "300 goroutines more than at the lowest in 1h"
	for i := range targets[1:] {
		targets[i+1].Peer = true
	}
	c := &fleet.Collector{Loader: load.Loader{NoProof: true}, Concurrency: 2}
	ranking := fleet.Ranking{Tree: &source.Tree{}}
	check := func(f *fleet.Fleet, basis, reason string) {
		t.Helper()
		r := f.Report(ranking)
		require.NotEmpty(t, r.Findings)
		assert.Equal(t, 41, r.Findings[0].At.Line, reason)
		for _, x := range r.Findings {
			want := cause.Blocked
			if x.At.Line == 41 && basis != "" {
				want = cause.Growing
				assert.Equal(t, basis, x.Basis, reason)
			}
			assert.Equal(t, want, x.Graded, "%s: line %d", reason, x.At.Line)
		}
		assert.Equal(t, "1 instance", r.Subject, "peers are no part of the report")
	}
	check(c.Collect(t.Context(), targets), "300 more than its peers", "compared with peers")

	alone := targets[:1]
	f := c.Collect(t.Context(), alone)
	check(f, "", "nothing to compare with: what fits comes first")
	h := &fleet.History{Dir: t.TempDir()}
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	leak = 20
	require.NoError(t, h.Save(c.Collect(t.Context(), alone), now))
	leak = 300
	f = c.Collect(t.Context(), alone)
	h.Recall(f, now.Add(2*time.Hour))
	check(f, "280 more than 2h before", "compared with an earlier profile")

	require.NoError(t, os.RemoveAll(h.Dir))
	other := &stackparse.Goroutine{State: "select", Frames: []stackparse.Frame{{Func: "old.build", File: "/old.go", Line: 3}}}
	one := serve(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Write(profile(t, map[*stackparse.Goroutine]int64{other: 1}))
	})(1)
	require.NoError(t, h.Save(c.Collect(t.Context(), one), now))
	f = c.Collect(t.Context(), alone)
	h.Recall(f, now.Add(time.Hour))
	check(f, "", "a profile of another build says nothing")

	for i := range targets {
		targets[i].Grade = cause.Outlier
	}
	assert.Equal(t, cause.Outlier, c.Collect(t.Context(), targets).Report(ranking).Findings[0].Graded)
}
