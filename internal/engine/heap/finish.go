package heap

import (
	"cmp"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
)

// Statuses of a goroutine in which it cannot run by itself, as in
// runtime/runtime2.go.
const (
	statusWaiting = 4
	statusLeaked  = 10
)

// finish turns addresses into object numbers.
func (b *builder) finish() error {
	g := b.g
	if g.ptrSize == 0 {
		b.in.fail("no record of parameters")
		return b.in.err
	}
	g.link()
	if b.in.late() {
		return b.in.err
	}
	n := len(g.objects)
	g.isG, g.isSudog, g.isRuntime = newBitset(n), newBitset(n), newBitset(n)
	// The runtime's record of a thread leads to goroutines. That holds nothing in the
	// program's sense, so no way goes through one (see cut).
	for _, m := range g.threads {
		if o := g.at(m); o != none {
			g.isRuntime.add(o)
		}
	}
	b.finishGoroutines()
	b.findSudogs()
	for _, s := range b.slots {
		if o := g.at(s.value); o != none {
			g.variables = append(g.variables, slot{s.addr, o})
		}
	}
	for _, f := range b.finals {
		g.finalizers = append(g.finalizers, finalizer{object: g.at(f.object), fn: g.at(f.fn), queued: f.queued})
	}
	sorting.Stable(g.statics, func(x, y rawSlot) int { return cmp.Compare(x.value, y.value) })
	slices.SortFunc(b.funcs, func(x, y rawSlot) int { return cmp.Compare(x.addr, y.addr) })
	g.funcs = b.funcs
	b.findTimers()
	b.findCoroutines()
	for _, x := range g.goroutines {
		x.wait = g.waitOf(x)
	}
	if g.collected {
		g.findUnseen()
	}
	return b.in.err
}

func (b *builder) finishGoroutines() {
	g := b.g
	for _, p := range b.pending {
		x := p.goroutine
		if x.record = g.at(x.addr); x.record != none {
			g.isG.add(x.record)
		}
		for _, r := range p.pointers {
			if o := g.at(r.value); o != none {
				x.roots = append(x.roots, root{o, r.frame, r.maybe})
			}
		}
		// Sure references sort before possibly stale ones, and Compact keeps the first: a
		// reference that is both counts as sure.
		sorting.Stable(x.roots, compareRoots)
		x.roots = slices.CompactFunc(x.roots, func(a, b root) bool { return a.to == b.to })
		g.goroutines = append(g.goroutines, x)
		g.byID[x.id] = x
	}
	b.pending = nil
}

// compareRoots orders by object, and what is sure first.
func compareRoots(a, b root) int {
	sure := func(r root) int {
		if r.maybe {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(a.to, b.to), sure(a)-sure(b), cmp.Compare(a.frame, b.frame))
}

// The classes of sizes that a sudog may be allocated from: it has 88 to 104
// bytes in the releases that have one.
const minSudog, maxSudog = 80, 128

// findSudogs marks the runtime's records of waits. Each starts with the
// address of the record of a goroutine, and nothing of a program can.
func (b *builder) findSudogs() {
	g := b.g
	for i := range g.objects {
		o := uint32(i)
		if n := g.size(o); n < minSudog || n > maxSudog || !g.startsWithPointer(o) {
			continue
		}
		if out := g.out(o); len(out) > 0 && g.isG.has(out[0]) {
			g.isSudog.add(o)
		}
	}
}

// findTimers recognizes the queues of timers among the objects of their shape:
// each timer refers to the processor that has the queue, and that refers to
// the queue.
func (b *builder) findTimers() {
	g := b.g
	g.timers, g.oldQueues = map[uint32]timerHeap{}, map[uint32]bool{}
	for _, t := range b.timers {
		o := g.at(t.addr)
		if o == none {
			continue
		}
		h := timerHeap{owner: none}
		for _, w := range t.when {
			timer := g.at(w.timer)
			if timer == none {
				// A deadline of a connection: the runtime keeps those elsewhere.
				h.when = append(h.when, timerWhen{timer: none, when: w.when})
				continue
			}
			if h.owner == none {
				h.owner = g.ownerOf(timer, o)
			}
			if h.owner == none || !slices.Contains(g.out(timer), h.owner) {
				h.owner = none
				break
			}
			h.when = append(h.when, timerWhen{timer, w.when, w.timer == g.address(timer)})
		}
		if h.owner != none {
			g.timers[o] = h
			g.isRuntime.add(h.owner)
		}
	}
	// A queue that grew leaves the old one behind, which has the same timers until the
	// next collection. The processor does not refer to it, which tells it from one in use.
	for _, t := range b.timers {
		if o := g.at(t.addr); o != none && len(t.when) > 0 {
			timer := g.at(t.when[0].timer)
			_, inUse := g.timers[o]
			g.oldQueues[o] = !inUse && timer != none && slices.ContainsFunc(g.out(timer), g.isRuntime.has)
		}
	}
}

// minOwner is less than a processor has, and than a bubble of testing/synctest,
// which keeps timers of its own.
const minOwner = 128

// ownerOf returns the object that the timer refers to and that has the queue.
func (g *Graph) ownerOf(timer, queue uint32) uint32 {
	for _, p := range g.out(timer) {
		if g.size(p) >= minOwner && slices.Contains(g.out(p), queue) {
			return p
		}
	}
	return none
}

// findCoroutines finds the state of each coroutine that is parked: the object
// that names the goroutine as a number, not as a pointer.
func (b *builder) findCoroutines() {
	g := b.g
	g.coroutines = map[uint64]uint32{}
	for _, h := range b.hidden {
		o := g.at(h.addr)
		if r := g.at(h.value); o != none && r != none && g.isG.has(r) && g.address(r) == h.value {
			if _, twice := g.coroutines[h.value]; twice {
				o = none // which of them is not known
			}
			g.coroutines[h.value] = o
		}
	}
}

// findUnseen finds what the collector kept although nothing in the dump refers
// to it: the dump does not show cleanups, pinned objects and C.
func (g *Graph) findUnseen() {
	m := g.newMarker(followAll)
	m.addWorld()
	for _, x := range g.goroutines {
		m.addRoots(x)
	}
	m.drain()
	for i := range g.objects {
		o := uint32(i)
		// A record behind a weak pointer is kept by what it points to, and
		// is of use only to who has the weak pointer. A queue of timers that
		// is not in use was replaced by a longer one since the collection.
		if !m.set.has(o) && !g.hidden(o) && !g.oldQueues[o] && len(g.out(o)) > 0 {
			g.unseen = append(g.unseen, o)
		}
	}
}
