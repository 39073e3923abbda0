//go:build go1.27

package std

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/eval/livetest/live"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// ask sends a request over the in-memory network of a NewTestServer.
func ask(t *testing.T, server *httptest.Server) {
	t.Helper()
	response, err := server.Client().Get("http://example.com/")
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
}

func TestNewTestServer(t *testing.T) {
	live.Check(t, "net-http/httptest", func(t *testing.T) func() {
		server := httptest.NewTestServer(t, http.HandlerFunc(hello))
		ask(t, server)
		return server.Close
	})
}

// The server is closed by a function given to t.Cleanup, and its connections that
// wait for a next request are no leak, as those of the system's network are none.
func TestNewTestServerIsClosed(t *testing.T) {
	leakcheck.Verify(t)
	server := httptest.NewTestServer(t, http.HandlerFunc(hello))
	ask(t, server)
	for _, leak := range leakcheck.Find().Leaks() {
		assert.Equal(t, "net/http/httptest.(*Server).goServe", leak.Goroutine.Creator.Func, "no connection is reported")
	}
}

// Sleep waits for the bubble's other goroutines; nothing of it is left.
func TestSynctestSleep(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		leakcheck.Verify(t)
		done := make(chan struct{})
		go func() {
			synctest.Sleep(time.Minute)
			close(done)
		}()
		time.Sleep(2 * time.Minute)
		<-done
	})
}
