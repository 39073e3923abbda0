// Package quiet holds tests that use goroutines and leak none. No check may
// report anything here.
package quiet

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

var background = make(chan int)

func init() { go func() { <-background }() }

var server *httptest.Server

func TestMain(m *testing.M) {
	server = httptest.NewServer(http.HandlerFunc(hello))
	code := leakcheck.Run(m)
	server.Close()
	os.Exit(code)
}

func hello(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") }

func get(t *testing.T, url string) {
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
}

func TestSleeper(t *testing.T) {
	leakcheck.Verify(t)
	go time.Sleep(700 * time.Millisecond)
}

func TestTimer(t *testing.T) {
	leakcheck.Verify(t)
	go func() {
		<-time.After(700 * time.Millisecond)
	}()
}

func TestServerClosedInCleanup(t *testing.T) {
	leakcheck.Verify(t)
	srv := httptest.NewServer(http.HandlerFunc(hello))
	t.Cleanup(srv.Close)
	get(t, srv.URL)
}

func TestKeepAlive(t *testing.T) {
	leakcheck.Verify(t)
	get(t, server.URL)
}

func TestNotifyContext(t *testing.T) {
	leakcheck.Verify(t)
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	stop()
	<-ctx.Done()
}

func TestAfterFunc(t *testing.T) {
	leakcheck.Verify(t)
	time.AfterFunc(time.Hour, func() {})
}

func TestContext(t *testing.T) {
	leakcheck.Verify(t)
	go func() { <-t.Context().Done() }()
}

func TestCleanupStops(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() { <-ctx.Done() }()
}

func TestParallelSubtests(t *testing.T) {
	leakcheck.Verify(t)
	for range 3 {
		t.Run("sub", func(t *testing.T) {
			leakcheck.Verify(t)
			t.Parallel()
			done := make(chan int)
			go close(done)
			<-done
		})
	}
}

func TestDeferred(t *testing.T) {
	defer leakcheck.Verify(t)
	done := make(chan int)
	go close(done)
	<-done
}

func BenchmarkParallel(b *testing.B) {
	leakcheck.Verify(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_ = pb
		}
	})
}

func FuzzSeeds(f *testing.F) {
	leakcheck.Verify(f)
	f.Add(1)
	f.Add(2)
	f.Fuzz(func(t *testing.T, n int) { leakcheck.Verify(t) })
}
