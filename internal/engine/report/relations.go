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
	gs    []stackparse.Goroutine
	tree  *source.Tree
	wait  map[int]int // index into Waits by goroutine
	link  map[int]int // index into Links by secondary goroutine
	cycle map[int]int // length of the circle that a goroutine is in
}

func newRelations(known *cause.Classifier, tree *source.Tree) *relations {
	gs := known.Goroutines()
	causes := make([]string, len(gs))
	for i := range gs {
		causes[i] = known.Of(i).ID
	}
	r := &relations{Relations: relate.Between(gs, known.Waits(), causes), gs: gs, tree: tree, wait: map[int]int{},
		link: map[int]int{}, cycle: map[int]int{}}
	for i := range r.Waits {
		r.wait[r.Waits[i].Goroutine] = i
	}
	for i := range r.Links {
		r.link[r.Links[i].Goroutine] = i
	}
	for _, c := range r.Cycles {
		for _, w := range c.Waits {
			r.cycle[r.Waits[w].Goroutine] = len(c.Waits)
		}
	}
	return r
}

// through returns the functions that lie between the one that all began with
// and the go statement of goroutine i, outermost first: the goroutines that
// they started stand between the two. The library's own, such as testing.(*T).Run,
// tell nothing. It is empty where there are none, or none that the dump shows.
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
	if _, linked := r.link[i]; linked && r.cycle[i] == 0 {
		return 1
	}
	return 0
}

// phrase says what goroutine i waits for and who keeps it, as far as that is
// known: "for to.mu: likely goroutine 9 (shop.transfer), which locked it earlier
// in its code". It is "" where nothing is. Where the heap knows who has the object, no
// guess is made.
func (r *relations) phrase(i int, known bool) string {
	if n, ok := r.wait[i]; ok && len(r.Waits[n].Holders) > 0 {
		w := &r.Waits[n]
		h := w.Holders[0]
		s := r.object(w)
		known = known && h.Sure <= relate.Likely
		if !known {
			s += fmt.Sprintf(": %s %s, which %s", h.Sure, r.who(i, h.Goroutine), h.Why)
		}
		// A guess does not count with what is likely.
		more := len(slices.DeleteFunc(slices.Clone(w.Holders[1:]), func(o relate.Holder) bool { return o.Sure < h.Sure }))
		switch {
		case known:
		case more > 0 && len(w.Holders) == relate.MaxHolders: // the list may have been cut
			s += fmt.Sprintf(", and so for at least %d more", more)
		case more > 0:
			s += fmt.Sprintf(", and so for %d more", more)
		}
		switch n := r.cycle[i]; {
		case n == 2:
			s += "; each waits for the other"
		case n > 2:
			s += fmt.Sprintf("; a circle of %d", n)
		}
		return s
	}
	if n, ok := r.link[i]; ok && r.Links[n].Sure >= relate.Likely {
		l := &r.Links[n]
		return fmt.Sprintf("%s for %s, which %s", l.Sure, r.who(i, l.On), l.Why)
	}
	return ""
}

// on returns the goroutine that has what goroutine i waits for, the surest first;
// ok is false where that is not known.
func (r *relations) on(i int) (other int, ok bool) {
	var holder relate.Holder
	n, held := r.wait[i]
	if held = held && len(r.Waits[n].Holders) > 0; held {
		holder = r.Waits[n].Holders[0]
	}
	// What a cause suggests is likelier than a holder that is only possible.
	if n, linked := r.link[i]; linked && r.Links[n].Sure >= relate.Likely && (!held || holder.Sure < relate.Likely) {
		return r.Links[n].On, true
	}
	return holder.Goroutine, held
}

// object names what w waits for, as the code does where it can be read.
func (r *relations) object(w *relate.Wait) string {
	if frames := r.gs[w.Goroutine].Frames; w.Caller < len(frames) &&
		frames[w.Caller].Func == "golang.org/x/sync/errgroup.(*Group).Wait" {
		return "for the group" // its WaitGroup is its own affair
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
