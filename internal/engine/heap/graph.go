package heap

import (
	"cmp"
	"slices"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
)

// none is the number of no object.
const none = ^uint32(0)

// object is one object of the heap. Addresses and sizes are counted in units
// of 8 bytes, addresses from Graph.base: no object of Go's heap is smaller or
// lies between, and 16 bytes an object are enough for 32 GB.
type object struct {
	addr  uint32
	words uint32
	first uint32 // index of its first edge
	n     uint32 // number of edges; the top bits are flags
}

const (
	// flagFirst: the first word of the object is a pointer into the heap.
	flagFirst = 1 << 31
	// flagHidden: the object's one edge is a number that looks like a
	// pointer, such as a weak pointer's.
	flagHidden = 1 << 30
	countMask  = flagHidden - 1
)

// Graph is the heap of a process at one moment.
type Graph struct {
	base    uint64 // address of unit 0
	limits  Limits
	ptrSize int

	objects []object // by address
	edges   []uint32 // object numbers; first the positions of addresses
	pages   []uint32 // first object at or after each page, to find addresses quickly

	goroutines []*goroutine
	byID       map[int64]*goroutine
	data       uint64 // where the first variable lies
	variables  []slot
	statics    []rawSlot // pointers of package-level variables to what is not in the heap, by value
	finalizers []finalizer
	threads    []uint64
	timers     map[uint32]timerHeap // by the object that is the heap of a processor
	oldQueues  map[uint32]bool      // queues of timers that were replaced by longer ones
	coroutines map[uint64]uint32    // object whose first word is the address of a record of a goroutine
	// objects that may be closures, by address: the first word is one of the program's code
	funcs []rawSlot

	isG       bitset
	isSudog   bitset
	isRuntime bitset // threads and processors
	unseen    []uint32

	// Collected says that garbage was collected just before, so that
	// whatever nothing refers to is held by something that the dump does not
	// show.
	collected bool
	own       bool  // it is this process's
	now       int64 // nanoseconds of the runtime's clock; 0 where unknown
	taken     time.Time
	probe     uint32 // the timer that told it
	reverse   *reverse
	searched  *searched // what its caller looked for; nil for nothing
	foreign   *foreign  // nil for this process's
	table     *Symbols
	tableRead bool
}

// symbols returns the names of variables, read when the first is asked for.
func (g *Graph) symbols() *Symbols {
	if g.own && !g.tableRead {
		g.table, g.tableRead = ownSymbols(), true
	}
	return g.table
}

// goroutine is one goroutine of the dump.
type goroutine struct {
	id     int64
	addr   uint64
	status uint64
	system bool
	reason string
	funcs  []string // names, innermost first
	roots  []root   // objects that its stack refers to
	record uint32   // the object that is the runtime's record of it
	stack  int64    // bytes in use
	wait   wait
	pcs    []uint64 // of its frames, to group what is stuck at one place
	at     string   // what place returns
	alive  bool     // the fixed point reached it
	gopc   uint64   // where the go statement is that started it
	since  uint64   // when it began to wait, by the runtime's clock, as far as a collection saw it; or 0
}

// root is a reference from a stack.
type root struct {
	to    uint32
	frame uint16 // index of funcs
	maybe bool   // may be left over from an earlier call
}

// slot is a pointer in a package-level variable.
type slot struct {
	addr uint64
	to   uint32
}

// finalizer is an object with a function to call when it is garbage.
type finalizer struct {
	object uint32
	fn     uint32
	queued bool
}

// timerHeap is the queue of timers of one processor.
type timerHeap struct {
	owner uint32 // the processor
	when  []timerWhen
}

type timerWhen struct {
	timer uint32
	when  int64
	bare  bool // the timer is the whole object: one of the runtime, or of a sleeping goroutine
}

// find returns the object that holds the unit, or none.
func (g *Graph) find(unit uint32) uint32 {
	page := int(unit >> pageBits)
	if page+1 >= len(g.pages) {
		return none
	}
	lo, hi := int(g.pages[page]), int(g.pages[page+1])
	// A page has objects of one size. Where all are in use, this is the place.
	// Free objects are not in the dump, so the division is right only for a page without
	// gaps before the unit; the check of the bounds tells.
	if lo < hi && unit >= g.objects[lo].addr && g.objects[lo].words > 0 {
		first := &g.objects[lo]
		if i := lo + int((unit-first.addr)/first.words); i < hi && unit-g.objects[i].addr < g.objects[i].words {
			return uint32(i)
		}
	}
	// The last object that starts at or before the unit. It may start on an
	// earlier page.
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if g.objects[mid].addr <= unit {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return none
	}
	if o := g.objects[lo-1]; unit-o.addr < o.words {
		return uint32(lo - 1)
	}
	return none
}

// pageBits is the logarithm of the units in an 8 KB page.
const pageBits = 10

// at returns the object at an address, or none.
func (g *Graph) at(addr uint64) uint32 {
	if addr < g.base || (addr-g.base)>>3 >= uint64(none) {
		return none
	}
	return g.find(uint32((addr - g.base) >> 3))
}

// address of an object.
func (g *Graph) address(o uint32) uint64 { return g.base + uint64(g.objects[o].addr)<<3 }

// size in bytes of an object.
func (g *Graph) size(o uint32) int64 { return int64(g.objects[o].words) << 3 }

// out returns what an object refers to, nothing for none.
func (g *Graph) out(o uint32) []uint32 {
	if o == none {
		return nil
	}
	p := &g.objects[o]
	return g.edges[p.first : p.first+p.n&countMask]
}

// hidden says that the one edge of the object is no pointer for the collector.
func (g *Graph) hidden(o uint32) bool { return g.objects[o].n&flagHidden != 0 }

// startsWithPointer says that the first word of the object is a pointer.
func (g *Graph) startsWithPointer(o uint32) bool { return g.objects[o].n&flagFirst != 0 }

// link sorts the objects by address and turns the addresses of edges into
// object numbers. Edges that lead to no object (stacks live in the same part
// of memory) are dropped.
func (g *Graph) link() {
	g.sort()
	top := uint32(0)
	if n := len(g.objects); n > 0 {
		top = g.objects[n-1].addr + g.objects[n-1].words
	}
	// A table of pages instead of a search among all objects: every edge asks once.
	g.pages = make([]uint32, int(top>>pageBits)+2)
	o := 0
	for p := range g.pages {
		for o < len(g.objects) && uint64(g.objects[o].addr) < uint64(p)<<pageBits {
			o++
		}
		g.pages[p] = uint32(o)
	}
	for i := range g.objects {
		p := &g.objects[i]
		n := uint32(0)
		for j, unit := range g.edges[p.first : p.first+p.n&countMask] {
			to := g.find(unit)
			if to == none {
				if j == 0 {
					p.n &^= flagFirst
				}
				continue
			}
			g.edges[p.first+n] = to
			n++
		}
		// Edges move to the front of the object's own part, so that none is copied.
		p.n = p.n&^countMask | n
	}
}

// sort orders the objects by address. The runtime writes them span by span,
// each in order, and no page belongs to two spans: only pages need to be sorted.
func (g *Graph) sort() {
	type run struct{ from, to int }
	var runs []run
	for i := range g.objects {
		if i == 0 || g.objects[i].addr>>pageBits != g.objects[i-1].addr>>pageBits {
			runs = append(runs, run{from: i})
		}
		runs[len(runs)-1].to = i + 1
	}
	if len(runs) <= 1 {
		return
	}
	sorting.Stable(runs, func(a, b run) int { return byAddress(g.objects[a.from], g.objects[b.from]) })
	sorted := make([]object, 0, len(g.objects))
	for _, r := range runs {
		sorted = append(sorted, g.objects[r.from:r.to]...)
	}
	if g.objects = sorted; !slices.IsSortedFunc(sorted, byAddress) {
		sorting.Stable(sorted, byAddress) // no dump of the runtime
	}
}

func byAddress(a, b object) int { return cmp.Compare(a.addr, b.addr) }

// floor returns the index of the element of list that has this address, else of the
// one before it, -1 for none. The list is in the order of the addresses.
func floor[T any](list []T, addr uint64, of func(T) uint64) int {
	i, found := slices.BinarySearchFunc(list, addr, func(v T, addr uint64) int { return cmp.Compare(of(v), addr) })
	if !found {
		i--
	}
	return i
}

// bitset is a set of object numbers.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(i uint32) bool { return b[i>>6]&(1<<(i&63)) != 0 }

// add reports whether i is new.
func (b bitset) add(i uint32) bool {
	w, m := &b[i>>6], uint64(1)<<(i&63)
	if *w&m != 0 {
		return false
	}
	*w |= m
	return true
}
