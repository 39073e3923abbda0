// js has no processes, so no browser to start.

//go:build !js

package leakhttp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// browserNames are what Chromium is called by those who package it.
var browserNames = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell", "chrome"}

// findBrowser returns the path of a browser, or "" where none is installed.
// That is no failure on a person's machine, but it is one in CI.
func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range browserNames {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	require.NotEqual(t, "true", os.Getenv("CI"), "no browser found: CI has to install chromium")
	t.Log("no browser found: the page was not opened in one; install chromium for that")
	return ""
}

// browser starts one, which ends with the test.
func browser(t *testing.T, path string) context.Context {
	t.Helper()
	profile, err := os.MkdirTemp("", "leakhttp-browser")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute) // a machine may be busy
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
	}
	for _, name := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync",
		"disable-default-apps", "disable-extensions", "disable-dev-shm-usage"} {
		options = append(options, chromedp.Flag(name, true))
	}
	allocator, stop := chromedp.NewExecAllocator(ctx, options...)
	first, end := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		_ = chromedp.Cancel(first) // waits for the process; it may be gone
		end()
		stop()
		cancel()
		_ = os.RemoveAll(profile) // a child of the browser may still write
	})
	require.NoError(t, chromedp.Do(first))
	return first
}

// tab is a page in the browser.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	problems []string // what the page complained about
}

type action = chromedp.Action[chromedp.Void]

func open(t *testing.T, parent context.Context, url string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok && !strings.Contains(e.Entry.URL, "favicon") {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.problems = append(b.problems, e.Entry.Text)
		}
	}))
	b.run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, log.Enable, cdp.Empty{})
		return err
	}), chromedp.Navigate(url))
	return b
}

func (b *tab) run(actions ...action) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, actions...))
}

func (b *tab) eval(expression string) string {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	require.NoError(b.t, err, expression)
	return out
}

// quiet fails the test if the page complained.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	assert.Empty(b.t, b.problems)
}

func TestBrowser(t *testing.T) {
	// Not parallel: the proof must not be asked for beside a bubble of another test.
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
	b.run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.Navigate(url))
	assert.Regexp(t, `^\d+ goroutines in the process: `, b.eval(`document.querySelector("h1").innerText`))
	assert.Contains(t, b.eval(`document.body.textContent`), "<-stop")
	assert.Equal(t, "grid", b.eval(`getComputedStyle(document.querySelector("dl")).display`), "the policy allows the style")
	assert.Equal(t, "0", b.eval(`String(document.scripts.length)`))
	assert.Equal(t, "?full=1 ?format=text ?format=json ?format=pprof ?format=dump",
		b.eval(`[...document.querySelectorAll("nav a")].map(a => a.getAttribute("href")).join(" ")`))
	b.run(chromedp.Navigate(b.eval(`document.querySelector("nav a").href`)))
	assert.Contains(t, b.eval(`document.body.textContent`), "started", "the full text knows go statements")
	assert.Equal(t, url+"?", b.eval(`document.querySelector("nav a").href`), "and back")
	b.quiet()
}

// The button asks for the proof where there is one, and comes back to the page.
func provesAtAButton(t *testing.T, parent context.Context, url string) {
	b := open(t, parent, url+"?full=1")
	const button = `document.querySelector("form.act button")`
	if !capture.CanProve() {
		assert.Equal(t, "true", b.eval(`String(`+button+`.disabled)`))
		assert.Contains(t, b.eval(`document.querySelector("form.act").innerText`), "offers no proof of leaks")
		return
	}
	b.run(chromedp.MouseClickXY(b.center(button)))
	require.Eventually(t, func() bool {
		return strings.Contains(b.eval(`document.body ? document.body.innerText : ""`), "; last done at ")
	}, time.Minute, 10*time.Millisecond)
	assert.Equal(t, url+"?full=1", b.eval(`location.href`))
	b.quiet()
}

func (b *tab) center(element string) (x, y float64) {
	b.t.Helper()
	_, err := fmt.Sscan(b.eval(`(r => (r.x + r.width / 2) + " " + (r.y + r.height / 2))(`+element+`.getBoundingClientRect())`), &x, &y)
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
	for _, tt := range []struct{ script, want string }{
		{`fetch("` + server.URL + `", {mode: "no-cors"}).catch(() => {})`, "GET empty 403"},
		{`frames[0].location = "` + server.URL + `"`, "GET iframe 403"},
		{`document.forms[0].submit()`, "POST iframe 403"},
	} {
		b.eval(`(` + tt.script + `, "")`)
		select {
		case got := <-answers:
			assert.Equal(t, tt.want, got)
		case <-time.After(time.Minute):
			require.Fail(t, "the browser sent nothing", tt.script)
		}
	}
}
