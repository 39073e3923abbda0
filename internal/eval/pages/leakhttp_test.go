//go:build !js

package pages

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// blockOn leaves n goroutines with these labels until the end of the test.
func blockOn(t *testing.T, n int, labels ...string) {
	t.Helper()
	stop, ready := make(chan struct{}), make(chan struct{})
	for range n {
		go pprof.Do(context.Background(), pprof.Labels(labels...), func(context.Context) {
			ready <- struct{}{}
			<-stop
		})
		<-ready
	}
	t.Cleanup(func() { close(stop) })
}

func TestLeakhttp(t *testing.T) {
	// Not parallel: the proof must not be asked for while another test has a bubble.
	path := findBrowser(t)
	if path == "" {
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/debug/leaks", leakhttp.Handler(&leakhttp.Options{MaxFull: 1 << 20}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	blockOn(t, 4, "a", "<b>")
	parent := browser(t, path)
	t.Run("page", func(t *testing.T) { showsAPage(t, parent, server.URL+"/debug/leaks") })
	t.Run("button", func(t *testing.T) { provesAtAButton(t, parent, server.URL+"/debug/leaks") })
	t.Run("other site", func(t *testing.T) { shutsOutAnotherSite(t, parent) })
}

// The page is styled, complains about nothing, leads to the other forms, and
// needs no script.
func showsAPage(t *testing.T, parent context.Context, url string) {
	b := open(t, parent, url)
	b.run(noScript(), chromedp.Navigate(url))
	assert.Regexp(t, `^\d+ goroutines .* [-\d]+ [:\d]+ UTC`, eval[string](b, `document.querySelector("h1").innerText`))
	assert.Contains(t, eval[string](b, `document.body.textContent`), "<-stop")
	assert.Equal(t, "grid", eval[string](b, `getComputedStyle(document.querySelector("dl")).display`), "the policy allows the style")
	assert.Equal(t, "0", eval[string](b, `String(document.scripts.length)`))
	assert.Equal(t, "?full=1 ?heap=1 ?format=text ?format=json ?format=pprof ?format=dump",
		eval[string](b, `[...document.querySelectorAll("nav a")].map(a => a.getAttribute("href")).join(" ")`))
	b.run(chromedp.Navigate(eval[string](b, `document.querySelector("nav a").href`)))
	assert.Contains(t, eval[string](b, `document.body.textContent`), "started", "the full text knows go statements")
	assert.Equal(t, url+"?", eval[string](b, `document.querySelector("nav a").href`), "and back")
}

// The button asks for the proof where there is one, and comes back to the page.
func provesAtAButton(t *testing.T, parent context.Context, url string) {
	b := open(t, parent, url+"?full=1")
	const button = `document.querySelector("form.act button")`
	if !capture.CanProve() {
		assert.Equal(t, "true", eval[string](b, `String(`+button+`.disabled)`))
		assert.Contains(t, eval[string](b, `document.querySelector("form.act").innerText`), "no proof")
		return
	}
	b.run(chromedp.MouseClickXY(b.center(button)))
	require.Eventually(t, func() bool {
		return strings.Contains(eval[string](b, `document.body ? document.body.innerText : ""`), "; last done at ")
	}, time.Minute, 10*time.Millisecond)
	assert.Equal(t, url+"?full=1", eval[string](b, `location.href`))
}

func (b *tab) center(element string) (x, y float64) {
	b.t.Helper()
	_, err := fmt.Sscan(eval[string](b, `(r => (r.x + r.width / 2) + " " + (r.y + r.height / 2))(`+element+`.getBoundingClientRect())`), &x, &y)
	require.NoError(b.t, err)
	return x, y
}

// Another site, here another port of the same host, gets nothing: not for its
// scripts, not in a frame, and not by sending our form.
func shutsOutAnotherSite(t *testing.T, parent context.Context) {
	answers := make(chan string, 3)
	h := leakhttp.Handler(nil)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		answers <- fmt.Sprint(r.Method, " ", r.Header.Get("Sec-Fetch-Dest"), " ", answer.Code)
		w.WriteHeader(answer.Code)
	}))
	defer server.Close()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/" {
			fmt.Fprintf(w, `<form method=post action=%q target=f></form><iframe name=f></iframe>`, server.URL)
		}
	}))
	defer other.Close()
	b := open(t, parent, other.URL)
	b.attacks = true
	for _, tt := range []struct{ script, want string }{
		{`fetch("` + server.URL + `", {mode: "no-cors"}).catch(() => {})`, "GET empty 403"},
		{`frames[0].location = "` + server.URL + `"`, "GET iframe 403"},
		{`document.forms[0].submit()`, "POST iframe 403"},
	} {
		eval[string](b, `(`+tt.script+`, "")`)
		select {
		case got := <-answers:
			assert.Equal(t, tt.want, got)
		case <-time.After(time.Minute):
			require.Fail(t, "the browser sent nothing", tt.script)
		}
	}
}
