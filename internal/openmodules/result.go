package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/report"
)

// head is the head of the table that rows belong to.
const head = `| module | packages | leaks (proven) | kinds | fail without us, too | fail without a leak | files changed | plain | with checks | ratio |
|---|---|---|---|---|---|---|---|---|---|
`

// result is what is said of one module.
type result struct {
	packages       int
	total, proven  int      // goroutines
	leaks          []string // each kind of leak once, for the reader who judges them
	alsoFail       int      // tests that fail without checks
	broken         []string
	changed        bool
	plain, checked []time.Duration
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
	if len(m.flags) > 0 {
		name += fmt.Sprintf(" (`%s`: %s)", strings.Join(m.flags, " "), m.why)
	}
	broken := "0"
	if len(r.broken) > 0 {
		broken = strings.Join(r.broken, ", ")
	}
	changed := "none"
	if r.changed {
		changed = "YES"
	}
	plain, checked := median(r.plain), median(r.checked)
	return fmt.Sprintf("| %s | %d | %d (%d) | %d | %d | %s | %s | %.2f s | %.2f s | %.2f |\n", name, r.packages, r.total, r.proven, len(r.leaks),
		r.alsoFail, broken, changed, plain.Seconds(), checked.Seconds(), checked.Seconds()/plain.Seconds())
}

// median returns the middle one of times, which are not empty; of an even number
// the lesser of the two in the middle.
func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[(len(sorted)-1)/2]
}
