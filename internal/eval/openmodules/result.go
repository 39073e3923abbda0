package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/eval/usage"
)

// head is the head of the table that rows belong to.
const head = "| module | packages | tests | leaks (proven) | kinds | fail without us, too | differ without a leak | " +
	"the counts | files changed | plain | with checks | ratio | processor |\n" +
	"|---|---|---|---|---|---|---|---|---|---|---|---|---|\n"

// result is what is said of one module.
type result struct {
	packages       int
	tests          int      // at the top
	total, proven  int      // goroutines
	leaks          []string // each kind of leak once, for the reader who judges them
	alsoFail       int      // tests that fail without checks, too
	broken         []string
	sums           string // what is wrong with the numbers of the summary
	changed        bool
	plain, checked []usage.Cost
}

func (r *result) add(rep *report.Report) {
	r.total += rep.Total
	r.proven += rep.Proven
	for i := range rep.Findings {
		f := &rep.Findings[i]
		leak := fmt.Sprintf("%s at %s:%d, started at %s:%d", f.Cause.ID, f.At.File, f.At.Line, f.Started.File, f.Started.Line)
		if !slices.Contains(r.leaks, leak) {
			r.leaks = append(r.leaks, leak)
		}
	}
	slices.Sort(r.leaks)
}

// row is the row of the table.
func (r *result) row(m module) string {
	name := fmt.Sprintf("%s %s", m.path, m.version)
	if args := slices.Concat(m.flags, m.packages); len(args) > 0 {
		name += fmt.Sprintf(" (`%s`", strings.Join(args, " "))
		if m.why != "" {
			name += ": " + m.why
		}
		name += ")"
	}
	broken := "0"
	if len(r.broken) > 0 {
		broken = strings.Join(r.broken, ", ")
	}
	sums := "add up"
	if r.sums != "" {
		sums = r.sums
	}
	changed := "none"
	if r.changed {
		changed = "YES"
	}
	plain, checked := usage.Median(r.plain), usage.Median(r.checked)
	return fmt.Sprintf("| %s | %d | %d | %d (%d) | %d | %d | %s | %s | %s | %.2f s | %.2f s | %.2f | %.2f |\n",
		name, r.packages, r.tests, r.total, r.proven, len(r.leaks), r.alsoFail, broken, sums, changed,
		plain.Clock.Seconds(), checked.Clock.Seconds(),
		usage.Ratio(checked.Clock, plain.Clock), usage.Ratio(checked.Processor, plain.Processor))
}

// total sums up the ratios of a table: the bounds that the project holds itself to
// are 1.5 for each module and 1.10 for the median where nothing leaks.
func total(results []*result) string {
	var clean, processor []float64
	for _, r := range results {
		plain, checked := usage.Median(r.plain), usage.Median(r.checked)
		x := usage.Ratio(checked.Processor, plain.Processor)
		processor = append(processor, x)
		if r.total == 0 {
			clean = append(clean, x)
		}
	}
	return fmt.Sprintf("processor: median %.2f of %d modules, %.2f of the %d where nothing leaks; at most %.2f\n",
		middle(processor), len(processor), middle(clean), len(clean), slices.Max(processor))
}

// middle is the median, 0 of nothing.
func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
