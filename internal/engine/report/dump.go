package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Group is a kind of goroutines in a dump.
type Group struct {
	stackparse.Grouped
	First int    // index of one of them among the goroutines of the dump
	Trend string // how their number changed
}

// BuildDump makes a report of the groups in a dump, in which nothing is known
// to be a leak: each finding has a grade that says what speaks for it, and
// those with the stronger one come first. The goroutines gs are those of the
// whole dump, where they are known, so that it can be told who holds what
// others wait for.
func BuildDump(subject string, groups []Group, gs []stackparse.Goroutine, tree *source.Tree) *Report {
	r := &Report{Kind: Dumped, Subject: subject}
	causes := cause.NewClassifier(gs, tree)
	ids := make([]string, len(gs))
	for i := range groups {
		g := &groups[i]
		if g.Count <= 0 {
			continue
		}
		f := newFinding(&Leak{Goroutine: *g.Goroutine}, tree, causes.Of(g.First))
		ids[g.First] = f.Cause.ID
		f.fromGroup(g)
		r.Findings = append(r.Findings, f)
		r.Total = sum(r.Total, f.Count)
		r.Proven = sum(r.Proven, f.Proven)
	}
	for i := range gs {
		if ids[i] == "" {
			ids[i] = causes.Of(i).ID
		}
	}
	rel := newRelations(gs, ids, tree)
	for n := range r.Findings {
		f := &r.Findings[n]
		f.Waits, f.Through = rel.phrase(f.Rank), rel.through(f.Rank)
		f.Rank = 2*f.weight() + rel.rank(f.Rank)
		f.bound()
	}
	slices.SortStableFunc(r.Findings, order)
	r.Remark = r.grades()
	return r
}

// AsDump makes of a report on counted goroutines, as [Build] has made it, one
// in which nothing is known to be a leak and which the command leaves things
// out of.
func (r *Report) AsDump(subject string) {
	r.Kind, r.Subject, r.Remark = Dumped, subject, r.grades()
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Ignore = exclude(&f.Example)
		f.nameUnknown()
	}
}

// fromGroup takes over what a group knows. The rank is, for now, the index of
// the example.
func (f *Finding) fromGroup(g *Group) {
	f.Count, f.Proven, f.Rank = clamp(g.Count), clamp(max(g.Leaked, 0)), g.First
	f.IDs, f.MinWait, f.MaxWait = g.IDs, int(g.MinWait/time.Minute), int(g.MaxWait/time.Minute)
	f.Trend = g.Trend
	f.Graded = cause.GradeOf(g.Goroutine.State, g.Leaked > 0, f.MaxWait)
	f.Ignore = exclude(g.Goroutine)
	switch {
	case g.State != "":
	case g.Goroutine.State != "":
		f.Cause = cause.Cause{ID: "other", Title: "in different states"}
	default:
		f.nameUnknown()
	}
}

// nameUnknown gives a title to goroutines of which nothing says what they do.
func (f *Finding) nameUnknown() {
	if f.Example.State == "" && f.Cause.ID == "other" {
		f.Cause.Title = "waiting or running, which this form of dump does not say"
	}
}

// clamp is a count that may come from a hostile profile.
func clamp(n int64) int { return int(min(n, math.MaxInt32)) }

func sum(a, b int) int { return min(a+b, math.MaxInt32) }

// exclude is the flag that leaves out goroutines like g. A quote would end the
// word that it is for a shell.
func exclude(g *stackparse.Goroutine) string {
	f, ok := filters.Suggest(g)
	if !ok {
		return ""
	}
	expr := filters.Not(f).String()
	if strings.ContainsAny(expr, "'\n") {
		return ""
	}
	return "-filter '" + expr + "'"
}

// weight orders the findings of a dump: what is sure, what is likely, what may
// be, and what is usual.
func (f *Finding) weight() int {
	switch {
	case f.Graded == cause.Proven:
		return 0
	case f.Graded.Leak(f.Example.State):
		return 1
	case !f.usual():
		return 2
	}
	return 3
}

// Suspect reports whether the grade allows to call the goroutines leaked. Those
// that outlived their test are.
func (f *Finding) Suspect() bool { return f.Graded == 0 || f.Graded.Leak(f.Example.State) }

// usual reports whether goroutines in this state are no sign of a leak, however
// long they are there: they run, sleep or wait for input or output.
func (f *Finding) usual() bool {
	return f.Graded != 0 && !f.Graded.Leak(f.Example.State) && !cause.Old.Leak(f.Example.State)
}

// suspicion says what speaks for a leak in a dump where there is no proof.
func (f *Finding) suspicion() string {
	switch {
	case f.Graded == cause.Growing, f.Graded == cause.Outlier:
		return f.Graded.Phrase()
	case f.usual() && f.MaxWait > 0:
		return "for " + f.waits() + ", which is usual"
	case f.MaxWait > 0:
		return "old: in the same wait for " + f.waits()
	case f.Graded == cause.Old:
		return f.Graded.Phrase()
	case f.usual(), f.Example.State == "":
		return ""
	}
	return "merely blocked"
}

// waits says how long the goroutines wait, by the minutes of the dump.
func (f *Finding) waits() string {
	longest, shortest := age(f.MaxWait), age(f.MinWait)
	switch number, unit, _ := strings.Cut(shortest, " "); {
	case f.MinWait <= 0:
		return "up to " + longest
	case shortest == longest:
		return longest
	case strings.HasSuffix(longest, strings.TrimSuffix(unit, "s")+"s"):
		return number + " to " + longest
	}
	return shortest + " to " + longest
}

// age is a number of minutes in the unit that a person thinks in.
func age(minutes int) string {
	const hour, day = 60, 24 * 60
	switch {
	case minutes < 2*hour:
		return count(minutes, "minute")
	case minutes < 2*day:
		return count(minutes/hour, "hour")
	}
	return count(minutes/day, "day")
}

// grades counts the goroutines of each grade, for the summary.
func (r *Report) grades() string {
	old, blocked := 0, 0
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case f.Graded == cause.Proven || f.usual() || f.Example.State == "":
		case f.Graded > cause.Blocked:
			old = sum(old, f.Count)
		default:
			blocked = sum(blocked, f.Count)
		}
	}
	var parts []string
	if old > 0 {
		parts = append(parts, fmt.Sprintf("%d in kinds that wait for minutes", old))
	}
	if blocked > 0 {
		parts = append(parts, fmt.Sprintf("%d merely blocked", blocked))
	}
	return strings.Join(parts, ", ")
}

// dumpSummary says in one line what is in a dump.
func (r *Report) dumpSummary() string {
	s := goroutines(r.Total)
	if r.Subject != "" {
		s += " in " + cut(r.Subject, maxName)
	}
	var parts []string
	if r.Proven > 0 {
		parts = append(parts, fmt.Sprintf("%d proven leaked", r.Proven))
	}
	if r.Remark != "" {
		parts = append(parts, cut(r.Remark, maxNote))
	}
	if len(parts) > 0 {
		s += ": " + strings.Join(parts, ", ")
	}
	return s
}

// Top cuts the findings from n on, and says so in a note.
func (r *Report) Top(n int) {
	if _, more := r.split(n); more != "" {
		r.Findings = r.Findings[:n]
		r.Notes = append(r.Notes, "left out: "+more+"; -top 0 shows all")
	}
}
