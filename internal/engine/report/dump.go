package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// fromGroup takes over what a group knows.
func (f *Finding) fromGroup(g *stackparse.Grouped) {
	f.Count, f.Proven = Clamp(g.Count), Clamp(max(g.Leaked, 0))
	f.IDs, f.MinWait, f.MaxWait = g.IDs, int(g.MinWait/time.Minute), int(g.MaxWait/time.Minute)
	// Evidence from other samples or processes was graded before, and may be
	// stronger.
	f.Graded = max(f.Graded, cause.GradeOf(g.Goroutine.State, g.Leaked > 0, f.MaxWait))
	if f.Unreachable > 0 {
		f.Graded = max(f.Graded, cause.Unreachable)
	}
	// Its goroutines have one stack and several states, and the cause is that of one of them.
	if g.State == "" && g.Goroutine.State != "" {
		f.Cause = cause.Cause{ID: "other", Title: "in different states"}
	}
}

// nameUnknown gives a title to goroutines of which nothing says what they do.
func (f *Finding) nameUnknown() {
	if f.Example.State == "" && f.Cause.ID == "other" {
		f.Cause.Title = "waiting or running, which this form of dump does not say"
	}
}

// Clamp is a count that may come from a hostile profile, as int has 32 bits on some
// systems.
func Clamp(n int64) int { return int(min(n, math.MaxInt32)) }

// sum is bounded as [Clamp] is.
func sum(a, b int) int { return Clamp(int64(a) + int64(b)) }

// weight orders the findings of a dump.
func (f *Finding) weight() int {
	if f.Crash {
		return -1
	}
	state := f.Example.State
	if f.Normal {
		return normalTier
	}
	if f.Graded == 0 {
		return 2 // like those that may be leaked, see [cause.Grade.Tier]
	}
	return f.Graded.Tier(state, f.Suspect())
}

// Suspect reports whether the grade allows to call the goroutines leaked. Those
// that outlived their test are.
func (f *Finding) Suspect() bool {
	return f.Graded == 0 || f.Graded.Leak(f.Example.State) && !f.attends() && !f.Normal || f.crashed()
}

// normalTier comes after all tiers of grades.
const normalTier = 4

// alarming reports whether something speaks for a leak however many goroutines
// there are where all is well.
func (f *Finding) alarming() bool {
	return f.Crash || f.crashed() || f.Proven > 0 || f.Unreachable > 0 || f.Graded >= cause.Growing
}

// attends reports whether it is all that the goroutine has to do that it waits,
// however long, and nothing else speaks for a leak: main waits for the signal
// that ends a service, and so does what package os/signal started.
func (f *Finding) attends() bool {
	// A stronger grade says more than that the wait is long.
	if f.Graded != cause.Old {
		return false
	}
	switch f.Example.State {
	case "chan receive", "select", "select (no cases)", "sync.WaitGroup.Wait":
	default:
		return false
	}
	frames := f.Example.Frames
	if by := f.Example.Creator; by != nil {
		return len(frames) > 0 && stackparse.Package(by.Func) == "os/signal" &&
			stackparse.Package(frames[0].Func) == "os/signal"
	}
	// Only main itself: what it called may be stuck.
	for i := range frames {
		pkg := stackparse.Package(frames[i].Func)
		if frames[i].Func == "main.main" {
			return true
		}
		if pkg != "sync" && pkg != "os/signal" && pkg != "internal/sync" {
			return false
		}
	}
	return false
}

// crashed reports whether the goroutine has ended the process: it used a test
// that was over.
func (f *Finding) crashed() bool { return f.Cause.ID == "log-after-test" }

// everyday reports whether every service has such goroutines: a loop, a
// listener, a connection.
func (f *Finding) everyday() bool {
	return f.Proven == 0 && f.Graded < cause.Growing && wait.Everyday(f.Example.State) && !f.crashed()
}

// usual reports whether goroutines in this state are no sign of a leak, however
// long they are there: they run, sleep or wait for input or output.
func (f *Finding) usual() bool {
	return !f.Crash && f.Graded != 0 && !f.Suspect() && (wait.Outside(f.Example.State) || f.Normal)
}

// suspicion says what speaks for a leak in a dump where there is no proof.
func (f *Finding) suspicion() string {
	switch {
	case f.crashed():
		return "it panicked"
	case f.Crash:
		return "crashed here"
	case f.Normal:
		return f.Trend // how many there are where all is well
	case (f.Graded == cause.Growing || f.Graded == cause.Outlier) && f.Basis != "":
		return f.Graded.String() + ": " + Cut(f.Basis, maxName)
	case f.Graded == cause.Unreachable:
		return fmt.Sprintf("%d unreachable: nothing that can run refers to what they wait for", f.Unreachable)
	case f.Graded == cause.Growing, f.Graded == cause.Outlier:
		return f.Graded.Phrase()
	case (f.usual() || f.attends()) && f.MaxWait > 0:
		return "for " + f.waits() + ", which is usual"
	case f.MaxWait > 0:
		return "old: in the same wait for " + f.waits()
	case f.Graded == cause.Old:
		return f.Graded.Phrase()
	case f.usual(), f.Example.State == "": // a profile has no states
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
	case strings.HasSuffix(longest, strings.TrimSuffix(unit, "s")+"s"): // "3 to 12 minutes", "1 to 3 hours"
		return number + " to " + longest
	}
	return shortest + " to " + longest
}

// age is a number of minutes in the unit that a person thinks in.
func age(minutes int) string { return words.Count(inUnits(minutes)) }

func inUnits(minutes int) (n int, unit string) {
	const hour, day = 60, 24 * 60
	switch {
	case minutes < 2*hour: // a single hour could be nearly two
		return minutes, "minute"
	case minutes < 2*day:
		return minutes / hour, "hour"
	}
	return minutes / day, "day"
}

// grades counts the goroutines of each grade, for the summary.
func (r *Report) grades() string {
	counts := map[cause.Grade]int{}
	normal, usual := 0, 0
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case f.Normal:
			normal = sum(normal, f.Count)
		// The proven and the crashed are counted elsewhere in the line.
		case f.Graded == cause.Proven || f.crashed() || f.Example.State == "":
		case f.usual():
			usual = sum(usual, f.Count)
		case f.Graded == cause.Unreachable:
			counts[cause.Blocked] = sum(counts[cause.Blocked], f.Count-f.Unreachable) // evidence counts the others
		case f.Graded > cause.Blocked:
			counts[f.Graded] = sum(counts[f.Graded], f.Count)
		default:
			counts[cause.Blocked] = sum(counts[cause.Blocked], f.Count)
		}
	}
	var parts []string
	for _, g := range []struct {
		count int
		text  string
	}{
		{counts[cause.Growing], "in growing kinds"}, {counts[cause.Outlier], "in kinds that stand out"},
		{counts[cause.Old], "waiting for minutes"}, {counts[cause.Blocked], "blocked"},
		{usual, "usual"}, {normal, "normal"},
	} {
		if g.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", g.count, g.text))
		}
	}
	return strings.Join(parts, ", ")
}

// dumpSummary says in one line what is in a dump.
func (r *Report) dumpSummary() string {
	s := goroutines(r.Total)
	if r.Subject != "" {
		s += " in " + Cut(r.Subject, maxName)
	}
	if parts := r.remarks(); len(parts) > 0 {
		s += ": " + strings.Join(parts, ", ")
	}
	return s
}

// Suspects returns r without the findings whose grade does not allow to call them
// leaked. It does not change r.
func (r *Report) Suspects() *Report {
	return r.showing(slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return !f.Suspect() }))
}

// Unusual returns r without the findings that are as many where all is well, and says
// in a note where they are: "shown with -top 0". It does not change r.
func (r *Report) Unusual(where string) *Report {
	folded := r.Fold()
	normal, n := 0, 0
	folded.Findings = slices.DeleteFunc(folded.Findings, func(f Finding) bool {
		if f.Normal {
			normal, n = normal+1, sum(n, f.Count)
		}
		return f.Normal
	})
	// Without any, the report keeps its single stacks.
	if normal == 0 {
		return r
	}
	return r.showing(folded.Findings, fmt.Sprintf("left out as normal: %s with %s, %s",
		words.Count(normal, "kind"), goroutines(n), where))
}

// Top returns r with the first n findings, and says in a note what is left out. It
// does not change r.
func (r *Report) Top(n int) *Report {
	shown, more := r.Fold().Split(n)
	if more == "" {
		return r
	}
	return r.showing(shown, "left out: "+more+"; -top 0 shows all")
}

// First returns r with its first n findings, and says in a note where the others are:
// "in the file". It does not change r.
func (r *Report) First(n int, where string) *Report {
	more := len(r.Findings) - n
	if more <= 0 {
		return r
	}
	return r.showing(r.Findings[:n], fmt.Sprintf("%d more kinds of goroutines are %s", more, where))
}

// showing returns r with some of its findings, and notes on the others.
func (r *Report) showing(some []Finding, notes ...string) *Report {
	view := *r
	view.Findings, view.Notes = some, slices.Concat(r.Notes, notes)
	return &view
}

// CrashLines are what the process said when it ended, marked as such.
func (r *Report) CrashLines() []string {
	var lines []string
	for _, message := range r.Crash {
		for i, line := range strings.Split(message, "\n") {
			if i == 0 {
				lines = append(lines, "crash: "+line)
			} else {
				lines = append(lines, "     | "+line)
			}
		}
	}
	return lines
}
