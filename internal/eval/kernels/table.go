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
	worst.causes = union(worst.causes, union(r.causes, t.causes))
	r.trial = worst
}

// union is a followed by what is in b alone.
func union(a, b []string) []string {
	a = slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
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
	evidence   evidence
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

// late is how long a test may hang before it has to be explained.
const late = 5 * time.Second

// compared says of the goroutines that the runtime proves, or that were left where
// it proves nothing, how many the checker found unreachable at once, and where the
// two differ. It is nil where the checker decided by the proof itself.
func (t *table) compared() []string {
	if t.evidence != byHeap {
		return nil
	}
	want, agreed, slow := 0, 0, 0
	told := "left"
	var lines []string
	for i := range t.rows {
		r := &t.rows[i]
		leaked := r.left
		if r.proves {
			leaked, told = r.proven, "proven by the runtime"
		}
		want += leaked
		agreed += min(leaked, r.certain)
		if leaked != r.certain {
			lines = append(lines, fmt.Sprintf("differs: %s %s: %d %s, %d unreachable: %s",
				r.mode, r.kernel.name, leaked, told, r.certain, r.detail))
		}
		if r.verdict == explained && r.took > late {
			slow++
			lines = append(lines, fmt.Sprintf("late: %s %s: explained after %v",
				r.mode, r.kernel.name, r.took.Round(time.Millisecond)))
		}
	}
	share := 100.0
	if want > 0 {
		share = 100 * float64(agreed) / float64(want)
	}
	head := fmt.Sprintf("unreachable at once: %d of %d goroutines %s (%.1f %%); %d tests explained after more than %v",
		agreed, want, told, share, slow, late)
	return append([]string{head}, lines...)
}

// text writes the table in columns.
func (t *table) text(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "%s\n\n%s\n", t.title(), strings.Join(columns, "\t"))
	for i := range t.rows {
		fmt.Fprintln(tw, strings.Join(t.rows[i].cells(), "\t"))
	}
	tw.Flush()
	fmt.Fprintf(w, "\n%s\n", strings.Join(append(t.summary(), t.compared()...), "\n"))
}

// markdown writes the table for a page, with a row for each kernel, and above
// it the details of what was not found.
func (t *table) markdown(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n", t.title())
	for _, line := range append(t.summary(), t.compared()...) {
		fmt.Fprintf(w, "- %s\n", line)
	}
	for i := range t.rows {
		if r := &t.rows[i]; r.verdict > explained {
			fmt.Fprintf(w, "- %s %s: %s: %s\n", r.mode, r.kernel.name, r.verdict, r.detail)
		}
	}
	fmt.Fprintf(w, "\n| kernel | family | started | called | causes printed |\n|---|---|---|---|---|\n")
	for _, k := range t.kernels() {
		cells := []string{k.name, k.family}
		var causes []string
		for _, m := range allModes {
			r := t.row(k, m)
			cells = append(cells, r.brief())
			causes = union(causes, r.causes)
		}
		cells = append(cells, strings.Join(causes, "; "))
		for j := range cells {
			cells[j] = strings.ReplaceAll(cells[j], "|", `\|`)
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
}

// kernels are the kernels of t in order, each once.
func (t *table) kernels() []kernel {
	var all []kernel
	for i := range t.rows {
		if k := t.rows[i].kernel; !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all
}

// row returns the row of k in mode m, empty where it was not tried.
func (t *table) row(k kernel, m mode) row {
	for _, r := range t.rows {
		if r.kernel == k && r.mode == m {
			return r
		}
	}
	return row{}
}

// brief is a row in a few words: verdict, time, and the runs where some did not
// leak.
func (r row) brief() string {
	switch {
	case r.tries == 0:
		return ""
	case r.verdict == noLeak:
		return fmt.Sprintf("%s in %d runs", noLeak, r.tries)
	}
	brief := fmt.Sprintf("%s, %v", r.verdict, r.took.Round(time.Millisecond))
	if r.leaked < r.tries {
		brief += fmt.Sprintf(" (leaked in %d of %d runs)", r.leaked, r.tries)
	}
	return brief
}
