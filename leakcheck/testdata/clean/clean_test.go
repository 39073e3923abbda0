// Package clean holds tests that start goroutines and leave none behind. No
// check may report anything here.
package clean

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// A goroutine that an init function started is there before any test.
func init() {
	go func() { <-make(chan int) }()
}

// shared is a server that outlives all tests, with what its connections have.
var shared *httptest.Server

func TestMain(m *testing.M) {
	shared = httptest.NewServer(http.HandlerFunc(hello))
	code := leakcheck.Run(m)
	shared.Close()
	os.Exit(code)
}

func hello(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") }

// get makes one request and keeps the connection for the next.
func get(t *testing.T, c *http.Client, url string) {
	t.Helper()
	resp, err := c.Get(url)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}

func TestServer(t *testing.T) {
	leakcheck.Verify(t)
	srv := httptest.NewServer(http.HandlerFunc(hello))
	t.Cleanup(srv.Close)
}

func TestKeepAliveToClosedServer(t *testing.T) {
	leakcheck.Verify(t)
	srv := httptest.NewServer(http.HandlerFunc(hello))
	t.Cleanup(srv.Close)
	get(t, srv.Client(), srv.URL)
	get(t, http.DefaultClient, srv.URL)
}

func TestKeepAliveToOwnClient(t *testing.T) {
	leakcheck.Verify(t)
	srv := httptest.NewServer(http.HandlerFunc(hello))
	t.Cleanup(srv.Close)
	get(t, &http.Client{Transport: &http.Transport{}}, srv.URL)
}

func TestKeepAliveToSharedServer(t *testing.T) {
	leakcheck.Verify(t)
	get(t, http.DefaultClient, shared.URL)
}

func TestKeepAliveToSharedServerAgain(t *testing.T) {
	leakcheck.Verify(t)
	get(t, http.DefaultClient, shared.URL)
	get(t, &http.Client{Transport: &http.Transport{}}, shared.URL)
}

func TestNotifyContext(t *testing.T) {
	leakcheck.Verify(t)
	_, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()
}

func TestAfterFunc(t *testing.T) {
	leakcheck.Verify(t)
	time.AfterFunc(time.Hour, func() { panic("never") })
}

func TestContext(t *testing.T) {
	leakcheck.Verify(t)
	go func() { <-t.Context().Done() }()
}

func TestParallelSubtests(t *testing.T) {
	leakcheck.Verify(t)
	for _, name := range []string{"a", "b", "c", "d"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leakcheck.Verify(t)
			done := make(chan int)
			t.Cleanup(func() { close(done) })
			go func() { <-done }()
		})
	}
}

// Of an unrelated init function there may be more than one goroutine.
func TestNothing(t *testing.T) { leakcheck.Verify(t) }

func TestNothingDeferred(t *testing.T) { defer leakcheck.Verify(t) }

type cache struct {
	cleaned atomic.Int64
	entries map[string]string
}

func (c *cache) cleanUp() { c.cleaned.Add(1) }

// cleanUpPeriodically does not show that what it waits for is a timer.
func cleanUpPeriodically(wc weak.Pointer[cache], ticks <-chan time.Time, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-ticks:
			c := wc.Value()
			if c == nil {
				return
			}
			c.cleanUp()
		}
	}
}

func TestWeakCache(t *testing.T) {
	leakcheck.Verify(t)
	c := &cache{entries: map[string]string{}}
	go cleanUpPeriodically(weak.Make(c), time.Tick(100*time.Millisecond), make(chan struct{}))
	// The test ends earlier: the first garbage collection after that finds c in use.
	time.AfterFunc(1600*time.Millisecond, c.cleanUp)
}
