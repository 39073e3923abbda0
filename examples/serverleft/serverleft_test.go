package serverleft

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/memnet"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

var hello = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "hello") // the client may be gone
})

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return ln
}

// get returns the answer of the server. It keeps no connection open.
func get(t *testing.T, addr net.Addr) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + addr.String())
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(text)
}

// TestRun is the leaky test with the fix in place.
func TestRun(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(t.Context())
	ln := listen(t)
	done := make(chan error, 1)
	go func() { done <- Run(ctx, ln, hello) }()
	require.Equal(t, "hello", get(t, ln.Addr()))

	cancel()

	require.NoError(t, <-done)
	_, err := ln.Accept()
	require.ErrorIs(t, err, net.ErrClosed, "the port is free again")
}

// Run returns the error that keeps the server from serving.
func TestRunFails(t *testing.T) {
	leakcheck.Verify(t)
	ln := listen(t)
	require.NoError(t, ln.Close())
	require.ErrorIs(t, Run(t.Context(), ln, hello), net.ErrClosed)
}

// How long requests take that are under way when the server is to stop.
func TestRunUnderWay(t *testing.T) {
	for why, tt := range map[string]struct {
		long     time.Duration
		answered bool
		fails    error
	}{
		"a request that is soon done is answered": {grace / 2, true, nil},
		"a request that takes too long is ended":  {grace * 2, false, context.DeadlineExceeded},
	} {
		t.Run(why, func(t *testing.T) {
			leakcheck.Verify(t)
			synctest.Test(t, func(t *testing.T) {
				err, answered := stopDuring(t, tt.long)
				assert.Equal(t, tt.answered, answered)
				require.ErrorIs(t, err, tt.fails)
			})
		})
	}
}

// stopDuring stops a server that has a request under way, which takes that long
// or until its connection is closed.
func stopDuring(t *testing.T, long time.Duration) (err error, answered bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ln := memnet.Listen()
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(long):
			case <-r.Context().Done():
			}
		}))
	}()
	got := make(chan bool)
	go func() {
		client := &http.Client{Transport: &http.Transport{DialContext: ln.Dial, DisableKeepAlives: true}}
		resp, err := client.Get("http://memory")
		if err == nil {
			resp.Body.Close()
		}
		got <- err == nil
	}()
	synctest.Wait() // in the handler
	cancel()
	answered = <-got
	return <-done, answered
}
