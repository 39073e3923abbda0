// js has no processes, so no browser to start.

//go:build !js

package report_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
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

	"github.com/leakcheck-go/goroutine/internal/engine/report"
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
	t.Log("no browser found: the HTML report was not opened in one; install chromium for that")
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

	mu       sync.Mutex
	problems []string
}

// action is a step in a tab that has no result.
type action = chromedp.Action[chromedp.Void]

// open shows text as a page, after actions that prepare the tab.
func open(t *testing.T, parent context.Context, text string, before ...action) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, url: (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()}
	require.NoError(t, chromedp.Listen(ctx, b.listen))
	b.run(call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}), call(runtime.Enable, cdp.Empty{}))
	b.run(before...)
	b.run(chromedp.Navigate(b.url))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		assert.Empty(t, b.problems, "the page complains, or asks for something")
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
		problem = "log: " + e.Entry.Text
	case *page.EventJavascriptDialogOpening:
		problem = "dialog: " + e.Message
	case *network.EventRequestWillBeSent:
		if e.Request.URL != b.url {
			problem = "request: " + e.Request.URL
		}
	}
	if problem != "" {
		b.mu.Lock()
		b.problems = append(b.problems, problem)
		b.mu.Unlock()
	}
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

// visible is the number of findings that are shown.
const visible = `[...document.querySelectorAll("[data-f]")].filter(f => f.checkVisibility()).length`

func scheme(name string) action {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
}

func phone() action { return chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile) }

func noScript() action {
	return call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// unfold opens every fold.
func (b *tab) unfold() {
	b.t.Helper()
	eval[int](b, `[...document.querySelectorAll("details")].map(d => d.open = true).length`)
}

func (b *tab) search(keys string) {
	b.t.Helper()
	b.run(chromedp.SendKeys(chromedp.CSS("#q"), keys))
}

// contrasts returns the texts whose contrast with what is behind them is below
// 4.5, as WCAG 2 measures it.
const contrasts = `(() => {
	const color = s => s.match(/[\d.]+/g).map(Number);
	const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };
	const behind = e => { for (; e; e = e.parentElement) { const c = color(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c } return color(getComputedStyle(document.documentElement).backgroundColor) };
	const bad = [];
	for (const e of document.querySelectorAll("body *")) {
		if (!e.checkVisibility() || !([...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()) || e.matches("input"))) continue;
		const bg = behind(e).slice(0, 3), pairs = [getComputedStyle(e).color];
		if (e.matches("input")) pairs.push(getComputedStyle(e, "::placeholder").color);
		for (const c of pairs) {
			const [a, b] = [light(color(c).slice(0, 3)), light(bg)], ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
			if (ratio < 4.5) bad.push(e.tagName + "." + e.className + " " + ratio.toFixed(2));
		}
	}
	return [...new Set(bad)];
})()`

// longPage has whatever might make a page wider than a screen.
func longPage(t *testing.T) string {
	r := recorded(t, "proven")
	long := strings.Repeat("VeryLongName", 80)
	f := &r.Findings[0]
	f.At.Func, f.At.File, f.At.Source, f.Waits, f.Ignore, f.Evidence = long, long, long, long, long, long
	f.Cause.Title, f.Cause.Why, f.Stack[0].Func, f.Example.Frames[0].Args = long, long, long, long
	r.Subject, r.Notes = long, []string{long}
	return render(t, report.HTML{}, r)
}

func TestBrowser(t *testing.T) {
	t.Parallel()
	path := findBrowser(t)
	if path == "" {
		return
	}
	parent := browser(t, path)
	mixed := render(t, report.HTML{}, recorded(t, "mixed"))
	for _, tt := range []struct {
		name string
		test func(t *testing.T, parent context.Context, mixed string)
	}{
		{"folds without script", foldsWithoutScript}, {"search", searches}, {"colours", readable}, {"phone", fitsAPhone},
		{"print", prints}, {"hostile", staysQuiet}, {"crowd", showsACrowd}, {"accessible", hasStructure},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, parent, mixed) })
	}
}

// Without a script, or where none may run, everything is there and folds, and
// no part of the search shows.
func foldsWithoutScript(t *testing.T, parent context.Context, mixed string) {
	static := render(t, report.HTML{Static: true}, recorded(t, "mixed"))
	assert.NotContains(t, static, "<script")
	for _, text := range []string{static, mixed} {
		b := open(t, parent, text, noScript())
		assert.Equal(t, 25, eval[int](b, visible))
		assert.False(t, eval[bool](b, `!!document.querySelector("form")?.checkVisibility()`), "no search")
		const isOpen = `document.querySelector("#f1").open`
		require.True(t, eval[bool](b, isOpen))
		b.click("#f1 > summary")
		assert.False(t, eval[bool](b, isOpen), "folded")
		b.click("#f25 > summary")
		assert.True(t, eval[bool](b, `document.querySelector("#f25").open && document.querySelector("#f25 dl").checkVisibility()`), "unfolded")
		b.click("#f25 .raw > summary")
		assert.True(t, eval[bool](b, `document.querySelector("#f25 pre").checkVisibility()`), "the fold in it too")
	}
}

func searches(t *testing.T, parent context.Context, mixed string) {
	b := open(t, parent, mixed)
	hits := func() string { return eval[string](b, `document.querySelector("#hits").value`) }
	b.search("WORKER2 signal")
	assert.Equal(t, 2, eval[int](b, visible), "worker2 and worker22, whatever the case, all words")
	assert.Equal(t, "2 of 25 kinds", hits())
	b.search(" nothing has this")
	assert.Equal(t, 0, eval[int](b, visible))
	assert.Equal(t, "0 of 25 kinds", hits())
	b.search("\r")
	assert.Equal(t, b.url, eval[string](b, "location.href"), "Enter sends nothing")
	eval[int](b, `document.querySelector("#q").select() ?? 0`)
	b.search("\b")
	assert.Equal(t, 25, eval[int](b, visible))
	assert.Empty(t, hits())

	const opened = `document.querySelectorAll("details.f[open]").length`
	b.click("#none")
	assert.Equal(t, 0, eval[int](b, opened))
	b.click("#all")
	assert.Equal(t, 25, eval[int](b, opened))

	one := open(t, parent, render(t, report.HTML{}, recorded(t, "fetch")))
	assert.False(t, eval[bool](one, `document.querySelector("form").checkVisibility()`), "nothing to choose from")
}

func readable(t *testing.T, parent context.Context, mixed string) {
	for _, text := range []string{mixed, render(t, report.HTML{}, recorded(t, "proven")), render(t, report.HTML{}, recorded(t, "hung"))} {
		b := open(t, parent, text)
		b.unfold()
		background := map[string]string{}
		for _, name := range []string{"light", "dark"} {
			b.run(scheme(name))
			assert.Empty(t, eval[[]string](b, contrasts), name)
			background[name] = eval[string](b, `getComputedStyle(document.body).backgroundColor`)
		}
		assert.NotEqual(t, background["light"], background["dark"])
	}
}

func fitsAPhone(t *testing.T, parent context.Context, mixed string) {
	for _, text := range []string{mixed, longPage(t), render(t, report.HTML{}, recorded(t, "hostile"))} {
		b := open(t, parent, text, phone())
		b.unfold()
		assert.LessOrEqual(t, eval[int](b, `document.documentElement.scrollWidth`), 360, "nothing beside the screen")
		assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("main *")].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 &&
			getComputedStyle(e).display != "inline").map(e => e.tagName + "." + e.className)`), "nor beside its box")
	}
}

// On paper there is nothing to unfold.
func prints(t *testing.T, parent context.Context, mixed string) {
	b := open(t, parent, mixed)
	b.click("#none")
	b.run(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("dl")].filter(e => !e.checkVisibility()).map(e => e.parentElement.id)`), "all is unfolded")
	assert.False(t, eval[bool](b, `document.querySelector("form").checkVisibility()`))
	assert.Empty(t, eval[[]string](b, contrasts))
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
	require.NoError(t, err)
	assert.Greater(t, len(pdf), 10_000)
}

// The page with hostile text runs nothing and loads nothing: the tab says so
// at its end.
func staysQuiet(t *testing.T, parent context.Context, _ string) {
	for _, evil := range evils {
		if !strings.ContainsAny(evil, `<"'&`) {
			continue
		}
		r := recorded(t, "hung")
		fillFindings(r, evil)
		b := open(t, parent, render(t, report.HTML{}, r))
		assert.Equal(t, 0, eval[int](b, `document.querySelectorAll("img, svg, iframe, object, a, [onclick], [onerror], [onload]").length`))
		assert.Equal(t, 1, eval[int](b, `document.scripts.length`))
		assert.Contains(t, eval[string](b, `document.querySelector("#f1 h2").textContent`), evil, "it shows as it is")
	}
}

func fillFindings(r *report.Report, s string) {
	r.Subject, r.Remark, r.Notes = s, s, []string{s}
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Cause.Title, f.Cause.Why, f.Waits, f.Evidence, f.Ignore, f.At.Func, f.At.File, f.At.Source = s, s, s, s, s, s, s, s
		f.Example.State, f.Stack[0].Func = s, s
	}
}

func showsACrowd(t *testing.T, parent context.Context, _ string) {
	b := open(t, parent, render(t, report.HTML{}, report.Build("the tests", crowd(), shop())), phone())
	assert.Equal(t, 5000, eval[int](b, visible))
	assert.LessOrEqual(t, eval[int](b, `document.documentElement.scrollWidth`), 360)
	b.search("run4711")
	assert.Equal(t, 1, eval[int](b, visible), "the search finds what is only a line, too")
	assert.Contains(t, eval[string](b, `document.querySelector("h2.more").textContent`), "4500 more kinds with 90000 goroutines")
}

func hasStructure(t *testing.T, parent context.Context, mixed string) {
	b := open(t, parent, mixed)
	for selector, want := range map[string]int{"html[lang]": 1, "title": 1, "h1": 1, "header": 1, "main": 1, "footer": 1, "[role=search]": 1, "h2": 25} {
		assert.Equal(t, want, eval[int](b, `document.querySelectorAll("`+selector+`").length`), selector)
	}
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("input, button")].filter(e => !e.labels.length && !e.textContent).map(e => e.id)`), "every control has a name")
	assert.Empty(t, eval[[]string](b, `(() => { const ids = [...document.querySelectorAll("[id]")].map(e => e.id); return ids.filter((id, i) => ids.indexOf(id) != i) })()`), "ids are unique")
}
