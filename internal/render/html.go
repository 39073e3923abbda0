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
	"strconv"
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

// page is written in pieces of markup, which only constants can be, and text,
// which is escaped.
type page struct{ b bytes.Buffer }

// markup is not made of strings from a dump: the compiler converts only
// constants to it unasked.
type markup string

func (p *page) tag(m markup) { p.b.WriteString(string(m)) }

// markups are the characters that mean something in HTML, between tags and in
// quoted attributes.
var markups = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

func (p *page) text(s string) { p.b.WriteString(markups.Replace(report.Escape(s))) }

func (p *page) number(n int) { p.b.WriteString(strconv.Itoa(n)) }

// in writes text between an opening and a closing tag.
func (p *page) in(open markup, s string, end markup) {
	p.tag(open)
	p.text(s)
	p.tag(end)
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
		p.tag("Growing, old and outlier speak for a leak, in this order; blocked and running do not.</p>\n</footer>\n")
	} else {
		p.tag("Without a proof, the goroutine was still there when the wait for it was over.</p>\n</footer>\n")
	}
	if !h.Static {
		p.tag("<script>" + pageScript + "</script>\n")
	}
	p.tag("</body>\n</html>\n")
	_, err := w.Write(p.b.Bytes())
	return err
}

func (h HTML) head(p *page, r *report.Report) {
	p.tag("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" +
		"<meta http-equiv=\"Content-Security-Policy\" content=\"" + h.policy() + "\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
		"<meta name=\"color-scheme\" content=\"light dark\">\n")
	if len(h.Actions) > 0 { // without a referrer, browsers send the origin "null" with a form
		p.tag("<meta name=\"referrer\" content=\"same-origin\">\n")
	} else {
		p.tag("<meta name=\"referrer\" content=\"no-referrer\">\n")
	}
	p.in("<title>leakcheck: ", r.Summary(), "</title>\n")
	p.tag("<style>" + pageStyle + "</style>\n</head>\n<body>\n<header>\n<p class=\"tool\">leakcheck</p>\n")
	p.in("<h1>", r.Summary(), "</h1>\n")
	if h.About != "" {
		p.in("<p class=\"sum\">", report.Cut(h.About, report.MaxNote), "</p>\n")
	}
	if n := len(r.Findings); n > 1 {
		p.in("<p class=\"sum\">", fmt.Sprintf("%s in %d kinds", words.Count(r.Total, "goroutine"), n), "</p>\n")
	}
	for _, line := range r.CrashLines() {
		p.in("<p class=\"note\">", line, "</p>\n")
	}
	for i := range r.Requests {
		p.in("<p class=\"note left\">", r.Requests[i].String(), "</p>\n")
	}
	h.bar(p) // after what is wrong: that is what the reader came for
	p.tag("</header>\n")
}

func (p *page) notes(r *report.Report) {
	for _, note := range r.Notes {
		p.in("<p class=\"note\">", report.Cut(note, report.MaxNote), "</p>\n")
	}
}

// bar is the links and buttons of a page that is served.
func (h HTML) bar(p *page) {
	if len(h.Links) > 0 {
		p.tag("<nav>")
		for _, l := range h.Links {
			p.in("<a href=\"", l.Address, "\">")
			p.in("", l.Text, "</a>\n")
		}
		p.tag("</nav>\n")
	}
	for _, a := range h.Actions {
		p.tag("<form class=\"act\" method=\"post\"")
		if a.Query != "" {
			p.in(" action=\"?", a.Query, "\"")
		}
		p.tag("><button")
		if a.Off {
			p.tag(" disabled")
		}
		p.in(">", a.Text, "</button> ")
		p.in("<span>", a.Note, "</span></form>\n")
	}
}

// finding is a fold. Its rows are a list of terms, its stack and example are
// folds of their own.
func (p *page) finding(f *report.Finding, i int, open bool) {
	p.tag("<details class=\"f\" id=\"f")
	p.number(i + 1)
	p.tag("\" data-f")
	if open {
		p.tag(" open")
	}
	p.tag(">\n<summary><h2>")
	p.title(f)
	p.tag("</h2>")
	p.at(f)
	p.tag("</summary>\n<dl id=\"k")
	p.number(i + 1) // a link into a fold opens it
	p.tag("\">\n")
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
		p.tag("<details class=\"f\" id=\"l")
		p.number(i + 1)
		p.tag("\" data-f open>\n<summary><h2>")
		p.text(shown[i].Title())
		p.tag("</h2></summary>\n<dl>\n")
		rows := shown[i].Rows()
		for i := range rows {
			p.row(&rows[i])
		}
		p.tag("</dl>\n</details>\n")
	}
	if more != "" {
		p.in("<p class=\"note\">", "and "+more, "</p>\n")
	}
}

func (p *page) title(f *report.Finding) {
	p.tag("<span class=\"n\">")
	p.number(f.Count)
	title := f.Title()
	if rest, ok := strings.CutPrefix(title, fmt.Sprintf("%d x ", f.Count)); ok {
		p.tag(" ×</span> ")
		p.text(rest)
	} else {
		p.tag("</span> ")
		p.text(strings.TrimPrefix(title, fmt.Sprintf("%d ", f.Count)))
	}
	p.badge(f)
}

// badge is the grade.
func (p *page) badge(f *report.Finding) {
	switch {
	case f.Proven > 0:
		p.in(" <strong class=\"proven\">", report.GradeWord(f), "</strong>")
	default:
		if word := report.GradeWord(f); word != "" {
			p.in(" <span class=\"grade\">", word, "</span>")
		}
	}
}

// at says in the title of a folded finding where it waits.
func (p *page) at(f *report.Finding) {
	if f.At.Func == "" {
		return
	}
	p.in("<span class=\"where\">", report.ShortName(f.At.Func), "")
	p.in(" <span class=\"pos\">", f.At.Position(), "</span></span>")
}

func (p *page) row(r *report.Row) {
	p.in("<dt>", r.Name, "</dt><dd>")
	switch {
	case r.Site != nil:
		p.in("<span class=\"pos\">", r.Site.Position(), "</span>")
		if line := r.Site.Code(); line != "" {
			p.in(" <code>", line, "</code>")
		}
		p.in(" <span class=\"fn\">", report.ShortName(r.Site.Func), "</span>")
	case r.Code:
		p.in("<code>", r.Text, "</code>")
	case r.Name == "fix":
		p.in("<b>", r.Text, "</b>")
	default:
		p.text(r.Text)
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
	p.in("<details><summary>", title+": "+words.Count(len(f.Stack), "call"), "</summary>\n<ol class=\"stack\">\n")
	for i := range f.Stack {
		s := &f.Stack[i]
		if s.Std {
			p.tag("<li class=\"std\">")
		} else {
			p.tag("<li>")
		}
		p.in("<span class=\"fn\">", strings.ReplaceAll(s.Func, "%2e", "."), "</span>")
		p.in(" <span class=\"pos\">", s.Position(), "</span></li>\n")
	}
	p.tag("</ol>\n")
	if f.Example.Elided > 0 {
		p.in("<p>", words.Count(f.Example.Elided, "more call")+" in the middle", "</p>\n")
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
		p.in("", line, "\n")
	}
	p.tag("</pre></details>\n")
}

// others are the findings from n on, on a line each.
func (p *page) others(r *report.Report, n int) {
	if n == len(r.Findings) {
		return
	}
	_, more := r.Split(n)
	p.in("<h2 class=\"more\">", more, "</h2>\n<ul class=\"more\">\n")
	shown, left := r.Split(lineFindings)
	for i := n; i < len(shown); i++ {
		f := &shown[i]
		p.tag("<li data-f>")
		p.title(f)
		p.at(f)
		p.tag("</li>\n")
	}
	p.tag("</ul>\n")
	if left != "" {
		p.in("<p>and ", left, ", which the page leaves out; the JSON report has them all</p>\n")
	}
}
