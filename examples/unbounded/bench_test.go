// Under the race detector a program has at most 8128 goroutines.

//go:build !race

package unbounded

import (
	"io"
	"net/http"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/examples/internal/memnet"
)

const pages = 10_000

// BenchmarkFetchAll fetches 10,000 pages of one server both ways, and reports
// what each costs and how many times as much the wrong way takes (x-...). The
// connections are in memory, so that no limit on files is met.
//
// MB is the most memory in use, heap and stacks, at every hundredth request in
// the server, beyond what was in use before; p50 and p99 are of the times from a
// request until its page is there.
func BenchmarkFetchAll(b *testing.B) {
	b.Run("server=quick/pool=50", func(b *testing.B) { benchmark(b, 0, 50) })
	b.Run("server=10ms/pool=50", func(b *testing.B) { benchmark(b, 10*time.Millisecond, 50) })
	b.Run("server=10ms/pool=500", func(b *testing.B) { benchmark(b, 10*time.Millisecond, 500) })
}

func benchmark(b *testing.B, answer time.Duration, pool int) {
	b.Helper()
	urls := slices.Repeat([]string{"http://memory/page"}, pages)
	s := newSite(b, answer, pool)
	var wrong, right cost
	for b.Loop() {
		right.add(s.measure(b, func(fetch Fetch) ([]string, error) { return FetchAll(pool, urls, fetch) }))
		wrong.add(s.measure(b, func(fetch Fetch) ([]string, error) { return FetchAllWrong(urls, fetch) }))
	}
	b.ReportMetric(0, "ns/op") // of both, which says nothing
	n := float64(b.N)
	for i, what := range []string{"MB", "p50-ms", "p99-ms", "total-ms"} {
		b.ReportMetric(wrong[i]/n, "wrong-"+what)
		b.ReportMetric(right[i]/n, "right-"+what)
		name, _, _ := strings.Cut(what, "-")
		b.ReportMetric(wrong[i]/right[i], "x-"+name)
	}
}

// cost is the peak memory in MB, and p50, p99 and total time in ms.
type cost [4]float64

func (c *cost) add(d cost) {
	for i := range c {
		c[i] += d[i]
	}
}

// site is a server and its client.
type site struct {
	client   *http.Client
	requests atomic.Int64
	peak     atomic.Uint64
}

// newSite starts a server that takes that long to answer, and makes a client that
// keeps that many idle connections.
func newSite(b *testing.B, answer time.Duration, idle int) *site {
	b.Helper()
	s := new(site)
	page := strings.Repeat("All is well. ", 100)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if s.requests.Add(1)%100 == 0 {
			s.sample()
		}
		time.Sleep(answer)
		_, _ = io.WriteString(w, page) // the client reads it all
	})}
	ln := memnet.Listen()
	go srv.Serve(ln)
	b.Cleanup(func() { srv.Close() })
	transport := &http.Transport{DialContext: ln.Dial, MaxIdleConnsPerHost: idle}
	b.Cleanup(transport.CloseIdleConnections)
	s.client = &http.Client{Transport: transport}
	return s
}

// memory returns how many bytes of heap and stacks are in use.
func memory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64()
}

// sample keeps the most memory that was in use.
func (s *site) sample() {
	used := memory()
	for {
		peak := s.peak.Load()
		if used <= peak || s.peak.CompareAndSwap(peak, used) {
			return
		}
	}
}

// measure returns what a way to fetch all pages costs.
func (s *site) measure(b *testing.B, all func(Fetch) ([]string, error)) cost {
	b.Helper()
	s.client.CloseIdleConnections()
	for range 2 {
		runtime.GC() // the second empties what a sync.Pool kept from the first
	}
	before := memory()
	s.peak.Store(before)
	took := make([]time.Duration, pages)
	var n atomic.Int64
	start := time.Now()
	_, err := all(func(url string) (string, error) {
		began := time.Now()
		text, err := s.get(url)
		took[n.Add(1)-1] = time.Since(began)
		return text, err
	})
	if err != nil {
		b.Fatal(err)
	}
	total := time.Since(start)
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return cost{float64(s.peak.Load()-before) / 1e6, ms(took[pages/2]), ms(took[pages*99/100]), ms(total)}
}

// get reads a page and throws it away: what is fetched counts for neither way.
func (s *site) get(url string) (string, error) {
	resp, err := s.client.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return "", err
}
