package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Table is the kinds of a report on a line each, for a reader who has to decide
// which of them to read about.
type Table struct {
	Columns []string // those that have something to say, in order
	Lines   []Line
	More    string // the kinds without a line: "4980 more kinds with 99600 goroutines"
}

// The columns of a table. Those of a kind that nothing is known about are empty,
// and a column that is empty in every line is left out.
const (
	ColumnCount  = "count"
	ColumnGrade  = "grade"  // what speaks for a leak, in a word
	ColumnTrend  = "trend"  // as far back as there are samples
	ColumnAge    = "age"    // of the oldest goroutine
	ColumnWeight = "weight" // the memory that goes with them
	ColumnSpread = "in"     // how many of the instances or dumps
	ColumnKind   = "kind"   // what they do
	ColumnWhere  = "where"
	ColumnRoute  = "route" // the request that started them
	ColumnTest   = "test"  // whose they are, where the head does not say it
)

var columnOrder = []string{ColumnCount, ColumnGrade, ColumnTrend, ColumnAge, ColumnWeight, ColumnSpread, ColumnKind,
	ColumnWhere, ColumnRoute, ColumnTest}

// Line is a kind in a table.
type Line struct {
	Finding *Finding
	Place   int     // its index in the findings of the folded report
	Numbers []int64 // how many there were, the oldest first; nil where that is not known
	Where   Site    // zero where no one place stands for it
	cells   map[string]string
}

// Cell returns the text of a line in a column.
func (l *Line) Cell(column string) string { return l.cells[column] }

// Few is how many kinds need no table: they can be read in full.
const Few = 4

// NewTable returns the first n kinds of a report, all of them where n is 0. Ages are
// counted from now; a zero now says since when instead.
func NewTable(r *Report, n int, now time.Time) *Table {
	r = r.Fold()
	shown, more := r.Split(cmp.Or(n, len(r.Findings)))
	t := &Table{More: more}
	said := map[string]bool{}
	for i := range shown {
		l := shown[i].line(now)
		l.Place = i
		if l.cells[ColumnTest] == r.Subject { // the head says it
			l.cells[ColumnTest] = ""
		}
		for column, text := range l.cells {
			said[column] = said[column] || text != ""
		}
		t.Lines = append(t.Lines, l)
	}
	for _, column := range columnOrder {
		if said[column] {
			t.Columns = append(t.Columns, column)
		}
	}
	return t
}

func (f *Finding) line(now time.Time) Line {
	l := Line{Finding: f, Where: f.place()}
	if len(f.Numbers) > 1 {
		l.Numbers = f.Numbers
	}
	l.cells = map[string]string{
		ColumnCount:  strconv.Itoa(f.Count),
		ColumnGrade:  GradeWord(f),
		ColumnTrend:  f.change(),
		ColumnAge:    f.age(now),
		ColumnWeight: f.size(),
		ColumnSpread: f.inOf(),
		ColumnKind:   f.together() + f.Cause.Title,
		ColumnWhere:  where(&l.Where),
		ColumnRoute:  routes(f.Routes),
		ColumnTest:   f.Test,
	}
	// The title of an entry for a library goes on from that word: "of redis that nobody stopped".
	if f.Module != "" && len(f.Parts) > 0 {
		l.cells[ColumnKind] = "goroutines " + f.Cause.Title
	}
	return l
}

// place is where a reader looks first: where the goroutines wait, or what the
// user's code called where they wait in a library at several places.
func (f *Finding) place() Site {
	at := f.At
	if len(f.Parts) > 1 && (f.Module != "" || at.Std) { // several places in code that is not the reader's
		at = f.Called
		if at.Func == "" {
			at = f.Started
		}
	}
	if at.Func == "" {
		at = f.At
	}
	return at
}

func where(s *Site) string {
	name := ShortName(s.Func)
	switch position := s.Position(); {
	case position == "":
		return name
	case name == "":
		return position
	default:
		return position + " " + name
	}
}

// shortPosition is the position without the folders that a column has no room for.
func (s *Site) shortPosition() string {
	const most = 44
	file := s.File
	if columns(file) > most {
		parts := strings.Split(file, "/")
		file = fit("…/"+strings.Join(parts[max(len(parts)-2, 0):], "/"), most)
	}
	return (&Site{File: file, Line: s.Line}).Position()
}

// GradeWord returns the grade in a word, or "" for a finding without one.
func GradeWord(f *Finding) string {
	switch {
	case f.Crash:
		return "crashed"
	case f.Proven > 0 && f.Proven < f.Count:
		return fmt.Sprintf("%d proven", f.Proven)
	case f.Proven > 0:
		return cause.Proven.String()
	case f.Unreachable == f.Count && f.Count > 0:
		return cause.Unreachable.String()
	case f.Graded == 0:
		return ""
	case f.Normal:
		return "normal"
	case f.usual() || f.attends():
		return "usual"
	}
	return f.Graded.String()
}

// change says how their number changed, "" where it is not known and "+0" where it
// did not.
func (f *Finding) change() string {
	switch {
	case len(f.Numbers) > 1:
		return fmt.Sprintf("%+d", f.Numbers[len(f.Numbers)-1]-f.Numbers[0])
	case f.Growth.Each > 0:
		return "+" + strconv.FormatFloat(f.Growth.Each, 'g', 2, 64) + " each run"
	}
	return Cut(f.Basis, maxName/2)
}

// age says how long the oldest goroutine has been there.
func (f *Finding) age(now time.Time) string {
	oldest := f.oldest
	for _, p := range f.Leaves() {
		oldest = max(oldest, p.oldest, p.MaxWait)
	}
	if oldest > 0 {
		return shortAge(oldest)
	}
	since, err := time.Parse(time.RFC3339, f.Since)
	switch {
	case f.Since == "":
		return ""
	// The text is shown as it is: a file may have anything there.
	case err != nil || now.IsZero():
		return "since " + moment(f.Since)
	case now.Sub(since) < time.Minute:
		return "under 1 min"
	}
	return shortAge(Clamp(int64(now.Sub(since) / time.Minute)))
}

// shortAge is [age] for a column.
func shortAge(minutes int) string {
	n, unit := inUnits(minutes)
	return fmt.Sprintf("%d %s", n, map[string]string{"minute": "min", "hour": "h", "day": "days"}[unit])
}

// PackageOf is the package where the goroutines wait.
func PackageOf(f *Finding) string {
	return cmp.Or(stackparse.Package(f.At.Func), "not known")
}

// inOf is "3 of 20" where the goroutines are in some of several processes.
func (f *Finding) inOf() string {
	if f.Files.Of < 2 {
		return f.spread
	}
	return fmt.Sprintf("%d of %d", f.Files.In, f.Files.Of)
}

func routes(all []string) string {
	if len(all) < 2 {
		return Cut(slices.Concat(all, []string{""})[0], maxName)
	}
	return Cut(all[0], maxName) + " and " + words.Count(len(all)-1, "other")
}
