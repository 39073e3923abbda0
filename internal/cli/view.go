package cli

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// view shows a watch while it runs.
type view interface {
	begin()
	show(w *watcher) bool // after each look; false where nothing can be shown any more
	end()
}

// newView returns a table on a terminal, and lines elsewhere.
func newView(e *environment, top int) view {
	if f, ok := terminal(e.stdout); ok {
		return &tableView{f: f, top: top, color: report.Colors(os.Getenv, true)}
	}
	return &lineView{out: e.stdout}
}

// lineView prints a line for each sample, and which kinds begin and stop growing.
type lineView struct {
	out     io.Writer
	total   int64
	growing map[string]string // by key, for those that stop
}

func (v *lineView) begin() {}
func (v *lineView) end()   {}

func (v *lineView) show(w *watcher) bool {
	text := v.text(w)
	_, err := io.WriteString(v.out, text)
	return err == nil
}

func (v *lineView) text(w *watcher) string {
	var b strings.Builder
	now := time.Now().Format(time.TimeOnly)
	if w.err != nil {
		return fmt.Sprintf("%s  no answer: %s\n", now, report.Escape(w.err.Error()))
	}
	total := last(w.history.Totals())
	line := fmt.Sprintf("%s  %s", now, words.Count(int(total), "goroutine"))
	switch {
	case w.restarted:
		line += ", of a restarted process"
		v.growing = nil
	case len(w.history.Totals()) > 1:
		line += fmt.Sprintf(" (%+d)", total-v.total)
	}
	v.total = total
	fmt.Fprintln(&b, line)
	growing := map[string]string{}
	for _, g := range w.growing {
		k := w.kinds[g.Key]
		growing[g.Key] = report.Escape(fmt.Sprintf("%s at %s", k.title, k.at))
		if _, known := v.growing[g.Key]; !known {
			numbers := w.history.Numbers(g.Key)
			fmt.Fprintf(&b, "          grows: %s %d x %s\n", words.Sparkline(numbers, sparkWidth), last(numbers), growing[g.Key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(v.growing)) {
		if _, still := growing[key]; !still {
			fmt.Fprintf(&b, "          stopped growing: %d x %s\n", last(w.history.Numbers(key)), v.growing[key])
		}
	}
	v.growing = growing
	return b.String()
}

// sparkWidth is the number of samples that a sparkline shows.
const sparkWidth = 24

// tableView redraws a table after each sample, on the alternate screen of the
// terminal, so that the previous content comes back at the end.
type tableView struct {
	f     *os.File
	top   int
	color bool
}

// Control sequences of xterm.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l" // the other screen, without a cursor
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	topLeft     = "\x1b[H"
	eraseLine   = "\x1b[K"
	eraseBelow  = "\x1b[J"
	red, normal = "\x1b[1;31m", "\x1b[0m"
)

func (v *tableView) begin() { fmt.Fprint(v.f, enterScreen+topLeft+"taking the first sample") }
func (v *tableView) end()   { fmt.Fprint(v.f, leaveScreen) }

func (v *tableView) show(w *watcher) bool {
	columns, rows, err := term.GetSize(int(v.f.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		columns, rows = 80, 24
	}
	var b strings.Builder
	b.WriteString(topLeft)
	lines := v.table(w, columns, rows-1)
	for _, line := range lines {
		text := clip(line.text, columns)
		if line.alarm && v.color {
			text = red + text + normal
		}
		b.WriteString(text + eraseLine + "\r\n")
	}
	b.WriteString(eraseBelow)
	_, err = fmt.Fprint(v.f, b.String())
	return err == nil
}

type tableLine struct {
	text  string
	alarm bool
}

// table lists what is to be seen on a terminal of so many columns, in at most so
// many lines.
func (v *tableView) table(w *watcher, columns, most int) []tableLine {
	spark := sparkWidth
	if columns < 100 {
		spark /= 2
	}
	lines := []tableLine{
		{text: report.Escape(fmt.Sprintf("%s  every %s, %s%s; Ctrl-C ends", w.url, w.o.loop.Interval,
			words.Count(w.looks, "sample"), w.mishaps()))},
	}
	if w.err != nil {
		lines = append(lines, tableLine{report.Escape(fmt.Sprintf("no answer: %v", w.err)), true})
	}
	totals := w.history.Totals()
	lines = append(lines, tableLine{text: ""},
		tableLine{text: fmt.Sprintf("%8d %+8d  %-*s  goroutines in total; %s", last(totals), last(totals)-w.first,
			spark, words.Sparkline(totals, spark), w.verdict())},
		tableLine{text: ""},
		tableLine{text: fmt.Sprintf("%8s %8s  %-*s  %s", "now", "change", spark, "trend", "what they do")})
	kinds := w.rows()
	if v.top > 0 && len(kinds) > v.top {
		kinds = kinds[:v.top]
	}
	for i, k := range kinds {
		if len(lines) >= most {
			break
		}
		numbers := w.history.Numbers(k.key)
		note := ""
		if i < len(w.growing) {
			note = "grows: "
		}
		if k.proven > 0 {
			note += fmt.Sprintf("%d proven leaked: ", k.proven)
		}
		text := fmt.Sprintf("%8d %+8d  %-*s  %s", last(numbers), last(numbers)-numbers[0], spark,
			words.Sparkline(numbers, spark), report.Escape(note))
		text += what(report.Escape(k.title), report.Escape(k.at), columns-utf8.RuneCountInString(text))
		lines = append(lines, tableLine{text, note != ""})
	}
	return lines
}

// what fits what a kind does and where it does so into a line. The function goes
// first, then the folders, then the end of what it does: the place is what a reader
// looks for.
func what(title, at string, room int) string {
	const between = " at "
	over := func() int { return utf8.RuneCountInString(title+between+at) - room }
	if over() > 0 {
		at, _, _ = strings.Cut(at, " ")
	}
	if i := strings.LastIndexByte(at, '/'); over() > 0 && i > 0 {
		at = "…" + at[i:]
	}
	if n := over(); n > 0 {
		title = report.Cut(title, max(utf8.RuneCountInString(title)-n, 1))
	}
	return title + between + at
}

// clip cuts a line at so many characters. Wider ones are rare in code, and a
// terminal that does not wrap loses nothing by them.
func clip(line string, columns int) string {
	n := 0
	for i := range line {
		if n == columns {
			return line[:i]
		}
		n++
	}
	return line
}
