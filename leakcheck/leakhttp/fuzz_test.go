package leakhttp_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// FuzzRequest sends whatever a client can: the answer is no failure of the handler,
// and shows nothing unless the request is local in all respects.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "127.0.0.1:40000", "localhost:6060", "Accept", "text/html", "format=text&verbose")
	f.Add("POST", "[::1]:40000", "[::1]", "Sec-Fetch-Site", "cross-site", "full=1")
	f.Add("HEAD", "192.0.2.1:40000", "localhost", "X-Forwarded-For", "127.0.0.1", "format=dump&force")
	f.Add("GET", "127.0.0.1:40000", "evil.example", "Origin", "http://evil.example", "format=%zz")
	h := leakhttp.Handler(&leakhttp.Options{MinInterval: time.Hour, ProofInterval: time.Hour, MaxFull: 1})
	f.Fuzz(func(t *testing.T, method, remote, host, name, value, query string) {
		if method == http.MethodPost {
			method = http.MethodGet // the proof must not be asked for while other tests have bubbles
		}
		r := &http.Request{Method: method, RemoteAddr: remote, Host: host, URL: &url.URL{Path: "/debug/leaks", RawQuery: query},
			Header: http.Header{http.CanonicalHeaderKey(name): {value}}}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r.WithContext(t.Context()))
		assert.Less(t, w.Code, 500)
		assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		if w.Code == http.StatusForbidden {
			assert.Less(t, w.Body.Len(), 200)
			return
		}
		for _, other := range []func(*http.Request){
			func(r *http.Request) { r.RemoteAddr = "192.0.2.1:40000" },
			func(r *http.Request) { r.Host = "evil.example" },
			func(r *http.Request) { r.Header.Set("X-Forwarded-For", value) },
			func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		} {
			changed := r.Clone(t.Context())
			other(changed)
			assert.False(t, leakhttp.Loopback(changed), "it is allowed, and one that is not local is as well")
		}
	})
}
