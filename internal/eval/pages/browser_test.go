// js has no processes, so no browser to start.

//go:build !js

package pages

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
	t.Log("no browser found: no page was opened in one; install chromium for that")
	return ""
}

// browser starts one and returns the context in which tabs are opened. It ends
// with the test.
func browser(t *testing.T, path string) context.Context {
	t.Helper()
	profile, err := os.MkdirTemp("", "leakcheck-browser")
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

// tab is a page in the browser. It fails the test if the page complains, opens
// a dialog or asks for anything but itself.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string

	attacks bool // the page asks another site, which refuses

	mu       sync.Mutex
	problems []string
}

// action is a step in a tab that has no result.
type action = chromedp.Action[chromedp.Void]

// open opens the page at url, after actions that prepare the tab.
func open(t *testing.T, parent context.Context, url string, before ...action) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, url: url}
	require.NoError(t, chromedp.Listen(ctx, b.listen))
	b.run(call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}), call(runtime.Enable, cdp.Empty{}))
	b.run(before...)
	b.run(chromedp.Navigate(b.url))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		assert.True(t, b.attacks || len(b.problems) == 0, "%v: the page complains, or asks for something", b.problems)
	})
	return b
}

func (b *tab) listen(event any) {
	problem := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		problem = "console: " + string(e.Type)
	case *runtime.EventExceptionThrown:
		problem = "exception: " + e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		if !strings.Contains(e.Entry.URL, "favicon") { // no page has one
			problem = "log: " + e.Entry.Text
		}
	case *page.EventJavascriptDialogOpening:
		problem = "dialog: " + e.Message
	case *network.EventRequestWillBeSent:
		// A page of a server may lead to other forms of itself.
		if page, _, _ := strings.Cut(e.Request.URL, "?"); page != b.page() && !strings.HasSuffix(page, "/favicon.ico") {
			problem = "request: " + e.Request.URL
		}
	}
	if problem != "" {
		b.mu.Lock()
		b.problems = append(b.problems, problem)
		b.mu.Unlock()
	}
}

// page is the address of the page without its query.
func (b *tab) page() string {
	page, _, _ := strings.Cut(b.url, "?")
	return page
}

func (b *tab) run(actions ...action) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, actions...))
}

// call is a command of the protocol as an action.
func call[P, R any](cmd cdp.Command[P, R], params P) action {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cmd, params)
		return err
	})
}

// eval evaluates an expression, also where the page may run no script.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	require.NoError(b.t, err, expression)
	return out
}

// click presses the middle of the first element that fits a selector.
func (b *tab) click(selector string) {
	b.t.Helper()
	at := eval[[]float64](b, `(() => { const e = document.querySelector(`+"`"+selector+"`"+`); e.scrollIntoView({block: "center"});
		const r = e.getBoundingClientRect(); return [r.x + 12, r.y + r.height / 2] })()`)
	b.run(chromedp.MouseClickXY(at[0], at[1]))
}

func scheme(name string) action {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
}

func phone() action { return chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile) }

func noScript() action {
	return call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}
