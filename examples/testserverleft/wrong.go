package testserverleft

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// ServeWrong starts a server that answers every request with the same text, and
// returns its URL. It leaks the server.
func ServeWrong(tb testing.TB, answer string) string {
	tb.Helper()
	srv := httptest.NewServer(text(answer)) // want "called: httptest-server"
	return srv.URL
}

func text(answer string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, answer) // the client may be gone
	})
}
