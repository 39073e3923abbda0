package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Markdown renders a report in GitHub's dialect of Markdown, for a comment on
// a pull request or the summary of a step: the first findings in full, with
// their stacks folded, further ones on a line each, and a count of those for
// which there was no room.
//
// Text from a dump stands in code spans, where no mention, reference or link
// is looked for, or has what starts one taken apart.
type Markdown struct {
	// Limit is the most bytes that are written; 0 stands for [StepLimit], and
	// fewer than 8 KiB count as 8 KiB.
	Limit int
}

// What GitHub takes at most. It counts a comment in characters, of which there
// are never more than bytes.
const (
	CommentLimit = 65536   // a comment
	StepLimit    = 1 << 20 // the summary of a step of a workflow
)

const (
	minMarkdown  = 8 << 10
	markdownTail = 4 << 10 // kept free for the closing lines
)

// Write prints the report as Markdown.
func (m Markdown) Write(w io.Writer, r *report.Report) error {
	r = r.Fold()
	room := m.Limit
	if room == 0 {
		room = StepLimit
	}
	room = max(room, minMarkdown) - markdownTail
	var b bytes.Buffer
	b.WriteString("### leakcheck: " + prose(r.Summary()) + "\n")
	for _, message := range r.Crash {
		b.WriteString("\n" + prose("crash: "+report.Cut(strings.ReplaceAll(message, "\n", " / "), report.MaxNote)) + "\n")
	}
	for i := range r.Requests {
		m.fits(&b, room, "\n"+prose("left: "+r.Requests[i].String())+"\n")
	}
	n := 0
	for ; n < min(len(r.Findings), report.MaxShown); n++ {
		if !m.fits(&b, room, m.finding(&r.Findings[n])) {
			break
		}
	}
	for first := n; n < len(r.Findings); n++ {
		line := m.line(&r.Findings[n])
		if n == first {
			line = "\n" + line
		}
		if !m.fits(&b, room, line) {
			break
		}
	}
	m.left(&b, room, r)
	if _, more := r.Split(n); more != "" {
		b.WriteString("\nand " + more + ", left out because of the size limit\n")
	}
	m.notes(&b, room+markdownTail, r.Notes)
	_, err := w.Write(b.Bytes())
	return err
}

// fits adds text to b unless it would then hold more than limit bytes.
func (Markdown) fits(b *bytes.Buffer, limit int, text string) bool {
	if b.Len()+len(text) > limit {
		return false
	}
	b.WriteString(text)
	return true
}

func (m Markdown) notes(b *bytes.Buffer, limit int, notes []string) {
	for _, note := range notes {
		if !m.fits(b, limit, "\n> "+prose(report.Cut(note, report.MaxNote))+"\n") {
			return
		}
	}
}

// left writes what else outlived the subject.
func (m Markdown) left(b *bytes.Buffer, room int, r *report.Report) {
	shown, more := r.SplitLeft(report.MaxLeft)
	for i := range shown {
		var one strings.Builder
		fmt.Fprintf(&one, "\n**%s**\n\n", prose(shown[i].Title()))
		m.rows(&one, shown[i].Rows())
		m.fits(b, room, one.String())
	}
	if more != "" {
		m.fits(b, room, "\nand "+more+", left out because of the size limit\n")
	}
}

func (m Markdown) finding(f *report.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n**%s**%s\n\n", prose(f.Title()), parenthesis(f.Grade()))
	m.rows(&b, f.Rows())
	m.suggestions(&b, f.Fix)
	for _, leaf := range f.Leaves() {
		if len(leaf.Stack) < 2 && len(f.Parts) < 2 {
			continue
		}
		summary := words.Count(len(leaf.Stack), "call")
		if len(f.Parts) > 1 {
			summary = prose(leaf.Title()) + ": " + summary
		}
		fmt.Fprintf(&b, "\n<details><summary>%s</summary>\n\n%s\n</details>\n", summary, fence("text", stack(&leaf)))
	}
	return b.String()
}

func (m Markdown) rows(b *strings.Builder, rows []report.Row) {
	for i := range rows {
		switch r := &rows[i]; {
		case r.Brief && r.Name != "stacks":
		case r.Site != nil:
			fmt.Fprintf(b, "- %s: %s\n", r.Name, m.site(r.Site))
		case r.Code:
			fmt.Fprintf(b, "- %s: %s\n", r.Name, span(r.Text))
		default:
			fmt.Fprintf(b, "- %s: %s\n", r.Name, prose(r.Text))
		}
	}
}

// suggestions are the change that ended the leak when it was tried, in the form in
// which a comment on these lines of a pull request offers to commit it.
func (m Markdown) suggestions(b *strings.Builder, fix *report.Fix) {
	if fix == nil || !fix.Trial.Passed {
		return
	}
	for _, e := range fix.Edits {
		lines := fmt.Sprintf("line %d", e.Line)
		if e.Lines > 1 {
			lines = fmt.Sprintf("lines %d to %d", e.Line, e.Line+e.Lines-1)
		}
		fmt.Fprintf(b, "\n%s, %s:\n\n%s", span(e.Path), lines, code("suggestion", e.Text))
	}
}

// code puts code into a code block, each of its lines escaped except for tabs.
func code(kind, s string) string {
	var lines strings.Builder
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\r\n")
		parts := strings.Split(line, "\t")
		for i := range parts {
			parts[i] = report.Escape(parts[i])
		}
		lines.WriteString(strings.Join(parts, "\t") + "\n")
	}
	return fence(kind, lines.String())
}

func parenthesis(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func (Markdown) site(s *report.Site) string {
	var parts []string
	if at := s.Position(); at != "" {
		parts = append(parts, span(at))
	}
	if line := s.Code(); line != "" {
		parts = append(parts, span(line))
	}
	return strings.Join(append(parts, span(report.ShortName(s.Func))), " ")
}

// line is a finding for which there is no more room than that.
func (m Markdown) line(f *report.Finding) string {
	line := "- " + prose(f.Title()) + parenthesis(f.Grade())
	if f.At.Func != "" {
		line += ": " + m.site(&f.At)
	}
	return line + "\n"
}

// stack is the whole stack, a line for each call.
func stack(f *report.Finding) string {
	var b strings.Builder
	for i := range f.Stack {
		fmt.Fprintf(&b, "%s  %s\n", report.Escape(strings.ReplaceAll(f.Stack[i].Func, "%2e", ".")),
			report.Escape(f.Stack[i].Position()))
	}
	if f.Example.Elided > 0 {
		fmt.Fprintf(&b, "(%d more in the middle)\n", f.Example.Elided)
	}
	return b.String()
}

// span puts s into a code span: between more backticks than follow one another
// in it. A space on either side, which is not shown, keeps them apart.
func span(s string) string {
	s = report.Escape(s)
	if strings.TrimSpace(s) == "" {
		return ""
	}
	ticks := strings.Repeat("`", longestRun(s, '`')+1)
	if len(ticks) > 1 {
		return ticks + " " + s + " " + ticks
	}
	return ticks + s + ticks
}

// fence puts escaped lines into a code block.
func fence(kind, s string) string {
	ticks := strings.Repeat("`", max(3, longestRun(s, '`')+1))
	return ticks + kind + "\n" + s + ticks + "\n"
}

func longestRun(s string, c byte) int {
	longest, n := 0, 0
	for i := range len(s) {
		if s[i] != c {
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	return longest
}

// marks takes apart what Markdown and GitHub give a meaning to. A mention or
// reference is looked for after Markdown is done, so a backslash does not stop
// it, but a character of no width in its middle does.
var marks = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `<`, `\<`, `>`, `\>`, `|`, `\|`, `~`, `\~`, `&`,
	`\&`, `$`, `\$`, `!`, `\!`,
	`@`, `@&#8203;`, `#`, `#&#8203;`, `://`, `:&#8203;//`, `www.`, `www&#8203;.`, `GH-`, `GH&#8203;-`, `gh-`, `gh&#8203;-`,
)

// prose is s as text between Markdown. It never stands at the start of a line,
// where more characters would have a meaning.
func prose(s string) string { return marks.Replace(report.Escape(s)) }
