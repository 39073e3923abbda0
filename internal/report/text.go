package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Text renders a report for a person. The zero value is ready to use.
type Text struct {
	Verbose bool // every finding, with the whole stack, ids and labels of one of its goroutines
}

const (
	maxFindings = 20  // shown, unless verbose
	maxName     = 100 // runes of a function's or test's name, unless verbose
	maxSource   = 48  // runes of a source line
	maxCalls    = 4   // calls named on a stack line
	maxNote     = 100 // columns of a note
)

// String returns the report as text: a line that sums it up, then the
// findings, at most nine lines each. It ends without a newline.
func (t Text) String(r *Report) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "leakcheck: %s\n", Escape(r.summary()))
	shown := r.Findings
	if len(shown) > maxFindings && !t.Verbose {
		shown = shown[:maxFindings]
	}
	for i := range shown {
		if i > 0 {
			b.WriteByte('\n')
		}
		t.finding(&b, &shown[i])
	}
	if rest := r.Findings[len(shown):]; len(rest) > 0 {
		n := 0
		for i := range rest {
			n += rest[i].Count
		}
		fmt.Fprintf(&b, "\n  and %d more kinds with %s; LEAKCHECK_VERBOSE=1 shows all\n", len(rest), goroutines(n))
	}
	for _, note := range r.Notes {
		b.WriteString(wrap("  note: "+Escape(note), maxNote, "        "))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Write prints the report and a newline.
func (t Text) Write(w io.Writer, r *Report) error {
	_, err := io.WriteString(w, t.String(r)+"\n")
	return err
}

func (r *Report) summary() string {
	s := goroutines(r.Total)
	switch {
	case r.Kind == Hung:
		return cut(r.Subject, maxName) + " can never end: nothing can wake it any more (proven by the garbage collector)"
	case r.Kind == Late:
		return cut(r.Subject, maxName) + " has not ended, and -timeout is about to end the process"
	case r.Subject != "":
		s += " outlived " + cut(r.Subject, maxName)
	case r.Total == 1:
		s += " is still there"
	default:
		s += " are still there"
	}
	var remarks []string
	if r.Proven > 0 {
		remarks = append(remarks, fmt.Sprintf("%d proven leaked", r.Proven))
	}
	if r.Remark != "" {
		remarks = append(remarks, r.Remark)
	}
	if len(remarks) > 0 {
		s += " (" + strings.Join(remarks, "; ") + ")"
	}
	return s
}

// wrap breaks text at spaces into lines of at most width columns where it can;
// the lines after the first begin with indent.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	for utf8.RuneCountInString(text) > width {
		i := strings.LastIndexByte(string([]rune(text)[:width]), ' ')
		if i <= len(indent) {
			break
		}
		b.WriteString(text[:i] + "\n")
		text = indent + text[i+1:]
	}
	return b.String() + text + "\n"
}

func goroutines(n int) string {
	if n == 1 {
		return "1 goroutine"
	}
	return fmt.Sprintf("%d goroutines", n)
}

// finding prints at most eight lines, so that one kind of leak with the
// summary stays within ten.
func (t Text) finding(b *bytes.Buffer, f *Finding) {
	fmt.Fprintf(b, "  + %d x %s%s\n", f.Count, Escape(f.Cause.Title), f.grade())
	rows := []struct{ name, text string }{
		{"at", ""}, {"waits", cut(f.Waits, 2*maxName)}, {"stack", t.calls(f)}, {"started", ""},
		{"owner", cut(f.Evidence, maxName)}, {"cause", f.Cause.Why}, {"fix", f.Cause.Fix}, {"ignore", f.Ignore},
	}
	rows[0].text, rows[3].text = t.sites(f.At, f.Started)
	for _, row := range rows {
		if row.text != "" {
			fmt.Fprintf(b, "      %-8s %s\n", row.name, Escape(row.text))
		}
	}
	if t.Verbose {
		t.whole(b, f)
	}
}

// grade says how sure the finding is.
func (f *Finding) grade() string {
	switch {
	case f.Proven == 0:
		return ""
	case f.Proven > 1 && f.Proven < f.Count:
		return fmt.Sprintf(" (%d proven: nothing can wake them any more)", f.Proven)
	case f.Count > 1 && f.Proven == 1:
		return " (1 proven: nothing can wake it any more)"
	case f.Count == 1:
		return " (proven: nothing can wake it any more)"
	}
	return " (proven: nothing can wake them any more)"
}

// sites prints two places in columns: position, source line, function.
func (t Text) sites(at, started Site) (string, string) {
	sites := []Site{at, started}
	columns := make([][3]string, 2)
	var width [2]int
	for i, s := range sites {
		if s.Func == "" {
			continue
		}
		columns[i] = [3]string{fmt.Sprintf("%s:%d", Escape(s.File), s.Line), cut(Escape(code(s.Source)), maxSource), Escape(t.name(s.Func))}
		for c := range width {
			width[c] = max(width[c], utf8.RuneCountInString(columns[i][c]))
		}
	}
	out := make([]string, 2)
	for i, c := range columns {
		if c[2] == "" {
			continue
		}
		out[i] = pad(c[0], width[0]) + "   "
		if width[1] > 0 {
			out[i] += pad(c[1], width[1]) + "   "
		}
		out[i] += c[2]
	}
	return out[0], out[1]
}

// code is a source line without the comment at its end.
func code(line string) string {
	before, _, found := strings.Cut(line, " // ")
	if found && (strings.Count(before, `"`)+strings.Count(before, "`"))%2 != 0 {
		return line // inside a string
	}
	return strings.TrimRight(before, " \t")
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// name is fn without the folders of its import path, which the ignore line
// spells out.
func (t Text) name(fn string) string {
	if t.Verbose {
		return fn
	}
	path := fn
	if i := strings.IndexAny(fn, "[("); i >= 0 {
		path = fn[:i]
	}
	return cut(fn[strings.LastIndexByte(path, '/')+1:], maxName)
}

// calls prints the stack on one line, innermost first. Of the standard library
// it names the calls that the user's code made last and folds the rest;
// recursion is one name with a count. Verbose reports print the whole stack
// anyway.
func (t Text) calls(f *Finding) string {
	type run struct {
		name string
		n    int
	}
	var runs []run
	own, total := 0, 0
	for i, s := range f.Stack {
		if s.Std && (own > 0 || hidden(s.Func) && i+1 < len(f.Stack)) {
			continue
		}
		if !s.Std {
			own++
		}
		total++
		if name := t.name(s.Func); len(runs) > 0 && runs[len(runs)-1].name == name {
			runs[len(runs)-1].n++
		} else {
			runs = append(runs, run{name, 1})
		}
	}
	if total < 2 || t.Verbose {
		return ""
	}
	var names []string
	for _, r := range runs[:min(len(runs), maxCalls)] {
		if r.n > 1 {
			r.name += fmt.Sprintf(" (%d times)", r.n)
		}
		names = append(names, r.name)
		total -= r.n
	}
	if more := total + f.Example.Elided; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, " < ")
}

// hidden reports whether fn is a part of the runtime that its package only
// links to, such as sync.runtime_Semacquire: the caller tells more.
func hidden(fn string) bool {
	return strings.Contains(fn, ".runtime_") || strings.HasPrefix(fn, "internal/")
}

// whole prints one goroutine as the runtime would.
func (t Text) whole(b *bytes.Buffer, f *Finding) {
	fmt.Fprintf(b, "      ids      %s\n", strings.Trim(strings.ReplaceAll(fmt.Sprint(f.IDs), " ", ", "), "[]"))
	var dump bytes.Buffer
	// A bytes.Buffer does not fail.
	_ = stackparse.Write(&dump, []stackparse.Goroutine{f.Example})
	for line := range strings.Lines(dump.String()) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			continue
		}
		indent := ""
		if rest, ok := strings.CutPrefix(line, "\t"); ok {
			indent, line = "    ", rest
		}
		fmt.Fprintf(b, "        %s%s\n", indent, Escape(line))
	}
}
