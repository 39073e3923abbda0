package leakhttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const thisPackage = "github.com/leakcheck-go/goroutine/leakcheck/leakhttp_test."

// blockOn has n goroutines with the given labels wait at the line of a receive.
func blockOn(t *testing.T, n int, labels ...string) {
	t.Helper()
	stop, ready := make(chan struct{}), make(chan int64)
	ids := map[int64]bool{}
	for range n {
		go pprof.Do(context.Background(), pprof.Labels(labels...), func(context.Context) {
			ready <- capture.SelfID()
			<-stop
		})
		ids[<-ready] = true
	}
	t.Cleanup(func() { close(stop) })
	require.Eventually(t, func() bool {
		return !slices.ContainsFunc(capture.All().Goroutines, func(g stackparse.Goroutine) bool {
			return ids[g.ID] && g.State != "chan receive"
		})
	}, time.Minute, time.Millisecond, "they are on their way there")
}

// get asks h as a program on this machine does.
func get(t *testing.T, h http.Handler, query string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := request(http.MethodGet, headers...)
	r.URL.RawQuery = query
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestFormats(t *testing.T) {
	t.Parallel()
	blockOn(t, 7)
	h := leakhttp.Handler(&leakhttp.Options{MaxFull: 1 << 20})
	for _, tt := range []struct {
		query, accept, kind, contains string
		reason                        string
	}{
		{"", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8", "<!doctype html>", "a browser"},
		{"", "*/*", "text/plain; charset=utf-8", "leakcheck live: ", "curl"},
		{"", "", "text/plain; charset=utf-8", "leakcheck live: ", "nothing said"},
		{"", "image/png", "text/plain; charset=utf-8", "leakcheck live: ", "nothing that we have"},
		{"", "application/json", "application/json", `"format": "leakcheck-report"`, "a program"},
		{"", "text/html;q=0, application/x-ndjson", "application/jsonl", `"format":"leakcheck-report"`, "not HTML"},
		{"format=html", "application/json", "text/html; charset=utf-8", "<!doctype html>", "the parameter decides"},
		{"format=text&verbose", "text/html", "text/plain; charset=utf-8", "goroutine 0 [chan receive]:", "whole stacks; a profile has no ids"},
		{"format=json&full=1", "", "application/json", "created by", "go statements"},
		{"format=dump", "", "text/plain; charset=utf-8", "[chan receive", "as Go prints it"},
		{"format=pprof", "", "application/octet-stream", "\x1f\x8b", "gzip"},
	} {
		w := get(t, h, tt.query, "Accept: "+tt.accept)
		require.Equal(t, http.StatusOK, w.Code, tt.reason)
		assert.Equal(t, tt.kind, w.Header().Get("Content-Type"), tt.reason)
		assert.Contains(t, w.Body.String(), tt.contains, tt.reason)
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Cross-Origin-Resource-Policy": "same-origin"} {
			assert.Equal(t, want, w.Header().Get(name), tt.reason)
		}
		policy := w.Header().Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'")
		assert.Contains(t, policy, "frame-ancestors 'none'")
		assert.NotContains(t, policy, "unsafe")
		assert.NotContains(t, policy, "script-src", "no format has a script")
		if tt.contains == "<!doctype html>" {
			assert.NotContains(t, w.Body.String(), "<script")
		}
		assert.Regexp(t, `^\d+$`, w.Header().Get("Age"), "seconds")
	}
}

// All formats speak of the same goroutines.
func TestFormatsAgree(t *testing.T) {
	t.Parallel()
	blockOn(t, 12, "format", "agree")
	h := leakhttp.Handler(&leakhttp.Options{MaxFull: 1 << 20, MinInterval: time.Hour})
	const waiting = thisPackage + "blockOn.func1"

	r, err := report.Decode(get(t, h, "format=jsonl").Body)
	require.NoError(t, err)
	n := 0
	for _, f := range r.Findings {
		if f.At.Func == waiting {
			n += f.Count
			assert.Equal(t, "chan receive", f.Example.State)
			assert.Equal(t, "<-stop", f.At.Source)
		}
	}
	require.GreaterOrEqual(t, n, 12)

	p, err := profile.Parse(get(t, h, "format=pprof").Body)
	require.NoError(t, err)
	labelled := int64(0)
	for _, s := range p.Sample {
		if len(s.Label["format"]) > 0 {
			labelled += s.Value[0]
			assert.Equal(t, []string{"chan receive"}, s.Label["goroutine.state"])
		}
	}
	assert.EqualValues(t, 12, labelled)

	gs, err := stackparse.Parse(get(t, h, "format=dump").Body.Bytes())
	require.NoError(t, err)
	labelled = 0
	for _, g := range gs {
		if v, _ := g.Label("format"); v == "agree" {
			labelled++
			assert.NotZero(t, g.ID)
		}
	}
	assert.EqualValues(t, 12, labelled)
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	h := leakhttp.Handler(nil)
	for query, want := range map[string]string{
		"format=xml":              `format "xml":`,
		"full=maybe":              `full="maybe":`,
		"format=%zz":              "query",
		"normal=1":                "POST",
		"normal":                  `normal="":`,
		"format=%3Cscript%3E%1b[": `format "<script>\x1b[":`,
	} {
		w := get(t, h, query)
		assert.Equal(t, http.StatusBadRequest, w.Code, query)
		assert.Contains(t, w.Body.String(), want)
		assert.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"), "so that no browser takes it for a page")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request(http.MethodDelete))
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
	assert.Equal(t, "GET, HEAD, POST", w.Header().Get("Allow"))
}

// The full text stops the world for as long as there are goroutines.
func TestFullTextIsCapped(t *testing.T) {
	t.Parallel()
	blockOn(t, 20)
	h := leakhttp.Handler(&leakhttp.Options{MaxFull: 20})
	for _, query := range []string{"full=1", "format=dump", "format=pprof&full", "full=1&force=0"} {
		w := get(t, h, query)
		assert.Equal(t, http.StatusConflict, w.Code, query)
		assert.Regexp(t, `\d\d goroutines .* 20\b`, w.Body.String())
		assert.Contains(t, w.Body.String(), "add force=1")
	}
	assert.Equal(t, http.StatusOK, get(t, h, "").Code, "a profile is always available")
	assert.Contains(t, get(t, h, "format=dump&force=1").Body.String(), "goroutine ")
}

// The page says what reading the heap will cost, and errors name the parameter.
func TestHeapOnRequest(t *testing.T) {
	t.Parallel()
	h := leakhttp.Handler(nil)
	page := get(t, h, "format=html").Body.String()
	assert.Regexp(t, `<a href="\?heap=1">[^<]* \d+ms \(\d+ MB\)</a>`, page)
	w := get(t, h, "heap=2")
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.Contains(t, w.Body.String(), `heap="2":`)
}

// The proof is the answer to a POST and to nothing else.
func TestProof(t *testing.T) {
	// Not parallel: the proof must not be asked for while another test has a bubble.
	h := leakhttp.Handler(nil)
	assert.NotContains(t, get(t, h, "").Body.String(), "asked for a proof")
	post := func(query string) *httptest.ResponseRecorder {
		r := request(http.MethodPost)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	page := get(t, h, "format=html").Body.String()
	if !capture.CanProve() {
		assert.Contains(t, page, "<button disabled>")
		w := post("")
		assert.Equal(t, http.StatusConflict, w.Code)
		golden.Words(t, "no proof", w.Body.String())
		return
	}
	assert.Contains(t, page, "<button>Find ")
	never := make(chan int)
	started := make(chan bool)
	go func() {
		started <- true
		never <- 1
	}()
	<-started
	w := post("format=json")
	require.Equal(t, http.StatusOK, w.Code)
	r, err := report.Decode(w.Body)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, r.Proven, 1)
	assert.Positive(t, r.Findings[0].Proven, "what is proven comes first")

	w = post("format=html&full=1")
	assert.Equal(t, http.StatusSeeOther, w.Code, "so that a reload asks for nothing")
	assert.Equal(t, "?full=1", w.Header().Get("Location"))
	assert.Regexp(t, `; last done \w+ \d\d:\d\d:\d\d UTC`, get(t, h, "format=html").Body.String())
}

// Labels come from requests, and so from anybody.
func TestHostileLabels(t *testing.T) {
	t.Parallel()
	const hostile = "<script>alert(1)</script>\x1b[2J\u202e\"'&]:\n\ngoroutine 1 [running]:\n##[error]"
	stop, ready := make(chan struct{}), make(chan struct{})
	defer close(stop)
	go pprof.Do(context.Background(), pprof.Labels("user"+hostile, hostile), func(context.Context) {
		ready <- struct{}{}
		<-stop // its own place, so that it is the example of its kind
	})
	<-ready
	h := leakhttp.Handler(&leakhttp.Options{MaxFull: 1 << 20})
	for _, query := range []string{"format=html", "format=text&verbose=1", "format=json", "format=jsonl", "format=dump"} {
		for _, full := range []string{"", "&full=1"} {
			body := get(t, h, query+full).Body.String()
			assert.Contains(t, body, "alert(1)", "%s%s: the label is there", query, full)
			if !strings.HasPrefix(query, "format=json") {
				assert.NotContains(t, body, "\n##[error]", query)
			}
			for _, bad := range []string{"\x1b", "\u202e", "\n\ngoroutine 1 [running]:\n#"} {
				assert.NotContains(t, body, bad, query+full)
			}
			if query == "format=html" {
				assert.NotContains(t, body, "<script")
			}
		}
	}
	var v any
	require.NoError(t, json.Unmarshal(get(t, h, "format=json").Body.Bytes(), &v))
}

func TestHidden(t *testing.T) {
	t.Parallel()
	blockOn(t, 3, "customer", "acme")
	h := leakhttp.Handler(&leakhttp.Options{MaxFull: 1 << 20, HideLabels: true, HideArgs: true})
	for _, query := range []string{"format=html", "format=text&verbose", "format=json", "format=dump", "format=text&verbose&full", "format=pprof"} {
		body := get(t, h, query).Body.Bytes()
		if query == "format=pprof" {
			p, err := profile.ParseData(body)
			require.NoError(t, err)
			body = []byte(p.String())
		}
		assert.Contains(t, string(body), "blockOn", query)
		assert.NotContains(t, string(body), "acme", query)
		assert.NotRegexp(t, `\(0x|, 0x`, string(body), query)
	}
}

// Mounted below a prefix that is stripped, as a service might have it, and
// asked by a real client.
func TestMounted(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/internal/leaks", http.StripPrefix("/internal", leakhttp.Handler(nil)))
	server := httptest.NewServer(mux)
	defer server.Close()
	resp, err := server.Client().Get(server.URL + "/internal/leaks")
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.True(t, bytes.HasPrefix(body, []byte("leakcheck live: ")))
	_, pattern := http.DefaultServeMux.Handler(request(http.MethodGet))
	assert.Empty(t, pattern, "nothing is registered")
}

// Fifty connections ask for the page while fifty ask for work: all of them are
// answered, and those for the page with one look. On a busy machine it can take
// so long that the answer says to ask again.
func TestUnderLoad(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/debug/leaks", leakhttp.Handler(&leakhttp.Options{MinInterval: time.Hour}))
	mux.HandleFunc("/work", func(http.ResponseWriter, *http.Request) {})
	server := httptest.NewServer(mux)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	defer client.CloseIdleConnections()
	times := make(chan string, 1000)
	var wg sync.WaitGroup
	for range 50 {
		for _, path := range []string{"/debug/leaks", "/work"} {
			wg.Go(func() {
				for n := 0; n < 10; {
					resp, err := client.Get(server.URL + path)
					if !assert.NoError(t, err) {
						return
					}
					body, err := io.ReadAll(resp.Body)
					assert.NoError(t, err)
					resp.Body.Close()
					if resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "" {
						continue
					}
					n++
					assert.Equal(t, http.StatusOK, resp.StatusCode, "%s: %s", path, body)
					if first, _, _ := strings.Cut(string(body), "\n"); path != "/work" {
						times <- first
					}
				}
			})
		}
	}
	wg.Wait()
	close(times)
	looks := map[string]bool{}
	for first := range times {
		looks[first] = true
	}
	assert.Len(t, looks, 1, "all of them got one look")
}
