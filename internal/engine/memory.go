package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// maxHeld is how many holders a report names.
const maxHeld = 3

// Memory is what the heap says of the goroutines of a process.
type Memory struct {
	Facts      map[int64]heap.Fact // by id
	Goroutines []stackparse.Goroutine
	Self       int64 // the goroutine that does the check; 0 for none
	Tree       *source.Tree
}

// readNow reads the heap, whatever runs, and says what it knows of the goroutines
// of d that have not moved since.
func readNow(d capture.Dump) (map[int64]heap.Fact, error) {
	h, err := settle.Live{}.Heap(time.Now())
	if err != nil {
		return nil, err
	}
	return h.Explain(d.Goroutines), nil
}

// Remember adds to leaks, some of gs, what the heap of this process says of
// them. The goroutine that does the check comes first in gs.
func Remember(leaks []report.Leak, facts map[int64]heap.Fact, gs []stackparse.Goroutine) {
	m := Memory{Facts: facts, Goroutines: gs, Tree: source.Here()}
	if len(gs) > 0 {
		m.Self = gs[0].ID
	}
	m.Add(leaks)
}

// Add adds to leaks what the heap says of them.
func (m *Memory) Add(leaks []report.Leak) {
	if len(m.Facts) == 0 {
		return
	}
	byID := owner.ByID(m.Goroutines)
	locks := lockCode{tree: m.Tree, want: map[string]source.Lock{}, past: map[string]string{}}
	for i := range leaks {
		l := &leaks[i]
		f, ok := m.Facts[l.Goroutine.ID]
		// The runtime's proof is stronger than all that the heap shows.
		if !ok || l.Goroutine.Leaked {
			continue
		}
		l.Memory = report.Memory{Unreachable: f.Unreachable, Keeps: f.Keeps, Nobody: nobody(&f), Root: root(&f),
			Held: heldBy(&f, func(h *heap.Holder) place {
				g := byID[h.ID]
				switch {
				case g == nil:
					return place{}
				case h.ID == m.Self:
					return place{itself: true}
				}
				at := report.At(g, m.Tree)
				return place{Site: at, past: locks.passed(&l.Goroutine, g, h)}
			})}
	}
}

// place is where a goroutine is; zero where the dump does not say.
type place struct {
	report.Site

	// It is the goroutine that does the check. It is left out: the work of its
	// test is over, and what it still refers to says little.
	itself bool
	past   string // the lock that it has taken and not given back: "from.mu.Lock()"
}

func nobody(f *heap.Fact) bool {
	return f.Known && f.Unreachable && !f.Nothing && len(f.Holders) == 0
}

// root is the stuck goroutine that is the only one to have what f is about.
func root(f *heap.Fact) int64 {
	if len(f.Holders) != 1 || f.More > 0 || f.Holders[0].Kind != heap.Goroutine || !f.Holders[0].Stuck {
		return 0
	}
	return f.Holders[0].ID
}

// heldBy names the holders that a fact lists. at says where one is that is a
// goroutine.
func heldBy(f *heap.Fact, at func(*heap.Holder) place) []string {
	if f.Nothing || !f.Known {
		return nil // that there is no channel is what the cause says
	}
	if nobody(f) {
		return []string{"nobody: the last reference is gone"}
	}
	var held []string
	for i := range f.Holders {
		if s := holder(&f.Holders[i], at); s != "" && !slices.Contains(held, s) {
			held = append(held, s)
		}
	}
	if more := len(held) - maxHeld + f.More; more > 0 && len(held) > maxHeld {
		held = append(held[:maxHeld], fmt.Sprintf("%d more", more))
	}
	return held
}

func holder(h *heap.Holder, at func(*heap.Holder) place) string {
	switch h.Kind {
	case heap.Goroutine:
		where := at(h)
		// The call that has the reference may be one of package sync.
		fn := cmp.Or(where.Func, h.Name)
		if where.itself || ofChecks(fn) || where.File == testmain {
			return ""
		}
		s := fmt.Sprintf("goroutine %d %s", h.ID, report.Name(fn))
		if where.past != "" {
			s += ", past " + where.past
		}
		switch {
		case h.Stuck:
			s += ", stuck itself"
		case h.State != "":
			s += ", in " + h.State
		}
		if where.File != "" {
			s += " at " + where.Position()
		}
		return s
	case heap.Variable:
		switch {
		case h.Name == "":
			return "a package-level variable"
		case ofChecks(h.Name):
			return ""
		}
		return "the variable " + report.Name(h.Name)
	case heap.Timer:
		s := "a timer"
		// The timer of a context with a deadline leads through functions of package
		// context.
		if slices.ContainsFunc(h.Path, func(fn string) bool { return strings.HasPrefix(fn, "context.") }) {
			s = "a timer: context deadline"
		}
		// A timer that is due has no time left to print.
		if in := h.Until.Round(time.Second / 10); in > 0 {
			s += " in " + in.String()
		}
		return s
	case heap.Finalizer:
		return "a finalizer"
	}
	return "a cleanup, or something else that a heap dump does not show"
}

// testmain is the file that the go command writes around tests. Its goroutine
// waits for all of them, and wakes nobody.
const testmain = "_testmain.go"

// ofChecks reports whether a package-level variable or a function is the runtime's
// or one of the checks, by which they reach all goroutines and tests: it says
// nothing of who can wake one.
func ofChecks(name string) bool {
	return slices.ContainsFunc([]string{
		"runtime.", "testing.LeakcheckPoints", "leakcheckhook/", "github.com/leakcheck-go/goroutine/internal/",
	}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}
