package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is what became of a kernel in one mode.
type row struct {
	kernel kernel
	mode   mode
	tries  int
	leaked int // tries in which it leaked
	trial      // the worst of them
}

// add takes in one more run.
func (r *row) add(t trial) {
	r.tries++
	if t.verdict != noLeak {
		r.leaked++
	}
	worst := r.trial
	if r.tries == 1 || t.verdict > worst.verdict || t.verdict == worst.verdict && t.took > worst.took {
		worst = t
	}
	for _, cause := range append(r.causes, t.causes...) {
		if !slices.Contains(worst.causes, cause) {
			worst.causes = append(worst.causes, cause)
		}
	}
	r.trial = worst
}

// columns are the titles of a table's columns.
var columns = []string{"kernel", "family", "mode", "verdict", "leaked", "time", "causes", "detail"}

// cells are the columns of r.
func (r row) cells() []string {
	took := ""
	if r.verdict != noLeak {
		took = r.took.Round(time.Millisecond).String()
	}
	return []string{
		r.kernel.name, r.kernel.family, string(r.mode), r.verdict.String(),
		fmt.Sprintf("%d/%d", r.leaked, r.tries), took, strings.Join(r.causes, "; "), r.detail,
	}
}

// String is a row by itself.
func (r row) String() string { return strings.Join(r.cells(), " | ") }

// table is the outcome of all runs with one toolchain.
type table struct {
	version    string // as go version prints it
	experiment string
	rows       []row
}

// ok reports whether the checker did what it can on every row.
func (t *table) ok() bool {
	return !slices.ContainsFunc(t.rows, func(r row) bool { return r.verdict >= partly })
}

// title names what the kernels were built with.
func (t *table) title() string {
	if t.experiment == "" {
		return t.version
	}
	return t.version + ", GOEXPERIMENT=" + t.experiment
}

// summary has a line for each mode that counts the verdicts.
func (t *table) summary() []string {
	var lines []string
	for _, m := range allModes {
		counts := map[verdict]int{}
		all := 0
		for i := range t.rows {
			if t.rows[i].mode == m {
				counts[t.rows[i].verdict]++
				all++
			}
		}
		if all == 0 {
			continue
		}
		line := fmt.Sprintf("%s: %d kernels", m, all)
		for v := noLeak; v <= broken; v++ {
			if counts[v] > 0 {
				line += fmt.Sprintf(", %d %s", counts[v], v)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// text writes the table in columns.
func (t *table) text(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "%s\n\n%s\n", t.title(), strings.Join(columns, "\t"))
	for i := range t.rows {
		fmt.Fprintln(tw, strings.Join(t.rows[i].cells(), "\t"))
	}
	tw.Flush()
	fmt.Fprintf(w, "\n%s\n", strings.Join(t.summary(), "\n"))
}

// markdown writes the table for a page.
func (t *table) markdown(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n", t.title())
	for _, line := range t.summary() {
		fmt.Fprintf(w, "- %s\n", line)
	}
	fmt.Fprintf(w, "\n| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for i := range t.rows {
		cells := t.rows[i].cells()
		for j := range cells {
			cells[j] = strings.ReplaceAll(cells[j], "|", `\|`)
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
}
