package report

import (
	"bytes"
	"cmp"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
)

// GitHub renders a report as workflow commands of GitHub Actions, which shows
// them at the lines of a pull request: an error for each of the most important
// findings, and a notice that counts the others. Proven findings come first.
type GitHub struct {
	// Dir is the folder of the main module below the root of the repository,
	// with slashes; "" where they are the same.
	Dir string

	// Limit is the most errors that are printed; 0 stands for 10, which is what
	// GitHub shows of one step.
	Limit int
}

// maxAnnotations is how many errors of one step GitHub shows.
const maxAnnotations = 10

// Write prints the commands, a line each.
func (g GitHub) Write(w io.Writer, r *Report) error {
	r = r.Fold() // has a list of its own
	sorting.Stable(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(min(b.Proven, 1), min(a.Proven, 1)))
	})
	var b bytes.Buffer
	shown, more := r.Split(cmp.Or(g.Limit, maxAnnotations))
	for i := range shown {
		g.finding(&b, &shown[i], r.Summary())
	}
	// The limit is of the step, whatever the errors are about.
	room := max(cmp.Or(g.Limit, maxAnnotations)-len(shown), 0)
	left, others := r.SplitLeft(room)
	for i := range left {
		l := &left[i]
		g.command(&b, l.InModule(), l.Title(), append([]string{r.Summary()}, texts(l.Rows())...))
	}
	if more != "" && others != "" {
		more += " and "
	}
	if more += others; more != "" {
		b.WriteString("::notice title=leakcheck::" + data(r.Summary()+"; "+more+" are not shown here") + "\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (g GitHub) finding(b *bytes.Buffer, f *Finding, summary string) {
	lines := []string{summary}
	if grade := f.Grade(); grade != "" {
		lines = append(lines, grade)
	}
	g.command(b, f.InModule(), f.Title(), append(lines, texts(f.Rows())...))
}

// texts are rows as text.
func texts(rows []Row) (lines []string) {
	for i := range rows {
		if s := rows[i].Site; s != nil {
			rows[i].Text = s.Position() + " " + ShortName(s.Func)
		}
		lines = append(lines, rows[i].Name+": "+rows[i].Text)
	}
	return lines
}

func (g GitHub) command(b *bytes.Buffer, at *Site, title string, lines []string) {
	b.WriteString("::error ")
	if at != nil {
		// A report from elsewhere may have no line, and lines begin with 1.
		b.WriteString("file=" + property(path.Join(g.Dir, at.Path)) + ",line=" + strconv.Itoa(max(at.Line, 1)) + ",")
	}
	b.WriteString("title=" + property("leakcheck: "+title) + "::")
	for i, line := range lines {
		if i > 0 {
			b.WriteString("%0A") // which the runner shows as a line break
		}
		b.WriteString(data(line))
	}
	b.WriteByte('\n')
}

// data escapes a line for the message of a command, as @actions/core does. All
// line breaks are gone before; those of the message are written by its author.
func data(s string) string { return strings.ReplaceAll(Escape(s), "%", "%25") }

// property escapes a line for a property of a command.
func property(s string) string {
	// A Replacer weighs 20 KB.
	return strings.ReplaceAll(strings.ReplaceAll(data(s), ":", "%3A"), ",", "%2C")
}
