package testserverleft

import (
	"net/http/httptest"
	"testing"
)

// Serve starts a server that answers every request with the same text, and
// returns its URL. The server is closed at the end of the test.
func Serve(tb testing.TB, answer string) string {
	tb.Helper()
	srv := httptest.NewServer(text(answer))
	tb.Cleanup(srv.Close)
	return srv.URL
}
