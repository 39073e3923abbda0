package report_test

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// evils are texts that would like to be more than text somewhere.
var evils = []string{
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, `' onclick='alert(1)`, "--><svg/onload=alert(1)>", "</title></style></pre>", "&lt;&#60;",
	"\x1b[31mred\x1b]0;title\x07", "\u009b31m", "\r\nleakcheck: clean", "\x00", "\x7f\x08", "\xff\xc3\xe2\x80",
	"%0A::error::x", "\n::error::x", "::error::x", " ::set-env name=PATH::x", "\u00a0::error::x", strings.Repeat("long ", 30) + "::error::x", strings.Repeat("::error::x", 30), "##[error]x",
	"x::y,file=z,line=1::m", "%25%3A",
	"|a|b|\n|-|-|", "`code` ``more`` ```", "````\n# title", "@octocat", "#123", "GH-1 o/r#1", "https://evil.example www.evil.example a@evil.example",
	"[x](javascript:alert(1))", "![x](https://evil.example/x.png)", "<https://evil.example>", "**bold** _it_ ~~no~~ $x$", `\`, `\\|`, "- list\n> quote",
	"\u202egnp.exe\u2066", "\u2028\u2029", "\ufeff\u200b", "\U000e0041", "世界 e\u0301 😀", "",
}

// checks hold the output of each format to what is harmless there.
var checks = map[string]func(t *testing.T, got string){
	"text": harmlessText, "verbose.text": harmlessText, "narrow.text": harmlessText,
	"table.text": harmlessText, "narrow.table.text": harmlessText,
	"color.text": func(t *testing.T, got string) { harmlessText(t, sgr.ReplaceAllString(got, "")) },
	"json":       harmlessJSON, "jsonl": harmlessJSON,
	"md": harmlessMarkdown, "html": harmlessHTML, "github": harmlessCommands,
}

// TestHostile has every string of a report be hostile, in every format.
func TestHostile(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for _, evil := range evils {
				r := reporttest.Recorded(t, "hung")
				fill(reflect.ValueOf(r), evil)
				for r.Kind = report.Outlived; r.Kind <= report.Late; r.Kind++ {
					got := reporttest.Rendered(t, f.format, r)
					assertPlain(t, sgr.ReplaceAllString(strings.ReplaceAll(got, "\n", ""), ""))
					checks[f.name](t, got)
				}
				if t.Failed() {
					t.Fatalf("with %q", evil)
				}
			}
		})
	}
}

// harmlessText holds what a runner of GitHub Actions reads of a log.
func harmlessText(t *testing.T, got string) {
	t.Helper()
	assert.NotContains(t, got, "##[")
	for line := range strings.Lines(got) {
		assert.False(t, strings.HasPrefix(strings.TrimSpace(line), "::"), "a command: %q", line)
	}
}

func harmlessJSON(t *testing.T, got string) {
	t.Helper()
	assert.NotContains(t, got, "<", "JSON may stand in a page")
	for dec := json.NewDecoder(strings.NewReader(got)); dec.More(); {
		var v any
		require.NoError(t, dec.Decode(&v))
	}
	r, _ := report.Decode(strings.NewReader(got))
	require.NotNil(t, r)
	assert.Len(t, r.Findings, 2)
}

var (
	// codeBlock and codeSpan are as CommonMark defines them: closed by as many
	// backticks as opened them.
	blockStart = regexp.MustCompile("^(`{3,})(?:text|suggestion)\n$")
	ourTags    = regexp.MustCompile(`<details><summary>\d+ calls?</summary>|</details>`)
	active     = regexp.MustCompile("(^|[^\\\\])[`*_<>|~$&\\[\\]!]|@\\w|#\\d|(?i)gh-\\d|://|www\\.")
)

// harmlessMarkdown takes code out, in which nothing has a meaning, and looks
// for what has one in the rest.
func harmlessMarkdown(t *testing.T, got string) {
	t.Helper()
	fence := ""
	for line := range strings.Lines(got) {
		switch m := blockStart.FindStringSubmatch(line); {
		case fence != "":
			if strings.TrimSpace(line) == fence {
				fence = ""
			}
			continue
		case m != nil:
			fence = m[1]
			continue
		}
		rest := ourTags.ReplaceAllString(withoutSpans(line), "")
		if title, ok := strings.CutPrefix(rest, "**"); ok {
			rest = strings.Replace(title, "**", "", 1)
		}
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, "> "), "### leakcheck")
		rest = strings.ReplaceAll(strings.ReplaceAll(rest, `\\`, ""), "&#8203;", "\u200b")
		assert.NotRegexp(t, active, rest)
		assert.NotRegexp(t, `^\s+\S`, line, "indented code, or a part of the list above")
	}
	assert.Empty(t, fence, "every block is closed")
}

// withoutSpans leaves the code spans out of a line.
func withoutSpans(line string) string {
	var out strings.Builder
	for i := 0; i < len(line); {
		n := 0
		for i+n < len(line) && line[i+n] == '`' {
			n++
		}
		if n == 0 || i > 0 && line[i-1] == '\\' {
			out.WriteByte(line[i])
			i++
			continue
		}
		ticks := line[i : i+n]
		end := regexp.MustCompile("[^`](" + ticks + ")([^`]|$)").FindStringSubmatchIndex(line[i+n:])
		if end == nil {
			return out.String() + line[i:] // not closed: what follows has its meaning
		}
		i += n + end[3]
	}
	return out.String()
}

// pageTags are all that the page is made of.
var (
	tags     = regexp.MustCompile(`<[^>]*>`)
	pageTags = regexp.MustCompile(`^<(!doctype html|html lang="en"|meta (charset|name|http-equiv)="[^"]*"( content="[^"]*")?` +
		`|details class="f" id="[fl]\d+" data-f( open)?|details class="raw"|li data-f` +
		`|(p|h2|span|strong|ul|ol|li) class="(tool|sum|note|n|where|pos|fn|proven|grade|full|more|stack|std|sum legend|note left)"` +
		`|dl id="k\d+"|section id="over"|section class="bars"|div class="pictures"|th scope="col"|td class="[kwc]"|td( class="t")? data-l="[A-Z][a-z ]+"` +
		`|a href="#k\d+"|i class="(sus|ok)"|svg class="spark" viewBox="0 0 100 22" width="100" height="22" role="img" aria-label="from -?\d+ to -?\d+"` +
		`|polyline points="[-\d., ]+"/|svg viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true"|rect class="(sus|ok)" height="8" x="\d+" width="\d+"/` +
		`|section id="graph"|div|svg viewBox="0 0 \d+ \d+" width="\d+" height="\d+"|svg x="\d+" y="\d+" width="226" height="44"|path d="[-MClm\d, ]+"/` +
		`|rect rx="6" x="\d+" y="\d+" width="232" height="44"|text x="10" y="(18|35)"` +
		`|/?(section|table|thead|tbody|tr)|/(a|i|td|th|div|svg|rect|text)` +
		`|(/?(html|head|title|style|body|header|main|footer|script|h1|h2|p|dl|dt|dd|b|ul|ol|li|span|strong|code|pre|details|summary))` +
		`|/?(form|label|input|button|output)\b[^>]*)>$`)
)

func harmlessHTML(t *testing.T, got string) {
	t.Helper()
	page, script, ok := strings.Cut(got, "<script>")
	require.True(t, ok)
	assert.Equal(t, 1, strings.Count(script, "</script>"))
	for _, tag := range tags.FindAllString(page, -1) {
		assert.Regexp(t, pageTags, tag)
	}
	assert.Equal(t, strings.Count(page, "<"), len(tags.FindAllString(page, -1)), "no tag is left open")
	style, _, _ := strings.Cut(page, "</style>")
	assert.NotRegexp(t, `url\(|@import`, style[strings.Index(style, "<style>"):], "nothing is loaded")
	for _, name := range []string{"details", "summary", "span", "dl", "pre", "ol", "h2", "p"} {
		assert.Equal(t, strings.Count(page, "</"+name+">"), strings.Count(page, "<"+name+">")+strings.Count(page, "<"+name+" "), name)
	}
}

// harmlessCommands reads commands as the runner of GitHub Actions does
// (actions/runner, ActionCommand.cs).
func harmlessCommands(t *testing.T, got string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(got) {
		n++
		head, _, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
		require.True(t, ok && strings.HasPrefix(line, "::"), "%q", line)
		name, properties, _ := strings.Cut(head, " ")
		assert.Contains(t, []string{"error", "notice"}, name)
		for property := range strings.SplitSeq(properties, ",") {
			key, value, ok := strings.Cut(property, "=")
			assert.True(t, ok, "%q", line)
			assert.Contains(t, []string{"file", "line", "title"}, key)
			assert.NotContains(t, value, ":")
		}
	}
	assert.Equal(t, 3, n, "two findings and what else was left")
}

// TestLongNames has 10 MB where a name should be.
func TestLongNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<é\x1b", 1<<18) + "end" // a megabyte
	g := stackparse.Goroutine{State: long, Labels: []stackparse.Label{{Key: long, Value: long}}, Unparsed: []string{long},
		Frames:    []stackparse.Frame{{Func: "shop." + long, Args: long, File: "/" + long + ".go", Line: 1}},
		Creator:   &stackparse.Creator{Func: "shop." + long, File: long, Line: 2},
		Ancestors: []stackparse.Ancestor{{Frames: []stackparse.Frame{{Func: long}}}}}
	r := report.Build(long, []report.Leak{{Goroutine: g}}, &source.Tree{})
	assert.Equal(t, long, g.Frames[0].File[1:len(long)+1], "the caller's goroutine stays as it was")
	assert.Empty(t, r.Findings[0].Ignore, "half a name would match nothing")
	r.Remark, r.Notes = long, []string{long}
	for _, f := range formats {
		assert.Less(t, len(reporttest.Rendered(t, f.format, r)), 400_000, f.name)
	}
}

// TestLongStacks has more calls than the runtime prints.
func TestLongStacks(t *testing.T) {
	t.Parallel()
	g := stackparse.Goroutine{State: "select", Elided: 7, ElidedAt: 50}
	for range 100_000 {
		g.Frames = append(g.Frames, stackparse.Frame{Func: "shop.f", File: "/f.go", Line: 1})
		g.Labels = append(g.Labels, stackparse.Label{Key: "k", Value: "v"})
		g.Unparsed = append(g.Unparsed, "x")
		g.Ancestors = append(g.Ancestors, stackparse.Ancestor{})
	}
	g.Ancestors[0].Frames = g.Frames
	r := report.Build("", []report.Leak{{Goroutine: g}}, &source.Tree{})
	f := &r.Findings[0]
	assert.Equal(t, []int{200, 200, 100_000 - 200 + 7}, []int{len(f.Stack), len(f.Example.Frames), f.Example.Elided})
	assert.Equal(t, []int{100, 100, 100}, []int{len(f.Example.Labels), len(f.Example.Unparsed), len(f.Example.Ancestors)})
	assert.True(t, f.Example.Ancestors[0].Elided)
	assert.Len(t, f.Example.Ancestors[0].Frames, 200)
	assert.Contains(t, report.Text{}.String(r), "shop.f (200 times) < 99807 more", "what is left out is counted")
	for _, format := range formats {
		assert.Less(t, len(reporttest.Rendered(t, format.format, r)), 100_000, format.name)
	}
}
