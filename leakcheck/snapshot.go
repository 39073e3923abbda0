package leakcheck

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Snapshot is the goroutines of the process at one moment, as [Take] took it.
// It does not change. The zero Snapshot has no goroutines.
type Snapshot struct{ dump capture.Dump }

// Take takes a snapshot of all goroutines, the caller's among them. It stops
// the process for about 4 µs a goroutine.
func Take() Snapshot { return Snapshot{capture.All()} }

// Len returns the number of goroutines in the snapshot.
func (s Snapshot) Len() int { return len(s.dump.Goroutines) }

// Diff says how the goroutines of a process changed between two snapshots,
// stack by stack. It counts goroutines and does not follow them: one that
// ended and one that began with the same stack and state cancel out.
type Diff struct {
	New     []Change // stacks that only the later snapshot has
	Gone    []Change // stacks that only the earlier one has
	Changed []Change // stacks that both have, in different numbers
}

// Change is one stack of a [Diff]. Its strings are as the dump printed them; the
// text that String makes of them is safe to print on a terminal.
type Change struct {
	State    string // as in a dump: "chan receive"
	Function string // the innermost function of the user's own code, else of the stack
	Position string // file:line there
	Creator  string // the function with the go statement; "" for the main goroutine
	Before   int    // goroutines in the earlier snapshot
	After    int    // goroutines in the later one
}

// Empty reports whether the snapshots have the same stacks in the same numbers.
func (d Diff) Empty() bool { return len(d.New)+len(d.Gone)+len(d.Changed) == 0 }

// Diff compares s with a later snapshot. Stacks are the same if their states,
// functions, files and lines are the same; ids, arguments and times do not
// count. Both may be the zero Snapshot.
func (s Snapshot) Diff(later Snapshot) Diff {
	changes := map[string]*Change{}
	count := func(s Snapshot, n func(*Change) *int) {
		for i := range s.dump.Goroutines {
			g := &s.dump.Goroutines[i]
			key := stackparse.SameLines.Key(g)
			c := changes[key]
			if c == nil {
				c = newChange(g, report.At(g, source.Here()))
				changes[key] = c
			}
			*n(c)++
		}
	}
	count(s, func(c *Change) *int { return &c.Before })
	count(later, func(c *Change) *int { return &c.After })
	var d Diff
	for _, c := range changes {
		switch {
		case c.Before == 0:
			d.New = append(d.New, *c)
		case c.After == 0:
			d.Gone = append(d.Gone, *c)
		case c.Before != c.After:
			d.Changed = append(d.Changed, *c)
		}
	}
	for _, list := range [][]Change{d.New, d.Gone, d.Changed} {
		sorting.Stable(list, func(a, b Change) int {
			return cmp.Or(cmp.Compare(b.After+b.Before, a.After+a.Before), strings.Compare(a.String(), b.String()))
		})
	}
	return d
}

func newChange(g *stackparse.Goroutine, at report.Site) *Change {
	c := &Change{State: g.State, Function: at.Func, Position: at.Position()}
	if g.Creator != nil {
		c.Creator = g.Creator.Func
	}
	return c
}

// String returns one line a stack, each with a line feed: "+" for new ones, "-"
// for gone ones, "~" for changed numbers. It is "" for an empty Diff.
func (d Diff) String() string {
	var b strings.Builder
	for _, part := range []struct {
		sign string
		list []Change
	}{{"+", d.New}, {"-", d.Gone}, {"~", d.Changed}} {
		for _, c := range part.list {
			fmt.Fprintf(&b, "%s %s\n", part.sign, c)
		}
	}
	return b.String()
}

// String returns the change without its sign: "3 x chan send at fetch.go:41
// (shop.fetchOne.func1), started by shop.FetchAll".
func (c Change) String() string {
	count := fmt.Sprint(max(c.Before, c.After))
	if c.Before > 0 && c.After > 0 {
		count = fmt.Sprintf("%d -> %d", c.Before, c.After)
	}
	s := fmt.Sprintf("%s x %s at %s (%s)", count, c.State, c.Position, c.Function)
	if c.Creator != "" {
		s += ", started by " + c.Creator
	}
	return report.Escape(s)
}
