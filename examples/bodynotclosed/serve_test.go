package bodynotclosed

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// serve starts a server whose answer is longer than what is read ahead, and
// returns its URL. It does not wait for connections at its end.
func serve(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("well ", 100_000)) // the client may not want it all
	}))
	t.Cleanup(srv.CloseClientConnections)
	t.Cleanup(func() { srv.Config.Close() })
	return srv.URL
}

// client is one that shares no connections with others.
func client() *http.Client { return &http.Client{Transport: &http.Transport{}} }
