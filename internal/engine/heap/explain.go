package heap

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Kind says what holds a reference.
type Kind int

const (
	Goroutine Kind = iota // a goroutine's stack
	Variable              // a package-level variable
	Timer                 // a timer that has not fired
	Finalizer             // a finalizer
	Unseen                // something that the dump does not show: a cleanup, C, a pinned object
)

// String names the kind in words.
func (k Kind) String() string {
	switch k {
	case Goroutine:
		return "goroutine"
	case Variable:
		return "variable"
	case Timer:
		return "timer"
	case Finalizer:
		return "finalizer"
	}
	return "unseen"
}

// Holder is something from which what a goroutine waits for can be reached.
type Holder struct {
	Kind    Kind
	ID      int64         // of the goroutine
	Name    string        // of the goroutine's function that has the reference; of the variable, "" where there are no symbols
	Addr    uint64        // of the variable
	Path    []string      // functions of the closures on the way, from the holder on
	Steps   int           // objects on the way before the one that is waited for
	State   string        // of the goroutine
	Blocked bool          // the goroutine waits for another one
	Stuck   bool          // the goroutine is itself unreachable
	Until   time.Duration // of a timer: when it fires, from the dump on; 0 where that is not known
}

// Fact is what the heap says about one blocked goroutine.
type Fact struct {
	// Unreachable: nothing that could run refers to what it waits for. The
	// Holders are stuck themselves, or there are none.
	Unreachable bool
	// Known says that the object it waits for was found. Without, there are
	// no Holders and it is never Unreachable.
	Known bool
	// Nothing says that what it waits for does not exist: a nil channel, a
	// select without cases.
	Nothing bool
	// Able says that something holds it that may act at any time: a goroutine
	// that waits for no other, a finalizer, something unseen.
	Able    bool
	Holders []Holder      // at most MaxHolders, the most useful first
	More    int           // holders left out
	Keeps   int64         // bytes that become garbage when all that are stuck at the same place end
	Until   time.Duration // when nothing but timers holds it: until the first fires; 0 where that is not known
	Timers  bool          // nothing but timers, and goroutines that are stuck, hold it
	Waits   []uint64      // addresses of the objects it waits for
}

// MaxHolders is the most that Fact.Holders lists.
const MaxHolders = 8

// maxVisits bounds the search for the holders of one object.
const maxVisits = 1 << 20

// Explain says of each blocked goroutine what the heap knows. gs is a text
// dump of the same process, taken shortly before or after; a goroutine that
// moved between the two, or does not wait for another goroutine, has no fact.
func (g *Graph) Explain(gs []stackparse.Goroutine) map[int64]Fact {
	deadline := time.Now().Add(g.limits.Time)
	g.fixedPoint()
	facts := map[int64]Fact{}
	var stuck []*goroutine
	for i := range gs {
		x := g.byID[gs[i].ID]
		if x == nil || !x.wait.blocked || !x.matches(&gs[i]) || time.Now().After(deadline) {
			continue
		}
		f := Fact{Known: !x.wait.unknown, Unreachable: !x.alive, Nothing: x.wait.never}
		for _, o := range x.wait.objects {
			f.Waits = append(f.Waits, g.address(o))
		}
		g.hold(&f, x)
		facts[x.id] = f
		stuck = append(stuck, x)
	}
	groups := groupByStack(stuck)
	ids := make([][]int64, len(groups))
	for i, group := range groups {
		for _, x := range group {
			ids[i] = append(ids[i], x.id)
		}
	}
	for i, bytes := range g.Weigh(ids) {
		for _, id := range ids[i] {
			f := facts[id]
			f.Keeps = bytes
			facts[id] = f
		}
	}
	return facts
}

// matches reports whether the text dump shows the goroutine as the heap dump
// does: the same wait, and the same calls.
func (x *goroutine) matches(t *stackparse.Goroutine) bool {
	if t.State != x.reason {
		return false
	}
	// The text has inlined calls too, which have no arguments to print, and
	// leaves out the runtime's own and the compiler's wrappers.
	i := 0
	for n, f := range t.Frames {
		if t.Elided > 0 && n >= t.ElidedAt {
			break
		}
		if f.Args == "..." {
			continue
		}
		for i < len(x.funcs) && !sameFunc(f.Func, x.funcs[i]) {
			i++
		}
		if i == len(x.funcs) {
			return len(x.funcs) == maxNames
		}
		i++
	}
	return true
}

// sameFunc compares a name as printed with one of the symbol table. The text
// writes type arguments as [...].
func sameFunc(text, symbol string) bool {
	if text == symbol {
		return true
	}
	i := strings.IndexByte(symbol, '[')
	if i < 0 {
		return false
	}
	j := strings.LastIndexByte(symbol, ']')
	return j > i && strings.HasPrefix(text, symbol[:i+1]) && strings.HasSuffix(text, symbol[j:])
}

// groupByStack groups goroutines that are stuck at the same place.
func groupByStack(gs []*goroutine) [][]*goroutine {
	index := map[string]int{}
	var groups [][]*goroutine
	for _, x := range gs {
		k := x.place()
		i, ok := index[k]
		if !ok {
			i = len(groups)
			index[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], x)
	}
	return groups
}

// place is the same for goroutines with the same calls.
func (x *goroutine) place() string {
	var b strings.Builder
	for _, pc := range x.pcs {
		for ; pc >= 0x80; pc >>= 7 {
			b.WriteByte(byte(pc) | 0x80)
		}
		b.WriteByte(byte(pc))
	}
	return b.String()
}

// hold fills in who can reach what x waits for.
func (g *Graph) hold(f *Fact, x *goroutine) {
	if len(x.wait.objects) == 0 {
		return
	}
	all, to := g.search(x.wait.objects, maxVisits)
	sure := slices.DeleteFunc(slices.Clone(all), func(h found) bool { return h.maybe })
	others := func(h found) bool { return h.kind != Goroutine || g.goroutines[h.index] != x }
	if f.Unreachable || slices.ContainsFunc(sure, others) {
		all = sure
	}
	place := x.place()
	var holders []Holder
	timers, more := false, false
	for _, h := range all {
		n := g.holder(h, to)
		if h.kind == Goroutine {
			other := g.goroutines[h.index]
			// Itself, and others that wait at the same place for the same.
			if other == x || other.wait.blocked && other.place() == place && sharesWait(other, x) {
				continue
			}
		}
		switch {
		case n.Kind == Timer:
			timers = true
			if n.Until > 0 && (f.Until == 0 || n.Until < f.Until) {
				f.Until = n.Until
			}
		case n.Kind != Goroutine || !n.Stuck:
			more = true
			f.Able = f.Able || n.Kind != Variable && !n.Blocked
		}
		holders = append(holders, n)
	}
	f.Timers = timers && !more
	if !f.Timers {
		f.Until = 0
	}
	slices.SortStableFunc(holders, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(a.Steps, b.Steps))
	})
	f.More = max(0, len(holders)-MaxHolders)
	f.Holders = holders[:len(holders)-f.More]
}

func sharesWait(a, b *goroutine) bool {
	return slices.ContainsFunc(a.wait.objects, func(o uint32) bool { return slices.Contains(b.wait.objects, o) })
}

// order puts what can act first.
func (h *Holder) order() int {
	switch {
	case h.Kind == Goroutine && !h.Blocked:
		return 0
	case h.Kind == Timer:
		return 1
	case h.Kind == Variable && h.Name != "":
		return 2
	case h.Kind == Variable:
		return 3
	case h.Kind == Goroutine && !h.Stuck:
		return 4
	case h.Kind == Goroutine:
		return 5
	}
	return 6
}

// holder describes one way to an object.
func (g *Graph) holder(f found, to map[uint32]uint32) Holder {
	h := Holder{Kind: f.kind, Steps: f.steps}
	switch f.kind {
	case Goroutine:
		x := g.goroutines[f.index]
		h.ID, h.State, h.Blocked, h.Stuck = x.id, x.reason, x.wait.blocked, !x.alive
		h.Name = x.userFunc(int(f.frame))
	case Variable:
		h.Addr = g.variables[f.index].addr
		h.Name = g.symbols().name(h.Addr)
	case Timer:
		if g.now != 0 {
			h.Until = max(time.Duration(f.when-g.now), 1)
		}
	}
	for o := f.object; o != none; o = to[o] {
		if name := g.funcName(o); name != "" {
			h.Path = append(h.Path, name)
		}
	}
	return h
}

// userFunc is the function at or above a frame that is not the runtime's.
func (x *goroutine) userFunc(frame int) string {
	for _, name := range x.funcs[min(frame, len(x.funcs)):] {
		if !isRuntimeFunc(name) {
			return name
		}
	}
	for i := len(x.funcs) - 1; i >= 0; i-- {
		if !isRuntimeFunc(x.funcs[i]) {
			return x.funcs[i]
		}
	}
	return ""
}
