package heap

// reverse is the graph with its edges turned around, and what refers to an
// object from outside of the heap.
type reverse struct {
	start []uint32 // of each object's edges, one more than there are objects
	from  []uint32
	roots map[uint32][]holderRef
}

// holderRef is something outside of the heap that refers to an object.
type holderRef struct {
	kind  Kind
	index int // of goroutines, variables or finalizers
	frame uint16
	when  int64 // of a timer
	maybe bool  // may be left over from an earlier call
}

// turned returns the reverse of the graph.
func (g *Graph) turned() *reverse {
	if g.reverse != nil {
		return g.reverse
	}
	r := &reverse{start: make([]uint32, len(g.objects)+1), roots: map[uint32][]holderRef{}}
	each := func(f func(from, to uint32)) {
		for i := range g.objects {
			if o := uint32(i); !g.cut(o) {
				for _, to := range g.out(o) {
					f(o, to)
				}
			}
		}
	}
	each(func(_, to uint32) { r.start[to+1]++ })
	for i := range g.objects {
		r.start[i+1] += r.start[i]
	}
	r.from = make([]uint32, r.start[len(g.objects)])
	next := make([]uint32, len(g.objects))
	copy(next, r.start)
	each(func(from, to uint32) {
		r.from[next[to]] = from
		next[to]++
	})
	g.addHolders(r)
	g.reverse = r
	return r
}

// addHolders lists what refers to objects from outside.
func (g *Graph) addHolders(r *reverse) {
	add := func(o uint32, h holderRef) {
		if o != none && !g.cut(o) {
			r.roots[o] = append(r.roots[o], h)
		}
	}
	for i, x := range g.goroutines {
		for _, p := range x.roots {
			add(p.to, holderRef{kind: Goroutine, index: i, frame: p.frame, maybe: p.maybe})
		}
		if x.record != none {
			for _, o := range g.out(x.record) {
				add(o, holderRef{kind: Goroutine, index: i, frame: maxNames - 1})
			}
		}
	}
	for i, v := range g.variables {
		add(v.to, holderRef{kind: Variable, index: i})
	}
	for i, f := range g.finalizers {
		add(f.fn, holderRef{kind: Finalizer, index: i})
		if f.object != none {
			for _, o := range g.out(f.object) {
				add(o, holderRef{kind: Finalizer, index: i})
			}
		}
	}
	for _, h := range g.timers {
		for _, w := range h.when {
			add(w.timer, holderRef{kind: Timer, when: w.when})
		}
	}
	for i, o := range g.unseen {
		add(o, holderRef{kind: Unseen, index: i})
	}
}

// found is a way from outside of the heap to what a goroutine waits for.
type found struct {
	holderRef
	object uint32 // the first object of the way
	steps  int
}

// search finds all that the targets can be reached from, the nearest first.
// to has for each object that was visited the next one on its way.
func (g *Graph) search(targets []uint32, limit int) (holders []found, to map[uint32]uint32) {
	r := g.turned()
	to = map[uint32]uint32{}
	type entry struct {
		o     uint32
		steps int
	}
	var queue []entry
	for _, o := range targets {
		if _, ok := to[o]; !ok {
			to[o] = none
			queue = append(queue, entry{o, 0})
		}
	}
	seen := map[holderRef]bool{}
	for i := 0; i < len(queue) && i < limit; i++ {
		e := queue[i]
		for _, h := range r.roots[e.o] {
			key := holderRef{kind: h.kind, index: h.index, when: h.when, maybe: h.maybe}
			if !seen[key] {
				seen[key] = true
				holders = append(holders, found{h, e.o, e.steps})
			}
		}
		for _, from := range r.from[r.start[e.o]:r.start[e.o+1]] {
			if _, ok := to[from]; !ok {
				to[from] = e.o
				queue = append(queue, entry{from, e.steps + 1})
			}
		}
	}
	return holders, to
}
