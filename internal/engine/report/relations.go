package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// relations tells what the goroutines of a report have to do with each other.
type relations struct {
	*relate.Relations
	gs   []stackparse.Goroutine
	tree *source.Tree
}

func newRelations(known *cause.Classifier, tree *source.Tree) *relations {
	gs := known.Goroutines()
	causes := make([]string, len(gs))
	for i := range gs {
		causes[i] = known.Of(i).ID
	}
	return &relations{relate.Between(gs, known.Waits(), causes), gs, tree}
}

// through returns the functions that lie between the one that all began with
// and the go statement of goroutine i, outermost first: the goroutines that
// they started stand between the two. The library's own, such as testing.(*T).Run,
// tell nothing. It is empty if there are none, or none that the dump shows.
func (r *relations) through(i int) []string {
	line := r.Line(r.gs, i, r.tree)
	if len(line) < 4 {
		return nil // the owner, the go statement and what it runs are shown anyway
	}
	between := slices.Clone(line[1 : len(line)-2])
	return slices.DeleteFunc(between, func(fn string) bool { return r.tree.Std(fn, "") })
}

// rank puts what is stuck because another goroutine is behind that one, unless
// it is the other way round as well.
func (r *relations) rank(i int) int {
	if _, linked := r.Links[i]; linked && r.Circle[i] == 0 {
		return 1
	}
	return 0
}

// phrase says what goroutine i waits for and who keeps it, as far as that is
// known: "for to.mu: likely goroutine 9 (shop.transfer), which locked it earlier
// in its code". It is "" where nothing is. Where the heap knows who has the object, no
// guess is made.
func (r *relations) phrase(i int, known bool) string {
	if w := r.Waits[i]; len(w.Holders) > 0 {
		h := w.Holders[0]
		s := r.object(&w)
		known = known && h.Sure <= relate.Likely
		if !known {
			s += fmt.Sprintf(": %s %s, which %s", h.Sure, r.who(i, h.Goroutine), h.Why)
		}
		// A guess does not count with what is likely.
		more := len(slices.DeleteFunc(slices.Clone(w.Holders[1:]), func(o relate.Holder) bool { return o.Sure < h.Sure }))
		switch {
		case known:
		case more > 0 && len(w.Holders) == relate.MaxHolders: // the list may have been cut
			s += fmt.Sprintf(", and at least %d more like it", more)
		case more > 0:
			s += fmt.Sprintf(", and %d more like it", more)
		}
		switch n := r.Circle[i]; {
		case n == 2:
			s += "; each waits for the other"
		case n > 2:
			s += fmt.Sprintf("; a cycle of %d", n)
		}
		return s
	}
	if l := r.Links[i]; l.Sure >= relate.Likely {
		return fmt.Sprintf("%s for %s, which %s", l.Sure, r.who(i, l.On), l.Why)
	}
	return ""
}

// on returns the goroutine that has what goroutine i waits for, the surest first;
// ok is false where that is not known.
func (r *relations) on(i int) (other int, ok bool) {
	var holder relate.Holder
	held := len(r.Waits[i].Holders) > 0
	if held {
		holder = r.Waits[i].Holders[0]
	}
	// A link from a cause is likelier than a holder that is only possible.
	if l := r.Links[i]; l.Sure >= relate.Likely && holder.Sure < relate.Likely {
		return l.On, true
	}
	return holder.Goroutine, held
}

// object names what w waits for, as the code does where it can be read.
func (r *relations) object(w *relate.Wait) string {
	if frames := r.gs[w.Goroutine].Frames; w.Caller < len(frames) &&
		frames[w.Caller].Func == "golang.org/x/sync/errgroup.(*Group).Wait" {
		return "for the group" // its WaitGroup is an implementation detail
	}
	if w.Lock.Path != "" {
		return "for " + w.Lock.Path
	}
	if w.Addr != 0 {
		return fmt.Sprintf("for the %s at %#x", w.Kind, w.Addr)
	}
	return "for a " + w.Kind.String()
}

func (r *relations) who(i, other int) string {
	if i == other {
		return "this goroutine"
	}
	g := &r.gs[other]
	s := "a goroutine" // of a profile, which has no ids
	if g.ID != 0 {
		s = fmt.Sprintf("goroutine %d", g.ID)
	}
	if fn := own(g); fn != "" {
		s += " (" + ShortName(fn) + ")"
	}
	return s
}

// own is the innermost function of g outside of the sync and runtime packages.
func own(g *stackparse.Goroutine) string {
	for i := range g.Frames {
		switch fn := g.Frames[i].Func; stackparse.Package(fn) {
		case "sync", "internal/sync", "runtime", "internal/poll", "":
		default:
			return fn
		}
	}
	return ""
}

// order is by rank, then what keeps megabytes more, then what most goroutines do.
func order(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(b.Keeps>>20, a.Keeps>>20), cmp.Compare(b.Count, a.Count),
		cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line))
}
