package report

import (
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Overview is what a table of the kinds of a report says apart from the kinds.
type Overview struct {
	Rows    int    // kinds in it; 0 is all
	Others  string // how to see those without a line
	Hint    string // how to read more; may be ""
	Details bool   // all kinds are explained below it, not only what the process crashed in
}

// Table is a [Text.Table].
func (o Overview) Table(t Text, r *Report) (text string, explained []Finding) {
	table := NewTable(r, o.Rows, time.Time{})
	lines := t.overview(table)
	if table.More != "" {
		lines = append(lines, "  "+t.wrap("and "+table.More+"; "+o.Others, len("  ")))
	}
	if o.Hint != "" {
		lines = append(lines, "  "+t.paint(dim, t.wrap(o.Hint, len("  "))))
	}
	for i := range r.Findings {
		// What the process crashed in is explained in any case.
		if o.Details || r.Findings[i].Crash && len(explained) < Few {
			explained = append(explained, r.Findings[i])
		}
	}
	if len(explained) > 0 {
		lines = append(lines, "")
	}
	return strings.Join(lines, "\n") + "\n", explained
}

// overviewColumn is a column as text has it.
type overviewColumn struct {
	head  string
	right bool
	least int // columns of the terminal that are left of it where a line is too short; 0 is all
	below bool
	cell  func(t Text, l *Line) string
	style func(f *Finding) style
	width int
}

// Columns of a terminal that the parts of a table take at most.
const (
	maxKind  = 56
	maxWhere = 56
	maxRoute = 40
	sparks   = 16 // samples
	minPart  = 16 // of a part that gives way
)

// overviewColumns are the columns of the table, as far as they have something to
// say. A place is two of them, so that positions stay in one piece.
func overviewColumns(table *Table) []overviewColumn {
	var all []overviewColumn
	for _, name := range table.Columns {
		c := overviewColumn{head: name, cell: func(_ Text, l *Line) string { return l.Cell(name) }}
		switch name {
		case ColumnCount:
			c.right = true
			c.style = func(*Finding) style { return strong }
		case ColumnGrade:
			c.style = (*Finding).alarm
		case ColumnTrend:
			c.cell = sparkline
		case ColumnAge, ColumnWeight, ColumnSpread:
			c.right = true
		case ColumnKind:
			c.cell, c.least = cut(c.cell, maxKind), minPart
			c.style = func(*Finding) style { return strong }
		case ColumnWhere:
			all = append(all, overviewColumn{head: name, below: true, style: func(*Finding) style { return place },
				cell: func(_ Text, l *Line) string { return l.Where.shortPosition() }})
			c.head, c.below, c.least = "", true, minPart
			c.cell = cut(func(_ Text, l *Line) string { return ShortName(l.Where.Func) }, maxWhere)
		case ColumnRoute, ColumnTest:
			c.cell, c.below, c.least = cut(c.cell, maxRoute), true, minPart
		}
		all = append(all, c)
	}
	return all
}

func cut(cell func(Text, *Line) string, n int) func(Text, *Line) string {
	return func(t Text, l *Line) string { return fit(terminal(cell(t, l)), n) }
}

// sparkline is how their number went, in bars and as a number.
func sparkline(_ Text, l *Line) string {
	if l.Numbers == nil {
		return l.Cell(ColumnTrend)
	}
	return pad(words.Sparkline(l.Numbers, sparks), min(len(l.Numbers), sparks)) + " " + l.Cell(ColumnTrend)
}

// overview is a head and each kind on a line, or on two where lines are too
// short.
func (t Text) overview(table *Table) []string {
	cells := overviewColumns(table)
	for i := range cells {
		c := &cells[i]
		c.width = columns(c.head)
		for n := range table.Lines {
			// Escapes are printed, so they count.
			c.width = max(c.width, columns(terminal(c.cell(t, &table.Lines[n]))))
		}
	}
	stacked := t.squeeze(cells)
	lines := []string{t.overviewLine(cells, stacked, func(c *overviewColumn) (string, style) { return c.head, dim })}
	for n := range table.Lines {
		l := &table.Lines[n]
		lines = append(lines, t.overviewLine(cells, stacked, func(c *overviewColumn) (string, style) {
			if c.style == nil {
				return c.cell(t, l), plain
			}
			return c.cell(t, l), c.style(l.Finding)
		}))
	}
	return lines
}

const (
	overviewGap = "  "
	belowLead   = "        "
)

// squeeze fits the columns into the width: names of functions give way first,
// then kinds, routes and tests. It reports whether places still need a line of their
// own.
func (t Text) squeeze(cells []overviewColumn) (stacked bool) {
	over := func(below bool) int {
		n := -t.Width
		for i := range cells {
			if !below || !cells[i].below {
				n += len(overviewGap) + cells[i].width
			}
		}
		return n
	}
	if t.Width == 0 {
		return false
	}
	give := func(below bool) {
		for i := len(cells) - 1; i >= 0; i-- {
			if c := &cells[i]; c.least > 0 && !(below && c.below) {
				c.width -= min(max(over(below), 0), max(c.width-c.least, 0))
			}
		}
	}
	// Where shorter names are not enough, places move below, and the other columns get their width back.
	wide := slices.Clone(cells)
	if give(false); over(false) <= 0 {
		return false
	}
	copy(cells, wide)
	give(true)
	return true
}

func (t Text) overviewLine(cells []overviewColumn, stacked bool, cell func(*overviewColumn) (string, style)) string {
	var parts []string
	below, room := "", 0
	for i := range cells {
		c := &cells[i]
		text, s := cell(c)
		text = terminal(text)
		if stacked && c.below { // not in columns
			lead := overviewGap
			if room -= len(overviewGap); room < minPart {
				lead, room = "\n"+belowLead, t.Width-len(belowLead)
			}
			if c.least > 0 {
				text = fit(text, room)
			}
			if room -= columns(text); text != "" {
				below += lead + t.paint(s, inert(text)) // what begins a line must be no command
			}
			continue
		}
		text = fit(text, c.width)
		space := strings.Repeat(" ", c.width-columns(text))
		if c.right {
			parts = append(parts, space+t.paint(s, text))
		} else {
			parts = append(parts, t.paint(s, text)+space)
		}
	}
	return overviewGap + strings.TrimRight(strings.Join(parts, overviewGap), " ") + below
}
