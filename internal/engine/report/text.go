package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Text renders a report for a person. The zero value is ready to use: it
// prints without colours and as if lines had no end.
type Text struct {
	Verbose bool   // every finding, with the whole stack, ids and labels of one of its goroutines
	Color   bool   // see [Colors]
	All     bool   // all findings, whether or not verbose
	Name    string // begins the text; "leakcheck" if empty
	Head    string // in place of the line that sums a report up, where that is a part of something else

	// Table, where there is one, makes what comes before the findings, and chooses
	// those that are explained below it: see [Overview].
	Table func(t Text, r *Report) (table string, explained []Finding)

	// Width is the number of columns to fit lines into; 0 is no limit, and
	// fewer than 40 count as 40. Positions, ignore lines and the whole stacks
	// of a verbose report stay in one piece, to be clicked, pasted and compared.
	Width int
}

// LiveName begins the texts of leakhttp. They quote stacks and are no dumps, which
// the command tells by it: nothing else begins with it.
const LiveName = "leakcheck live"

const (
	maxSource = 48  // columns of a source line
	noteWidth = 100 // columns of a note
	minWidth  = 40
	rowLead   = 15 // columns before the text of a row
)

// String returns the report as text: a line that sums it up, then the
// findings, at most nine lines each. It ends without a newline.
func (t Text) String(r *Report) string {
	if t.Width > 0 {
		t.Width = max(t.Width, minWidth)
	}
	r = r.Fold()
	var b bytes.Buffer
	lead := cmp.Or(t.Name, "leakcheck") + ": "
	b.WriteString(lead + t.paint(strong, t.wrap(terminal(cmp.Or(t.Head, r.Summary())), len(lead))) + "\n")
	for _, line := range r.CrashLines() {
		b.WriteString("  " + t.paint(alarm, terminal(line)) + "\n")
	}
	for i := range r.Requests {
		const lead = "  left: "
		b.WriteString(lead + t.paint(alarm, t.wrap(terminal(r.Requests[i].String()), len(lead))) + "\n")
	}
	shown, more := r.Split(t.limit(r))
	if t.Table != nil {
		var table string
		table, shown = t.Table(t, r)
		more = "" // the table says it
		b.WriteString("\n" + table)
	}
	for i := range shown {
		// Usual findings are short and read as a list.
		if i > 0 && !(shown[i].usual() && shown[i-1].usual()) {
			b.WriteByte('\n')
		}
		t.finding(&b, &shown[i])
	}
	t.left(&b, r)
	t.more(&b, more)
	for _, note := range r.Notes {
		t.note(&b, note)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// left prints what else outlived the subject.
func (t Text) left(b *bytes.Buffer, r *Report) {
	n := MaxLeft
	if t.Verbose || t.All {
		n = len(r.Left)
	}
	shown, more := r.SplitLeft(n)
	for i := range shown {
		if i > 0 || len(r.Findings) > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("  + " + t.paint(strong, t.wrap(terminal(shown[i].Title()), len("  + "))) + "\n")
		t.rows(b, shown[i].Rows())
	}
	t.more(b, more)
}

// more says what else there is.
func (t Text) more(b *bytes.Buffer, more string) {
	if more != "" {
		b.WriteString("\n  " + t.wrap("and "+more+"; LEAKCHECK_VERBOSE=1 shows all", len("  ")) + "\n")
	}
}

// limit is how many findings are shown.
func (t Text) limit(r *Report) int {
	if t.Verbose || t.All {
		return len(r.Findings)
	}
	return MaxShown
}

// Write prints the report and a newline.
func (t Text) Write(w io.Writer, r *Report) error {
	_, err := io.WriteString(w, t.String(r)+"\n")
	return err
}

// terminal makes text from a dump harmless on a terminal and in the log of
// GitHub Actions, whose runner takes "##[" anywhere in a line for a command.
func terminal(s string) string {
	return strings.ReplaceAll(Escape(s), "##[", `\x23#[`)
}

func (t Text) wrap(text string, lead int) string {
	if t.Width == 0 {
		return text
	}
	return wrap(text, lead, t.Width)
}

func (t Text) note(b *bytes.Buffer, note string) {
	const lead = "  note: "
	width := noteWidth
	if t.Width > 0 {
		width = min(width, t.Width)
	}
	b.WriteString(lead + wrap(terminal(Cut(note, MaxNote)), len(lead), width) + "\n")
}

// finding prints at most eight lines, so that one kind of leak with the
// summary stays within ten, where lines have no end.
func (t Text) finding(b *bytes.Buffer, f *Finding) {
	t.title(b, f)
	t.rows(b, f.Rows())
	if t.Verbose {
		t.whole(b, f)
	}
}

func (t Text) rows(b *bytes.Buffer, rows []Row) {
	l := t.layout(rows)
	for i := range rows {
		// Verbose shows the stacks themselves, but not how many goroutines have each.
		if !rows[i].Brief || !t.Verbose || rows[i].Name == "stacks" {
			fmt.Fprintf(b, "      %s %s\n", t.paint(dim, pad(rows[i].Name, 8)), t.row(&rows[i], l))
		}
	}
}

func (t Text) title(b *bytes.Buffer, f *Finding) {
	title := terminal(f.Title())
	grade := f.Grade()
	if grade != "" {
		grade = " (" + grade + ")"
	}
	line := t.wrap(title+grade, len("  + "))
	// A title that is broken over lines stays plain.
	if rest, ok := strings.CutPrefix(line, title); ok {
		line = t.paint(strong, title) + t.paint(f.alarm(), rest)
	}
	b.WriteString("  + " + line + "\n")
}

// alarm is the style of a grade.
func (f *Finding) alarm() style {
	if f.Suspect() {
		return alarm
	}
	return dim
}

func (t Text) row(r *Row, l layout) string {
	switch {
	case r.Site != nil:
		return t.site(r.Site, l)
	case r.Code:
		return terminal(r.Text)
	case r.Name == "fix":
		return t.paint(good, t.wrap(terminal(r.Text), rowLead))
	}
	return t.wrap(terminal(r.Text), rowLead)
}

// place prints a site in three parts: position, source line, function.
func (t Text) place(s *Site) [3]string {
	return [3]string{terminal(s.Position()), fit(terminal(s.Code()), maxSource), terminal(t.name(s.Func))}
}

func (t Text) name(fn string) string {
	if t.Verbose {
		return fn
	}
	return ShortName(fn)
}

// layout is how the sites of a finding are printed: their three parts in
// columns below each other, or, where a line is too short, on a line each.
type layout struct {
	widths  [3]int
	stacked bool
}

// layout finds room for the sites among rows. The source line gives way first
// and then the name, as long as something of them is left.
func (t Text) layout(rows []Row) (l layout) {
	for i := range rows {
		if rows[i].Site != nil {
			for c, part := range t.place(rows[i].Site) {
				l.widths[c] = max(l.widths[c], columns(part))
			}
		}
	}
	if t.Width == 0 {
		return l
	}
	const least = 16
	over := rowLead + l.widths[0] + len(gap) + l.widths[1] + len(gap) + l.widths[2] - t.Width
	if l.widths[1] == 0 {
		over -= len(gap) // no gap without a source line
	}
	for _, c := range []int{1, 2} {
		give := min(max(over, 0), max(l.widths[c]-least, 0))
		l.widths[c] -= give
		over -= give
	}
	l.stacked = over > 0
	return l
}

// gap is between the parts of a site.
const gap = "   "

func (t Text) site(s *Site, l layout) string {
	parts := t.place(s)
	if l.stacked {
		lines := []string{t.paint(place, parts[0])}
		if parts[1] != "" {
			lines = append(lines, inert(fit(parts[1], t.Width-rowLead)))
		}
		lines = append(lines, t.paint(strong, inert(fit(parts[2], t.Width-rowLead))))
		return strings.Join(lines, "\n"+strings.Repeat(" ", rowLead))
	}
	line := t.paint(place, parts[0]) + pad("", l.widths[0]-columns(parts[0])) + gap
	if parts[1] != "" { // a library's code is not shown, and leaves no gap
		line += pad(fit(parts[1], l.widths[1]), l.widths[1]) + gap
	}
	return line + t.paint(strong, fit(parts[2], l.widths[2]))
}

// whole prints one goroutine as the runtime would.
func (t Text) whole(b *bytes.Buffer, f *Finding) {
	ids := strings.Trim(strings.ReplaceAll(fmt.Sprint(f.IDs), " ", ", "), "[]") // Sprint has [7 8]
	fmt.Fprintf(b, "      %s %s\n", t.paint(dim, pad("ids", 8)), ids)
	for line := range strings.Lines(f.dumps()) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			continue
		}
		indent := ""
		if rest, ok := strings.CutPrefix(line, "\t"); ok {
			indent, line = "    ", rest
		}
		fmt.Fprintf(b, "        %s%s\n", indent, inert(terminal(line)))
	}
}

// dumps are one goroutine of each part of the finding.
func (f *Finding) dumps() string {
	var b strings.Builder
	for _, leaf := range f.Leaves() {
		b.WriteString(leaf.Dump())
	}
	return b.String()
}

// Dump is one goroutine of the finding as the runtime would print it. A name
// with a line break, which only a profile can bring, is escaped.
func (f *Finding) Dump() string {
	var b bytes.Buffer
	// A bytes.Buffer does not fail, so the error is a line break.
	if err := stackparse.Write(&b, []stackparse.Goroutine{f.Example}); err != nil {
		g := f.Example
		rewrite(&g, Escape)
		b.Reset()
		_ = stackparse.Write(&b, []stackparse.Goroutine{g})
	}
	return b.String()
}
