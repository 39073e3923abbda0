package cli

import (
	"os"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// outline decides how much a report says as text: of many kinds a table, of few
// or where it is asked for what is known of each.
type outline struct {
	top     int // at most so many kinds; 0 is all; negative is what fits
	details bool
	verbose bool

	rows  int // of the table
	table bool
	brief bool
}

// How many kinds are shown where nobody says.
const (
	defaultTop = 10 // that are explained
	tableTop   = 20 // on a line each, which fits a screen
)

// arrange chooses, and returns what is shown of r.
func (o *outline) arrange(r *report.Report) *report.Report {
	if o.top < 0 && !o.verbose {
		r = r.Unusual("shown with -top 0")
	}
	kinds := len(r.Fold().Findings)
	if o.top > 0 {
		kinds = min(kinds, o.top)
	}
	o.table = !o.verbose && kinds >= report.Few
	o.brief = o.table && !o.details
	if o.rows = o.top; o.top < 0 {
		o.rows = tableTop
	}
	if !o.brief && o.top > 0 {
		r = r.Top(o.top)
	}
	return r
}

// text prints what was arranged.
func (o *outline) text(e *environment) report.Text {
	color := report.Colors(os.Getenv, isTerminal(e.stdout))
	t := report.Text{Verbose: o.verbose, All: true, Color: color, Width: width(e.stdout)}
	table := report.Overview{Rows: o.rows, Others: "they are below", Details: true}
	if o.brief {
		table = report.Overview{Rows: o.rows, Others: "-top 0 lists all",
			Hint: "-details explains each kind: what it waits for, the likely cause and the fix"}
	}
	if o.table {
		t.Table = table.Table
	}
	return t
}
