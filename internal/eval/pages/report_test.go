//go:build !js

package pages

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
	"github.com/leakcheck-go/goroutine/internal/render"
)

// show opens text as a page.
func show(t *testing.T, parent context.Context, text string, before ...action) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	return open(t, parent, (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String(), before...)
}

// visible is the number of findings that are shown.
const visible = `[...document.querySelectorAll("[data-f]")].filter(f => f.checkVisibility()).length`

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
	r := reporttest.Recorded(t, "proven")
	long := strings.Repeat("VeryLongName", 80)
	f := &r.Findings[0]
	f.At.Func, f.At.File, f.At.Source, f.Waits, f.Ignore, f.Evidence = long, long, long, long, long, long
	f.Cause.Title, f.Cause.Why, f.Stack[0].Func, f.Example.Frames[0].Args = long, long, long, long
	r.Subject, r.Notes = long, []string{long}
	return reporttest.Rendered(t, render.HTML{}, r)
}

func TestReport(t *testing.T) {
	t.Parallel()
	path := findBrowser(t)
	if path == "" {
		return
	}
	parent := browser(t, path)
	mixed := reporttest.Rendered(t, render.HTML{}, reporttest.Recorded(t, "mixed"))
	for _, tt := range []struct {
		name string
		test func(t *testing.T, parent context.Context, mixed string)
	}{
		{"folds without script", foldsWithoutScript}, {"search", searches}, {"pictures", draws}, {"colours", readable}, {"phone", fitsAPhone},
		{"print", prints}, {"hostile", staysQuiet}, {"crowd", showsACrowd}, {"accessible", hasStructure},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, parent, mixed) })
	}
}

// Without a script, or where none may run, everything is there and folds, and
// no part of the search shows.
func foldsWithoutScript(t *testing.T, parent context.Context, mixed string) {
	static := reporttest.Rendered(t, render.HTML{Static: true}, reporttest.Recorded(t, "mixed"))
	assert.NotContains(t, static, "<script")
	for _, text := range []string{static, mixed} {
		b := show(t, parent, text, noScript())
		assert.Equal(t, 25, eval[int](b, visible))
		assert.False(t, eval[bool](b, `!!document.querySelector("form")?.checkVisibility()`), "no search")
		const isOpen = `document.querySelector("#f1").open`
		require.False(t, eval[bool](b, isOpen), "of so many kinds there is a table first")
		b.click("#over td a[href='#k1']")
		assert.True(t, eval[bool](b, isOpen+` && document.querySelector("#f1 dl").checkVisibility()`), "a line of it opens what is behind it")
		b.click("#f1 > summary")
		assert.False(t, eval[bool](b, isOpen), "folded")
		b.click("#f25 > summary")
		assert.True(t, eval[bool](b, `document.querySelector("#f25").open && document.querySelector("#f25 dl").checkVisibility()`), "unfolded")
		b.click("#f25 .raw > summary")
		assert.True(t, eval[bool](b, `document.querySelector("#f25 pre").checkVisibility()`), "the fold in it too")
	}
}

func searches(t *testing.T, parent context.Context, mixed string) {
	b := show(t, parent, mixed)
	hits := func() string { return eval[string](b, `document.querySelector("#hits").value`) }
	b.search("WORKER2 became")
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

	one := show(t, parent, reporttest.Rendered(t, render.HTML{}, reporttest.Recorded(t, "fetch")))
	assert.False(t, eval[bool](one, `document.querySelector("form").checkVisibility()`), "nothing to choose from")
}

func readable(t *testing.T, parent context.Context, mixed string) {
	for _, text := range []string{mixed, reporttest.Rendered(t, render.HTML{}, reporttest.Recorded(t, "proven")), reporttest.Rendered(t, render.HTML{}, reporttest.Recorded(t, "hung"))} {
		b := show(t, parent, text)
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
	for _, text := range []string{mixed, longPage(t), reporttest.Rendered(t, render.HTML{}, reporttest.Recorded(t, "hostile"))} {
		b := show(t, parent, text, phone())
		b.unfold()
		assert.LessOrEqual(t, eval[int](b, `document.documentElement.scrollWidth`), 360, "nothing is wider than the screen")
		assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("main *")].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 &&
			getComputedStyle(e).display != "inline").map(e => e.tagName + "." + e.className)`), "nor outside its box")
	}
}

// pictured is a report that has something to say in every column.
func pictured(t *testing.T) *report.Report {
	r := crowd(t)
	r.Findings = r.Findings[:40]
	for i := range r.Findings {
		f := &r.Findings[i]
		f.At.Func = fmt.Sprintf("example.com/shop/internal/%s.(*Pool).run", strings.Repeat(fmt.Sprint("part", i), 1+i%7))
		f.Graded, f.MaxWait, f.Keeps = cause.Old, 10*i, int64(i)<<20
		f.Routes, f.Numbers = []string{"POST /orders/{id}/items"}, []int64{int64(i), 12, 300 + int64(i)}
		f.Files = report.Files{In: 3, Of: 20}
		f.IDs, f.On = []int64{int64(i + 1)}, int64(i/3) // three wait for each, and the first for nobody
	}
	return r
}

// Nothing is outside a phone's screen, and every drawing is inside its box: a
// trend in each line, bars as wide as their share, and who waits for whom.
func draws(t *testing.T, parent context.Context, _ string) {
	b := show(t, parent, reporttest.Rendered(t, render.HTML{Static: true}, pictured(t)),
		chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	for _, width := range []int64{390, 1440} {
		b.run(chromedp.EmulateViewport(width, 844))
		assert.LessOrEqual(t, eval[int](b, `document.documentElement.scrollWidth`), int(width))
		assert.Equal(t, 20, eval[int](b, `document.querySelectorAll("#over .spark polyline").length`))
		assert.Equal(t, 11, eval[int](b, `document.querySelector(".bars").querySelectorAll("li").length`), "ten packages and the others")
		assert.Equal(t, 16, eval[int](b, `document.querySelectorAll("#graph a").length`))
		assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("svg :not(title)")].filter(e => {
			const r = e.getBoundingClientRect(), box = e.ownerSVGElement.getBoundingClientRect();
			return r.width == 0 || r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 1 || r.bottom > box.bottom + 1;
		}).map(e => e.outerHTML)`))
		assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("#over td, .bars li")].filter(e =>
			e.getBoundingClientRect().right > innerWidth || e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML)`))
	}
}

// On paper there is nothing to unfold.
func prints(t *testing.T, parent context.Context, mixed string) {
	b := show(t, parent, mixed)
	b.click("#none")
	b.run(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("dl")].filter(e => !e.checkVisibility()).map(e => e.parentElement.id)`), "all is unfolded")
	assert.False(t, eval[bool](b, `document.querySelector("form").checkVisibility()`))
	assert.Empty(t, eval[[]string](b, contrasts))
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
	require.NoError(t, err)
	assert.Greater(t, len(pdf), 10_000)
}

// evils are texts that are more than text in a page which does not escape them.
var evils = []string{
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, `' onclick='alert(1)`, "--><svg/onload=alert(1)>", "</title></style></pre>", "&lt;&#60;",
	"<https://evil.example>",
}

// The page with hostile text runs nothing and loads nothing: the tab says so
// at its end.
func staysQuiet(t *testing.T, parent context.Context, _ string) {
	for _, evil := range evils {
		r := reporttest.Recorded(t, "hung")
		r.Findings = append(r.Findings, r.Findings...) // enough for a table
		fillFindings(r, evil)
		b := show(t, parent, reporttest.Rendered(t, render.HTML{}, r))
		assert.Equal(t, 0, eval[int](b, `document.querySelectorAll("img, iframe, object, [onclick], [onerror], [onload]").length`))
		assert.Equal(t, 0, eval[int](b, `document.querySelectorAll("svg:not(.spark, .bars svg, #graph svg), a:not([href^='#k'])").length`), "none but ours")
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
		f.Routes, f.Course.Since, f.Basis, f.Numbers = []string{s}, s, s, []int64{1, 2}
	}
}

// crowd is a report of 100,000 goroutines of 5,000 kinds.
func crowd(t *testing.T) *report.Report {
	t.Helper()
	r := reporttest.Recorded(t, "fetch")
	f := r.Findings[0]
	r.Findings, r.Total, r.Proven = nil, 100_000, 0
	for i := range 5000 {
		f.Count, f.Proven, f.Test = 20, 0, ""
		f.At.Func = fmt.Sprintf("example.com/shop/internal/worker.(*Pool).run%d", i)
		r.Findings = append(r.Findings, f)
	}
	return r
}

func showsACrowd(t *testing.T, parent context.Context, _ string) {
	b := show(t, parent, reporttest.Rendered(t, render.HTML{}, crowd(t)), phone())
	assert.Equal(t, 5000, eval[int](b, visible))
	assert.Equal(t, 20, eval[int](b, `document.querySelectorAll("#over tbody tr").length`), "a table fits a screen")
	assert.Contains(t, eval[string](b, `document.querySelector("#over").textContent`), "4980 more")
	assert.LessOrEqual(t, eval[int](b, `document.documentElement.scrollWidth`), 360)
	b.search("run4711")
	assert.Equal(t, 1, eval[int](b, visible), "the search finds what is only a line, too")
	assert.False(t, eval[bool](b, `document.querySelector("#over").checkVisibility()`), "the table is of all, so it gives way")
	assert.Contains(t, eval[string](b, `document.querySelector("h2.more").textContent`), "4500 more")
}

func hasStructure(t *testing.T, parent context.Context, mixed string) {
	b := show(t, parent, mixed)
	for selector, want := range map[string]int{"html[lang]": 1, "title": 1, "h1": 1, "header": 1, "main": 1, "footer": 1, "[role=search]": 1, "summary h2": 25,
		"#over th": 3, "#over tbody tr": 20, "#over a": 20} {
		assert.Equal(t, want, eval[int](b, `document.querySelectorAll("`+selector+`").length`), selector)
	}
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("input, button")].filter(e => !e.labels.length && !e.textContent).map(e => e.id)`), "every control has a name")
	assert.Empty(t, eval[[]string](b, `(() => { const ids = [...document.querySelectorAll("[id]")].map(e => e.id); return ids.filter((id, i) => ids.indexOf(id) != i) })()`), "ids are unique")
}
