// Package render has the formats of a report that people read outside of a
// terminal: [HTML] and [Markdown]. Packages below it write SARIF and profiles.
// No test binary links them: the command renders the report.json that a test
// left.
package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// HTML renders a report as one page that needs nothing else: no other file, no
// network and no script. Everything can be read and folded without the script,
// which adds a search; where it may not run, no part of that shows.
//
// The page allows itself, by hash, its own style and script and nothing else.
// A server says the same with [HTML.Policy] as a header.
type HTML struct {
	Static bool // without search and script, for where no script may be in the page at all

	// Of a page that is served: whose it is, where else to go, and what can be done.
	About   string
	Links   []Link
	Actions []Action

	Now time.Time // what ages are counted from; where it is zero, the page says since when
}

// Link leads to another form of the report. Its address is the server's own
// and never made of what a dump holds.
type Link struct{ Text, Address string }

// Action is a button that sends a POST to the page's own address, without
// content. One that is off says why, and cannot be pressed.
type Action struct {
	Text string
	Note string // next to the button
	// Query is sent with it, "" for that of the page. It is the server's own and never
	// made of what a dump holds.
	Query string
	Off   bool
}

// Limits of the page, so that a browser on a phone can show it.
const (
	fullFindings = 500   // with rows and stack
	lineFindings = 10000 // further ones on a line each
)

// Policy is the Content-Security-Policy that the page needs, with its hashes.
func (h HTML) Policy() string { return string(h.policy()) }

func (h HTML) policy() markup {
	const base = "default-src 'none'; base-uri 'none'; style-src '" + styleHash + "'"
	form, script := markup("; form-action 'none'"), markup("; script-src '"+scriptHash+"'")
	if len(h.Actions) > 0 {
		form = "; form-action 'self'"
	}
	if h.Static {
		script = ""
	}
	return base + form + script
}

// page is written in pieces of markup, which only constants can be, and what is
// put into them, which is escaped.
type page struct{ b bytes.Buffer }

// markup is not made of strings from a dump: the compiler converts only
// constants to it unasked.
type markup string

func (p *page) tag(m markup) { p.b.WriteString(string(m)) }

// markups are the characters that mean something in HTML, between tags and in
// quoted attributes.
var markups = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// put writes markup with args in place of its verbs, as fmt.Fprintf does. All but
// numbers and markup is escaped.
func (p *page) put(m markup, args ...any) {
	for i, arg := range args {
		switch arg.(type) {
		case int, int64, float64, markup:
		default:
			args[i] = markups.Replace(report.Escape(fmt.Sprint(arg)))
		}
	}
	fmt.Fprintf(&p.b, string(m), args...)
}

// Write prints the page.
func (h HTML) Write(w io.Writer, r *report.Report) error {
	r = r.Fold()
	p := &page{}
	h.head(p, r)
	h.overview(p, r)
	h.graph(p, r)
	p.pictures(r)
	p.notes(r)
	p.tag("<main>\n")
	if len(r.Findings) >= report.Few {
		p.tag("<h2 class=\"full\">Each kind in full</h2>\n")
	}
	if !h.Static {
		p.tag(pageSearch)
	}
	shown, _ := r.Split(fullFindings)
	for i := range shown {
		p.finding(&shown[i], i, len(shown) < report.Few && !shown[i].Normal || shown[i].Crash)
	}
	p.others(r, len(shown))
	p.left(r)
	p.tag("</main>\n<footer>\n")
	p.tag("<p>Proven: a garbage collection found that nothing can wake the goroutine any more. ")
	if slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Graded != 0 }) {
		p.tag("Growing, old and outlier suggest a leak, strongest first; blocked and running do not.</p>\n</footer>\n")
	} else {
		p.tag("Without a proof, the goroutine was still there when leakcheck stopped waiting for it.</p>\n</footer>\n")
	}
	if !h.Static {
		p.tag("<script>" + pageScript + "</script>\n")
	}
	p.tag("</body>\n</html>\n")
	_, err := w.Write(p.b.Bytes())
	return err
}

func (h HTML) head(p *page, r *report.Report) {
	referrer := markup("no-referrer")
	if len(h.Actions) > 0 { // without a referrer, browsers send the origin "null" with a form
		referrer = "same-origin"
	}
	p.put(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="%s">
<title>leakcheck: %s</title>
<style>%s</style>
</head>
<body>
<header>
<p class="tool">leakcheck</p>
<h1>%[3]s</h1>
`, h.policy(), referrer, r.Summary(), markup(pageStyle))
	if h.About != "" {
		p.put("<p class=\"sum\">%s</p>\n", report.Cut(h.About, report.MaxNote))
	}
	if n := len(r.Findings); n > 1 {
		p.put("<p class=\"sum\">%s in %d kinds</p>\n", words.Count(r.Total, "goroutine"), n)
	}
	for _, line := range r.CrashLines() {
		p.put("<p class=\"note\">%s</p>\n", line)
	}
	for i := range r.Requests {
		p.put("<p class=\"note left\">%s</p>\n", r.Requests[i].String())
	}
	h.bar(p) // after what is wrong: that is what the reader came for
	p.tag("</header>\n")
}

func (p *page) notes(r *report.Report) {
	for _, note := range r.Notes {
		p.put("<p class=\"note\">%s</p>\n", report.Cut(note, report.MaxNote))
	}
}

// bar is the links and buttons of a page that is served.
func (h HTML) bar(p *page) {
	if len(h.Links) > 0 {
		p.tag("<nav>")
		for _, l := range h.Links {
			p.put("<a href=\"%s\">%s</a>\n", l.Address, l.Text)
		}
		p.tag("</nav>\n")
	}
	for _, a := range h.Actions {
		p.tag("<form class=\"act\" method=\"post\"")
		if a.Query != "" {
			p.put(" action=\"?%s\"", a.Query)
		}
		off := markup("")
		if a.Off {
			off = " disabled"
		}
		p.put("><button%s>%s</button> <span>%s</span></form>\n", off, a.Text, a.Note)
	}
}

// finding is a fold. Its rows are a list of terms, its stack and example are
// folds of their own.
func (p *page) finding(f *report.Finding, i int, open bool) {
	p.put("<details class=\"f\" id=\"f%d\" data-f", i+1)
	if open {
		p.tag(" open")
	}
	p.tag(">\n<summary><h2>")
	p.title(f)
	p.tag("</h2>")
	p.at(f)
	p.put("</summary>\n<dl id=\"k%d\">\n", i+1) // a link into a fold opens it
	rows := f.Rows()
	for i := range rows {
		if !rows[i].Brief || rows[i].Name == "stacks" {
			p.row(&rows[i])
		}
	}
	p.tag("</dl>\n")
	for _, leaf := range f.Leaves() {
		p.stack(&leaf, len(f.Parts) > 1)
		p.example(&leaf)
	}
	p.tag("</details>\n")
}

// left shows what else outlived the subject, each as a fold.
func (p *page) left(r *report.Report) {
	shown, more := r.SplitLeft(fullFindings)
	for i := range shown {
		p.put("<details class=\"f\" id=\"l%d\" data-f open>\n<summary><h2>%s</h2></summary>\n<dl>\n", i+1,
			shown[i].Title())
		rows := shown[i].Rows()
		for i := range rows {
			p.row(&rows[i])
		}
		p.tag("</dl>\n</details>\n")
	}
	if more != "" {
		p.put("<p class=\"note\">and %s</p>\n", more)
	}
}

func (p *page) title(f *report.Finding) {
	title, times := f.Title(), markup("")
	if rest, ok := strings.CutPrefix(title, fmt.Sprintf("%d x ", f.Count)); ok {
		title, times = rest, " ×"
	}
	p.put("<span class=\"n\">%d%s</span> %s", f.Count, times,
		strings.TrimPrefix(title, fmt.Sprintf("%d ", f.Count)))
	p.badge(f)
}

// badge is the grade.
func (p *page) badge(f *report.Finding) {
	word := report.GradeWord(f)
	switch {
	case f.Proven > 0:
		p.put(" <strong class=\"proven\">%s</strong>", word)
	case word != "":
		p.put(" <span class=\"grade\">%s</span>", word)
	}
}

// at says in the title of a folded finding where it waits.
func (p *page) at(f *report.Finding) {
	if f.At.Func != "" {
		p.put("<span class=\"where\">%s <span class=\"pos\">%s</span></span>", report.ShortName(f.At.Func),
			f.At.Position())
	}
}

func (p *page) row(r *report.Row) {
	p.put("<dt>%s</dt><dd>", r.Name)
	switch {
	case r.Site != nil:
		p.put("<span class=\"pos\">%s</span>", r.Site.Position())
		if line := r.Site.Code(); line != "" {
			p.put(" <code>%s</code>", line)
		}
		p.put(" <span class=\"fn\">%s</span>", report.ShortName(r.Site.Func))
	case r.Code:
		p.put("<code>%s</code>", r.Text)
	case r.Name == "fix":
		p.put("<b>%s</b>", r.Text)
	default:
		p.put("%s", r.Text)
	}
	p.tag("</dd>\n")
}

// stack is left out where its only call is the place in the rows.
func (p *page) stack(f *report.Finding, titled bool) {
	if len(f.Stack) < 2 && !titled {
		return
	}
	title := "stack"
	if titled {
		title = f.Title()
	}
	p.put("<details><summary>%s: %s</summary>\n<ol class=\"stack\">\n", title, words.Count(len(f.Stack), "call"))
	for i := range f.Stack {
		s := &f.Stack[i]
		std := markup("")
		if s.Std {
			std = " class=\"std\""
		}
		p.put("<li%s><span class=\"fn\">%s</span> <span class=\"pos\">%s</span></li>\n", std,
			strings.ReplaceAll(s.Func, "%2e", "."), s.Position())
	}
	p.tag("</ol>\n")
	if f.Example.Elided > 0 {
		p.put("<p>%s in the middle</p>\n", words.Count(f.Example.Elided, "more call"))
	}
	p.tag("</details>\n")
}

func (p *page) example(f *report.Finding) {
	p.tag("<details class=\"raw\"><summary>one goroutine as Go prints it</summary>\n<pre>")
	for line := range strings.Lines(f.Dump()) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "\t"); ok {
			p.tag("    ")
			line = rest
		}
		p.put("%s\n", line)
	}
	p.tag("</pre></details>\n")
}

// others are the findings from n on, on a line each.
func (p *page) others(r *report.Report, n int) {
	if n == len(r.Findings) {
		return
	}
	_, more := r.Split(n)
	p.put("<h2 class=\"more\">%s</h2>\n<ul class=\"more\">\n", more)
	shown, left := r.Split(lineFindings)
	for i := n; i < len(shown); i++ {
		p.tag("<li data-f>")
		p.title(&shown[i])
		p.at(&shown[i])
		p.tag("</li>\n")
	}
	p.tag("</ul>\n")
	if left != "" {
		p.put("<p>and %s, which the page leaves out; the JSON report has them all</p>\n", left)
	}
}
