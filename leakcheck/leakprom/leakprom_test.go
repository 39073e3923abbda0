package leakprom

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// gather returns the values of a metric by the value of its label, "" where it
// has none.
func gather(t *testing.T, g prometheus.Gatherer, name string) map[string]float64 {
	t.Helper()
	families, err := g.Gather()
	require.NoError(t, err)
	values := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			value := ""
			for _, l := range m.GetLabel() {
				value = l.GetValue()
			}
			if f.GetName() == "leakcheck_"+name {
				values[value] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return values
}

func register(c *Collector) *prometheus.Registry {
	r := prometheus.NewPedanticRegistry() // it checks what Describe and Collect say against each other
	r.MustRegister(c)
	return r
}

// block starts n goroutines that wait at a line of their own kind.
func block(t *testing.T, n int, wait func(stop <-chan struct{})) {
	t.Helper()
	stop, ready := make(chan struct{}), make(chan struct{})
	for range n {
		go func() {
			ready <- struct{}{}
			wait(stop)
		}()
		<-ready
	}
	t.Cleanup(func() { close(stop) })
}

// at returns the value of the location in a function of this test.
func at(values map[string]float64, fn string) float64 {
	for name, n := range values {
		if strings.HasSuffix(name, "."+fn) {
			return n
		}
	}
	return 0
}

func waitHere(stop <-chan struct{}) { <-stop }

func TestCollect(t *testing.T) {
	t.Parallel()
	block(t, 70, waitHere)
	reg := register(NewCollector(&Options{MinInterval: time.Millisecond}))
	problems, err := testutil.GatherAndLint(reg)
	require.NoError(t, err)
	assert.Empty(t, problems)
	var where map[string]float64
	require.Eventually(t, func() bool {
		where = gather(t, reg, "blocked_goroutines")
		return at(where, "waitHere") == 70
	}, time.Minute, time.Millisecond)
	for name := range where {
		if strings.HasSuffix(name, ".waitHere") {
			assert.Regexp(t, `^leakprom_test\.go:\d+ github\.com/leakcheck-go/goroutine/leakcheck/leakprom\.waitHere$`, name)
		}
	}
	assert.GreaterOrEqual(t, gather(t, reg, "goroutines")["chan receive"], 70.0)
	assert.Contains(t, where, "other", "always there, so that a sum is")
	assert.Empty(t, gather(t, reg, "leaked_goroutines"), "unknown is not none")
	assert.Empty(t, gather(t, reg, "last_proof_timestamp_seconds"))
	assert.Zero(t, gather(t, reg, "proofs_total")[""])
	assert.Zero(t, gather(t, reg, "scan_errors_total")[""])
	assert.InDelta(t, float64(time.Now().Unix()), gather(t, reg, "last_scan_timestamp_seconds")[""], 120)
	assert.Positive(t, gather(t, reg, "last_scan_duration_seconds")[""])
	assert.NotEmpty(t, gather(t, reg, "scans_total"))
}

// However often it is scraped, it scans and asks for the proof as configured.
func TestScrapesDoNotScan(t *testing.T) {
	// Not parallel: the proof must not be asked for while another test has a bubble.
	c := NewCollector(&Options{MinInterval: time.Hour, ProofInterval: time.Hour})
	reg := register(c)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 10 {
				_, err := reg.Gather()
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 1.0, gather(t, reg, "scans_total")[""])
	if capture.CanProve() {
		assert.Equal(t, 1.0, gather(t, reg, "proofs_total")[""])
		assert.Zero(t, gather(t, reg, "scan_errors_total")[""])
		return
	}
	assert.Zero(t, gather(t, reg, "proofs_total")[""])
	assert.Equal(t, 1.0, gather(t, reg, "scan_errors_total")[""], "no proof is available, at the one scan")
	assert.NotEmpty(t, gather(t, reg, "goroutines"), "the rest is")
}

func TestLeaked(t *testing.T) {
	// Not parallel: the proof must not be asked for while another test has a bubble.
	started := make(chan bool)
	for range 5 {
		never := make(chan int)
		go func() {
			started <- true
			never <- 1 // leaked
		}()
		<-started
	}
	reg := register(NewCollector(&Options{ProofInterval: time.Nanosecond, Top: 1}))
	got := gather(t, reg, "leaked_goroutines")
	if !capture.CanProve() {
		assert.Empty(t, got, "unknown is not none")
		return
	}
	assert.GreaterOrEqual(t, at(got, "TestLeaked.func1"), 5.0, got)
	assert.LessOrEqual(t, len(got), 2, "the top one, and the others")
	problems, err := testutil.GatherAndLint(reg)
	require.NoError(t, err)
	assert.Empty(t, problems)
	assert.NotEmpty(t, gather(t, reg, "last_proof_timestamp_seconds"))
}

// The number of locations is bounded, and none is lost.
func TestBusiest(t *testing.T) {
	t.Parallel()
	r := &report.Report{}
	for i := range 1000 {
		f := report.Finding{Count: i + 1, At: report.Site{Func: fmt.Sprintf("shop.f%d", i/2), File: "shop.go", Line: i / 2}}
		f.Example.State = "select"
		r.Findings = append(r.Findings, f)
	}
	r.Findings[0].Example.State = "" // it runs
	r.Findings = append(r.Findings, report.Finding{Count: 7})
	got := NewCollector(&Options{Top: 3}).busiest(r, waiting)
	assert.Equal(t, map[string]int{"shop.go:499 shop.f499": 1999, "shop.go:498 shop.f498": 1995, "shop.go:497 shop.f497": 1991,
		"other": 1000*1001/2 - 1 - 1999 - 1995 - 1991}, got)
}

// A slow leak is among the locations though pools have more goroutines, where it
// grows and where its goroutines wait to send.
func TestBusiestHasWhatGrows(t *testing.T) {
	t.Parallel()
	r := &report.Report{}
	add := func(fn, state string, n int, grade cause.Grade, numbers ...int64) {
		f := report.Finding{Count: n, At: report.Site{Func: fn, File: "shop.go"}, Graded: grade, Course: report.Course{Numbers: numbers}}
		f.Example.State = state
		r.Findings = append(r.Findings, f)
	}
	for i := range 12 {
		add(fmt.Sprintf("pool%d", i), "chan receive", 50, cause.Blocked, 50, 50)
	}
	add("grows", "select", 7, cause.Growing, 1, 3, 5, 7)
	add("sends", "chan send", 5, cause.Blocked, 5, 5)
	for _, tt := range []struct {
		top         int
		grows, send bool
	}{{10, true, true}, {3, true, true}, {1, true, false}} {
		got := NewCollector(&Options{Top: tt.top}).busiest(r, waiting)
		assert.Len(t, got, tt.top+1)
		assert.Equal(t, tt.grows, got["shop.go:0 grows"] == 7, "%v", got)
		assert.Equal(t, tt.send, got["shop.go:0 sends"] == 5, "%v", got)
		sum := 0
		for _, n := range got {
			sum += n
		}
		assert.Equal(t, 612, sum, "none is lost, and none counted twice")
	}
}

// The goroutines that jobs leave are counted by their routes, with those that leave
// none, so that an alert ends.
func TestRequestGoroutines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		forget := make(chan struct{})
		defer close(forget)
		for _, job := range []string{"leaky", "healthy"} {
			_, done := leakcheck.Track(t.Context(), "test", job)
			for range 7 {
				go func() {
					if job == "leaky" {
						<-forget
					}
				}()
			}
			done()
		}
		reg := register(NewCollector(nil))
		assert.Zero(t, gather(t, reg, "request_goroutines")["test leaky"], "others that began with it may be at work")
		time.Sleep(time.Minute)
		got := gather(t, reg, "request_goroutines")
		assert.Equal(t, 7.0, got["test leaky"])
		assert.Contains(t, got, "test healthy")
		assert.Zero(t, got["test healthy"])
	})
}

func TestLocation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		site   report.Site
		want   string
		reason string
	}{
		{report.Site{Func: "shop.f", File: "shop/f.go", Line: 7}, "shop/f.go:7 shop.f", ""},
		{report.Site{}, "other", "a stack without calls"},
		{report.Site{Func: "f\x1b[2J\xff\n", File: "f.go"}, `f.go:0 f\x1b[2J\xff\x0a`, "a label's value is UTF-8, and harmless on a terminal"},
	} {
		assert.Equal(t, tt.want, location(&tt.site), tt.reason)
	}
	long := location(&report.Site{Func: strings.Repeat("世", 100), File: "f.go"})
	assert.LessOrEqual(t, len(long), maxLocation+8)
	assert.True(t, utf8.ValidString(long))
}
