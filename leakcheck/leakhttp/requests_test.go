package leakhttp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// label returns a label of the context of a request that h passes on.
func label(h func(http.Handler) http.Handler, r *http.Request) string {
	var value string
	h(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		value, _ = pprof.Label(r.Context(), "leakcheck.route")
	})).ServeHTTP(httptest.NewRecorder(), r)
	return value
}

func TestRequestsRoute(t *testing.T) {
	t.Parallel()
	in := func(pattern string) func(http.Handler) http.Handler {
		return func(h http.Handler) http.Handler {
			mux := http.NewServeMux()
			mux.Handle(pattern, h)
			return leakhttp.Requests(mux, nil)
		}
	}
	around := func(h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("GET /item/{id}", leakhttp.Requests(h, nil))
		return mux
	}
	alone := func(h http.Handler) http.Handler { return leakhttp.Requests(h, nil) }
	named := func(h http.Handler) http.Handler {
		return leakhttp.Requests(h, &leakhttp.RequestOptions{Route: func(r *http.Request) string { return "host " + r.Host }})
	}
	for _, tt := range []struct {
		reason, method, want string
		handler              func(http.Handler) http.Handler
	}{
		{"the mux knows the pattern before it handles", "GET", "GET /item/{id}", in("GET /item/{id}")},
		{"a pattern without a method", "POST", "/item/", in("/item/")},
		{"the mux around it has set the pattern", "GET", "GET /item/{id}", around},
		{"no pattern", "GET", "GET", alone},
		{"clients make up methods", strings.Repeat("X", 50), "other", alone},
		{"the caller knows better", "GET", "host example.com", named},
	} {
		got := label(tt.handler, httptest.NewRequest(tt.method, "http://example.com/item/17", nil))
		assert.Equal(t, tt.want, got, tt.reason)
	}
}

// A middleware around the handler sees the pattern of the mux in it.
func TestRequestsPattern(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /item/{id}", func(http.ResponseWriter, *http.Request) {})
	r := httptest.NewRequest("GET", "http://example.com/item/17", nil)
	leakhttp.Requests(mux, nil).ServeHTTP(httptest.NewRecorder(), r)
	assert.Equal(t, "GET /item/{id}", r.Pattern)
}

// What else a writer can do, it can do here.
func TestRequestsHijack(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(leakhttp.Requests(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, buf, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			defer conn.Close()
			_, _ = buf.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
			assert.NoError(t, buf.Flush())
			line, _ := buf.ReadString('\n')
			_, _ = io.WriteString(conn, line)
		}
	}), nil))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL, nil)
	require.NoError(t, err)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "echo")
	resp, err := server.Client().Do(r)
	require.NoError(t, err)
	conn := resp.Body.(io.ReadWriteCloser)
	defer conn.Close()
	_, err = io.WriteString(conn, "hello\n")
	require.NoError(t, err)
	line, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "hello\n", line)
}

// A panic of a handler ends the request as well.
func TestRequestsPanic(t *testing.T) {
	t.Parallel()
	h := leakhttp.Requests(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oops") }), nil)
	done := make(chan string)
	go func() {
		defer func() {
			recover()
			route := "none"
			pprof.Do(t.Context(), pprof.Labels(), func(ctx context.Context) { route, _ = pprof.Label(ctx, "leakcheck.route") })
			done <- route
		}()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://example.com/", nil))
	}()
	assert.Empty(t, <-done)
}

// runs makes the routes of a repeated test others: the clock of each bubble begins
// at the same time, and what was in flight is known for the whole process.
var runs atomic.Int64

// One request in five leaves a goroutine, and each job two: the page, the text and
// JSON say so.
func TestRequestsThatLeak(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		forget := make(chan struct{})
		defer close(forget)
		n, path := 0, fmt.Sprintf("/test%d/", runs.Add(1))
		job := strings.Trim(path, "/")
		mux := http.NewServeMux()
		mux.HandleFunc("POST "+path+"orders", func(http.ResponseWriter, *http.Request) {
			if n++; n%5 == 0 {
				go func() { <-forget }()
			}
		})
		mux.HandleFunc("GET "+path+"healthy", func(http.ResponseWriter, *http.Request) {})
		h := leakhttp.Requests(mux, nil)
		for range 50 {
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "http://localhost"+path+"orders", nil))
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://localhost"+path+"healthy", nil))
			_, done := leakcheck.Track(t.Context(), "job", job)
			for range 2 {
				go func() { <-forget }()
			}
			done()
			time.Sleep(time.Second)
		}
		time.Sleep(11 * time.Second)
		page := leakhttp.Handler(&leakhttp.Options{Authorize: func(*http.Request) bool { return true }})
		get := func(format string) string {
			w := httptest.NewRecorder()
			page.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/?format="+format, nil))
			require.Equal(t, http.StatusOK, w.Code, w.Body)
			return w.Body.String()
		}
		for _, format := range []string{"html", "text"} {
			got := get(format)
			assert.Regexp(t, `POST `+path+`orders leaves 0\.2 .* Jan 1 00:00 UTC \(10 after 50 requests\), .* at (leakcheck/leakhttp/)?requests_test.go:\d+`, got)
			assert.Regexp(t, "job "+job+` leaves 2 .* Jan 1 00:00 UTC \(100 after 50 runs\)`, got)
			assert.NotContains(t, got, path+"healthy leaves")
		}
		var got struct {
			Requests []struct {
				Route               string
				Goroutines, Started int
			}
			Findings []struct{ Routes []string }
		}
		require.NoError(t, json.Unmarshal([]byte(get("json")), &got))
		require.Len(t, got.Requests, 2)
		assert.Equal(t, "job "+job, got.Requests[0].Route, "what leaves most is first")
		assert.Equal(t, 10, got.Requests[1].Goroutines)
		assert.Equal(t, 50, got.Requests[1].Started)
		var routes []string
		for _, f := range got.Findings {
			routes = append(routes, f.Routes...)
		}
		assert.Subset(t, routes, []string{"POST " + path + "orders", "job " + job})
	})
}

// BenchmarkRequests has a handler that does nothing called as it is and by
// Requests, alone and around a mux, whose own look for the pattern is a part of
// the difference.
//
//	go test -run '^$' -bench Requests ./leakcheck/leakhttp
func BenchmarkRequests(b *testing.B) {
	nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	mux := http.NewServeMux()
	mux.Handle("GET /item/{id}", nothing)
	r := httptest.NewRequest("GET", "http://localhost/item/17", nil)
	w := httptest.NewRecorder()
	for _, bb := range []struct {
		name string
		h    http.Handler
	}{
		{"handler/none", nothing}, {"handler/requests", leakhttp.Requests(nothing, nil)},
		{"mux/none", mux}, {"mux/requests", leakhttp.Requests(mux, nil)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bb.h.ServeHTTP(w, r)
			}
		})
	}
}
