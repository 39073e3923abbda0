package heap

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
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

// Holder is something from which what a goroutine waits for can be reached.
type Holder struct {
	Kind Kind
	ID   int64 // of the goroutine
	// of the goroutine's function that has the reference; of the variable, "" where there are no symbols
	Name    string
	Addr    uint64        // of the variable
	Path    []string      // functions of the closures on the way, from the holder on
	Steps   int           // objects on the way before the one that is waited for
	State   string        // of the goroutine
	Blocked bool          // the goroutine waits for another one
	Stuck   bool          // the goroutine is itself unreachable
	Until   time.Duration // of a timer: when it fires, from the dump on; 0 where that is not known
}

// Fact is what the heap says about one blocked goroutine. It has no address of
// an object: a small piece of memory with one looks like a weak pointer to the
// reader of the next dump, so the facts of the first would hold what they are
// about.
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
	// that waits for no other and did not ask, a finalizer, something unseen.
	Able    bool
	Holders []Holder      // at most MaxHolders, the most useful first
	More    int           // holders left out
	Keeps   int64         // bytes that become garbage when all that are stuck at the same place end
	Until   time.Duration // when nothing but timers holds it: until the first fires; 0 where that is not known
	Timers  bool          // nothing but timers, and goroutines that are stuck, hold it
	// Since is when it was first seen to wait, by the runtime's clock: where it
	// ran between two dumps, their facts differ in it. 0 where that is not known.
	Since uint64
	// Ticks says that these timers send on channels and call nothing: of a
	// select, no other case can ever be ready.
	Ticks bool
}

// MaxHolders is the most that Fact.Holders lists.
const MaxHolders = 8

// explainFor bounds the search for holders. Who is not searched for in this
// time has none listed and counts as Able.
const explainFor = 500 * time.Millisecond

// Explain says of each blocked goroutine what the heap knows. gs is a text
// dump of the same process, taken shortly before or after; a goroutine that
// moved between the two, or does not wait for another goroutine, has no fact.
func (g *Graph) Explain(gs []stackparse.Goroutine) map[int64]Fact {
	// It sets alive, which facts and the order of holders read.
	g.fixedPoint()
	deadline := time.Now().Add(min(explainFor, g.limits.Time))
	facts := map[int64]Fact{}
	same := map[string]Fact{} // of goroutines that wait at one place for one thing
	var stuck []*goroutine
	for i := range gs {
		x := g.byID[gs[i].ID]
		if x == nil || !x.wait.blocked || !x.matches(&gs[i]) {
			continue
		}
		stuck = append(stuck, x)
		key := x.waitKey()
		f, ok := same[key]
		if !ok {
			f = g.fact(x, deadline)
			same[key] = f
		}
		f.Since = x.since
		facts[x.id] = f
	}
	g.weighFacts(facts, stuck)
	return facts
}

// waitKey is equal for goroutines that wait at the same place for the same.
func (x *goroutine) waitKey() string {
	// The program counters say where, the objects for what: a thousand workers at one
	// channel are searched for once.
	b := append([]byte(x.place()), 0)
	for _, o := range x.wait.objects {
		b = binary.LittleEndian.AppendUint32(b, o)
	}
	return string(b)
}

func (g *Graph) fact(x *goroutine, deadline time.Time) Fact {
	f := Fact{Known: !x.wait.unknown, Unreachable: !x.alive, Nothing: x.wait.never}
	if time.Now().After(deadline) {
		f.Able = !f.Unreachable
		return f
	}
	g.hold(&f, x)
	return f
}

// weighFacts fills in what the goroutines at each place keep.
func (g *Graph) weighFacts(facts map[int64]Fact, stuck []*goroutine) {
	groups := groupByStack(stuck)
	for i, bytes := range g.weigh(groups) {
		for _, x := range groups[i] {
			f := facts[x.id]
			f.Keeps = bytes
			facts[x.id] = f
		}
	}
}

// matches reports whether the text dump shows the goroutine as the heap dump
// does: the same wait, and the same calls.
func (x *goroutine) matches(t *stackparse.Goroutine) bool {
	// The text and the dump are two stops of the world: a goroutine that woke and blocked
	// again elsewhere between them must get no facts of the other wait.
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
			// Names beyond maxNames were not kept, so a long stack agrees as far as it is
			// known.
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
	// The symbol table has the shapes, f[go.shape.int], for which traceback prints [...]
	// (funcNameForPrint in runtime/traceback.go).
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
	if x.at != "" {
		return x.at
	}
	var b strings.Builder
	for _, pc := range x.pcs {
		for ; pc >= 0x80; pc >>= 7 {
			b.WriteByte(byte(pc) | 0x80)
		}
		b.WriteByte(byte(pc))
	}
	x.at = b.String()
	return x.at
}

// hold fills in who can reach what x waits for.
func (g *Graph) hold(f *Fact, x *goroutine) {
	if len(x.wait.objects) == 0 {
		return
	}
	g.search(x.wait.objects, func(all []found, next []uint32) { g.holdBy(f, g.others(all, x), next) })
}

// holdBy fills in what a search has found.
func (g *Graph) holdBy(f *Fact, all []found, next []uint32) {
	// A slot that may be left over from an earlier call proves nothing: it is named
	// only where nothing else is known.
	if sure := slices.DeleteFunc(slices.Clone(all), func(h found) bool { return h.maybe }); f.Unreachable ||
		len(sure) > 0 {
		all = sure
	}
	timers, calls, more := false, false, false
	for _, h := range all {
		switch h.kind {
		case Timer:
			timers = true
			calls = calls || len(g.holder(h, next).Path) > 0
			if until := g.until(h.when); until > 0 && (f.Until == 0 || until < f.Until) {
				f.Until = until
			}
		case Goroutine:
			other := g.goroutines[h.index]
			more = more || other.alive
			f.Able = f.Able || !other.wait.blocked && !g.asks(other)
		case Variable:
			more = true
		default:
			more, f.Able = true, true
		}
	}
	// A time is only printed as the end of the wait, which it is not where something else
	// may end it earlier.
	if f.Timers = timers && !more; !f.Timers {
		f.Until = 0
	}
	f.Ticks = f.Timers && !calls
	sorting.Stable(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(g.order(a), g.order(b)), cmp.Compare(a.steps, b.steps))
	})
	// Sorted before it is cut, so that what can act is never among those left out.
	f.More = max(0, len(all)-MaxHolders)
	for _, h := range all[:len(all)-f.More] {
		f.Holders = append(f.Holders, g.holder(h, next))
	}
}

// asks reports whether x took the dump. It does nothing before it has the
// answer, so it ends no wait meanwhile.
func (g *Graph) asks(x *goroutine) bool {
	return g.own && !x.wait.blocked && slices.ContainsFunc(x.funcs, isCapture)
}

// others leaves out the goroutine itself, and those that wait at the same place
// for the same.
func (g *Graph) others(all []found, x *goroutine) []found {
	place := x.place()
	return slices.DeleteFunc(all, func(h found) bool {
		if h.kind != Goroutine {
			return false
		}
		other := g.goroutines[h.index]
		return other == x || other.wait.blocked && other.place() == place && sharesWait(other, x)
	})
}

func sharesWait(a, b *goroutine) bool {
	return slices.ContainsFunc(a.wait.objects, func(o uint32) bool { return slices.Contains(b.wait.objects, o) })
}

// order puts what can act first.
func (g *Graph) order(h found) int {
	switch h.kind {
	case Goroutine:
		switch x := g.goroutines[h.index]; {
		case !x.wait.blocked:
			return 0
		case x.alive:
			return 3
		}
		return 4
	case Timer:
		return 1
	case Variable:
		return 2
	}
	return 5
}

// until is how long after the dump a timer fires; 0 where that is not known.
func (g *Graph) until(when int64) time.Duration {
	if g.now == 0 {
		return 0
	}
	return max(time.Duration(when-g.now), 1)
}

// holder describes one way to an object.
func (g *Graph) holder(f found, next []uint32) Holder {
	h := Holder{Kind: f.kind, Steps: f.steps}
	switch f.kind {
	case Goroutine:
		x := g.goroutines[f.index]
		h.ID, h.State, h.Blocked, h.Stuck = x.id, x.reason, x.wait.blocked, !x.alive
		h.Name = x.userFunc(int(f.frame))
	case Variable:
		h.Addr = g.variables[f.index].addr
		h.Name = g.variable(h.Addr, f.object, next)
	case Timer:
		h.Until = g.until(f.when)
	}
	for o := f.object; o != none; o = next[o] {
		if name := g.funcName(o); name != "" {
			h.Path = append(h.Path, name)
		}
	}
	return h
}

// variable names a package-level variable, and what leads from it by way of the
// objects from o on.
func (g *Graph) variable(addr uint64, o uint32, next []uint32) string {
	f := g.foreign
	if f == nil {
		addr, _ = g.named(addr, g.symbols().name)
		return g.symbols().name(addr)
	}
	if f.names == nil {
		return ""
	}
	const most = 64 // longer than any name that a person would read
	addr, way := g.named(addr, func(addr uint64) string { return f.names.Variable(addr, nil) })
	for ; o != none && len(way) < most; o = next[o] {
		way = append(way, g.address(o))
	}
	return f.names.Variable(addr, way)
}

// named returns the address of a variable with a name that leads to addr, which
// is one of a variable, and what it leads through. The compiler gives what a
// variable is initialized with, such as &Registry{}, static memory without a
// name.
func (g *Graph) named(addr uint64, name func(addr uint64) string) (variable uint64, way []uint64) {
	const most, largest = 8, 1 << 20
	at := addr
	for range most {
		if name(at) != "" {
			return at, way
		}
		i := floor(g.statics, at, func(s rawSlot) uint64 { return s.value })
		if i < 0 || at-g.statics[i].value > largest || g.statics[i].addr == at {
			break
		}
		way = slices.Insert(way, 0, g.statics[i].value)
		at = g.statics[i].addr
	}
	return addr, nil
}

// userFunc is the function at or above a frame that is not the runtime's.
func (x *goroutine) userFunc(frame int) string {
	for _, name := range x.funcs[min(frame, len(x.funcs)):] {
		if !isRuntimeFunc(name) {
			return name
		}
	}
	for _, name := range slices.Backward(x.funcs) {
		if !isRuntimeFunc(name) {
			return name
		}
	}
	return ""
}
