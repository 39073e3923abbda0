package load_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// stuck starts a goroutine that waits until the test is over.
func stuck(t *testing.T) {
	ch := make(chan int)
	go func() { <-ch }()
	t.Cleanup(func() { close(ch) })
}

func TestService(t *testing.T) {
	t.Parallel()
	stuck(t)
	url := serve(t, pprof.Index)
	for _, tt := range []struct {
		name, url string
		full      bool
		want      pprofile.Format
		reason    string
	}{
		{"host", url, false, pprofile.FormatProtobuf, "a URL without a path stands for the profiles"},
		{"no scheme", strings.TrimPrefix(url, "http://"), false, pprofile.FormatProtobuf, "an address as people type it"},
		{"folder", url + "/debug/pprof", false, pprofile.FormatProtobuf, "with or without a slash"},
		{"prefix", url + "/debug/pprof/", true, pprofile.FormatDump, "text when it is asked for"},
		{"profile", url + "/debug/pprof/goroutine", true, pprofile.FormatDump, "and from the profile's own URL"},
		{"exact", url + "/debug/pprof/goroutine?debug=1", false, pprofile.FormatCounts, "any other URL as it is"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, err := (&load.Loader{Full: tt.full}).Open(t.Context(), tt.url)
			require.NoError(t, err)
			defer in.Close()
			found := false
			for in.Scan() {
				for _, f := range in.Record().Goroutine.Frames {
					found = found || strings.Contains(f.Func, "load_test.stuck")
				}
			}
			require.NoError(t, in.Err())
			assert.True(t, found)
			assert.Equal(t, tt.want, in.Format(), tt.reason)
		})
	}
}

// leaky serves a goroutine profile with three goroutines of one stack and a
// leak profile with two of them.
func leaky(requests *[]string) http.HandlerFunc {
	const stack = " @ 0x1\n#\t0x1\tshop.fetch+0x1\t/src/shop/fetch.go:41\n"
	return func(w http.ResponseWriter, r *http.Request) {
		*requests = append(*requests, r.URL.String())
		switch {
		case r.URL.Path == "/debug/pprof/goroutineleak":
			fmt.Fprint(w, "goroutineleak profile: total 2\n2"+stack)
		case r.URL.Query().Get("debug") == "2":
			fmt.Fprint(w, dump)
		default:
			fmt.Fprint(w, "goroutine profile: total 3\n3"+stack)
		}
	}
}

// The leaked ones are a part of the goroutines and not others.
func TestLeakProfile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		loader    load.Loader
		n, leaked int64
		requests  []string
	}{
		{load.Loader{}, 3, 2, []string{"/debug/pprof/goroutineleak?t=1", "/debug/pprof/goroutine?t=1"}},
		{load.Loader{NoProof: true}, 3, 0, []string{"/debug/pprof/goroutine?t=1"}},
		{load.Loader{Full: true}, 1, 0, []string{"/debug/pprof/goroutineleak?t=1", "/debug/pprof/goroutine?debug=2&t=1"}},
	} {
		var requests []string
		n, leaked, err := read(t, &tt.loader, serve(t, leaky(&requests))+"?t=1#part")
		require.NoError(t, err)
		assert.Equal(t, []int64{tt.n, tt.leaked}, []int64{n, leaked})
		assert.Equal(t, tt.requests, requests)
	}
}

// A service that answers everything with the same page is none that offers a
// leak profile.
func TestNoLeakProfile(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/goroutine") {
			fmt.Fprint(w, dump)
			return
		}
		fmt.Fprint(w, "<html>welcome")
	})
	in, err := new(load.Loader).Open(t.Context(), url)
	require.NoError(t, err)
	defer in.Close()
	assert.True(t, in.Scan())
	assert.False(t, in.Leaks)
}

func TestBadServices(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	t.Cleanup(func() { close(released) })
	bomb := string(packed(t, strings.Repeat("yes\n", 1<<18)))
	forever := func(w io.Writer, text string) {
		for {
			select {
			case <-released:
				return
			default:
			}
			if _, err := io.WriteString(w, text); err != nil {
				return
			}
		}
	}
	for _, tt := range []struct {
		name, want string
		handler    http.HandlerFunc
	}{
		{"missing", `/debug/pprof/goroutine: 404 Not Found ("404 page not found"); is net/http/pprof registered there?`, http.NotFound},
		{"password", "401 Unauthorized; the service wants to know who asks", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }},
		{"down", `503 Service Unavailable ("no upstream\x1b[31m")`, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no upstream\x1b[31m", http.StatusServiceUnavailable)
		}},
		{"page", "an HTML page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>log in") }},
		{"nothing", "/debug/pprof/goroutine: empty", func(http.ResponseWriter, *http.Request) {}},
		{"circle", "more than 5 redirects", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }},
		{"slow", "no answer within 300ms", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-released:
			}
		}},
		{"trickle", "the answer does not end within 300ms", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, dump)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-released:
			}
		}},
		{"endless", "the answer has more than 4.0 MiB", func(w http.ResponseWriter, _ *http.Request) { forever(w, strings.Repeat(dump+"\n", 100)) }},
		{"endless text", "no goroutine in 1.0 MiB", func(w http.ResponseWriter, _ *http.Request) { forever(w, strings.Repeat("yes\n", 1000)) }},
		{"bomb", "no goroutine in 1.0 MiB", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			forever(w, bomb)
		}},
		{"cut", "unexpected EOF", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10000")
			fmt.Fprint(w, dump)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := &load.Loader{MaxBody: 4 << 20, MaxSearch: 1 << 20, Timeout: time.Minute}
			if tt.name == "slow" || tt.name == "trickle" {
				l.Timeout = 300 * time.Millisecond // what the rows are about
			}
			_, _, err := read(t, l, serve(t, tt.handler))
			require.ErrorContains(t, err, tt.want)
			assert.NotContains(t, err.Error(), "\n", "one line")
			assert.True(t, strings.HasPrefix(err.Error(), "http://127.0.0.1:"), "which names the service: %v", err)
		})
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(nil)
	s.Close()
	_, err := new(load.Loader).Open(t.Context(), s.URL)
	require.ErrorContains(t, err, "connection refused")
}

// A header is for the service that was named, and no other.
func TestHeaderStaysWithItsHost(t *testing.T) {
	t.Parallel()
	got := make(chan string, 10)
	record := func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header.Get("X-Token")
		fmt.Fprint(w, dump)
	}
	other := serve(t, record)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, other, http.StatusFound)
			return
		}
		record(w, r)
	})
	l := &load.Loader{Header: http.Header{"X-Token": {"secret"}}}
	_, _, err := read(t, l, url+"/here")
	require.NoError(t, err)
	assert.Equal(t, "secret", <-got)
	_, _, err = read(t, l, url+"/away")
	require.NoError(t, err)
	assert.Empty(t, <-got)
}

// A redirect takes a header along to the same place, and to a safer way there,
// and to nothing else.
func TestKeepHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, to string
		kept     bool
		reason   string
	}{
		{"http://a/x", "http://a/y", true, "another path"},
		{"http://a/x", "https://a/x", true, "the same host, encrypted"},
		{"https://a/x", "http://a/x", false, "for all to read"},
		{"http://a/x", "http://a:8080/x", false, "another service of the machine"},
		{"http://a/x", "http://b.a/x", false, "another host below it"},
		{"http://a/x", "http://b/x", false, "another host"},
	} {
		first := httptest.NewRequest("GET", tt.from, nil)
		r := httptest.NewRequest("GET", tt.to, nil)
		r.Header = http.Header{"X-Token": {"secret"}, "Authorization": {"Basic c2VjcmV0"}, "Accept": {"*/*"}}
		require.NoError(t, load.KeepHeader(http.Header{"X-Token": {"secret"}})(r, []*http.Request{first}))
		assert.Equal(t, tt.kept, r.Header.Get("X-Token") != "", tt.reason)
		assert.Equal(t, tt.kept, r.Header.Get("Authorization") != "", tt.reason)
		assert.Equal(t, "*/*", r.Header.Get("Accept"), tt.reason)
	}
}

// The page of leakhttp refuses what closes the connection, as proxies do; still,
// none is left open.
func TestConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	closed := sync.NewCond(&mu)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.False(t, r.Close, "the request says nothing of closing")
		fmt.Fprint(w, dump)
	}))
	s.Config.ConnState = func(c net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		open[c] = state != http.StateClosed
		closed.Broadcast()
	}
	s.Start()
	t.Cleanup(s.Close)
	_, _, err := read(t, &load.Loader{}, s.URL+"/dump")
	require.NoError(t, err)
	mu.Lock()
	defer mu.Unlock()
	for slices.Contains(slices.Collect(maps.Values(open)), true) {
		closed.Wait() // for the server to notice
	}
	assert.Len(t, open, 1)
}
