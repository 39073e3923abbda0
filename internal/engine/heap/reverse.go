package heap

// reverse is the graph with its edges turned around, and what refers to an
// object from outside of the heap.
type reverse struct {
	edges lists[uint32]    // what refers to each object
	roots lists[holderRef] // and what does from outside of the heap
	next  []uint32         // used by search: the next object on the way to what was asked for
}

// lists has a list for each object, all of them in one piece of memory.
type lists[T any] struct {
	start []uint32 // of each object's list, and the end of the last
	all   []T
}

// listsOf makes lists of n objects. each calls its argument with the same
// values whenever it is called.
func listsOf[T any](n int, each func(add func(o uint32, v T))) lists[T] {
	// While the lists are filled, start has the end of each one place further up.
	l := lists[T]{start: make([]uint32, n+2)}
	// Counted first and filled after: one slice per object would cost three words for each
	// of millions.
	each(func(o uint32, _ T) { l.start[o+2]++ })
	for i := range n {
		l.start[i+2] += l.start[i+1]
	}
	l.all = make([]T, l.start[n+1])
	each(func(o uint32, v T) {
		l.all[l.start[o+1]] = v
		l.start[o+1]++
	})
	return l
}

func (l *lists[T]) of(o uint32) []T { return l.all[l.start[o]:l.start[o+1]] }

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
	r := &reverse{next: make([]uint32, len(g.objects))}
	for i := range r.next {
		r.next[i] = unvisited
	}
	r.edges = listsOf(len(g.objects), func(add func(uint32, uint32)) {
		for i := range g.objects {
			// Ways through records of the runtime would show that everybody holds everybody: a
			// sudog refers to its goroutine and to its channel.
			if o := uint32(i); !g.cut(o) {
				for _, to := range g.out(o) {
					add(to, o)
				}
			}
		}
	})
	r.roots = listsOf(len(g.objects), func(add func(uint32, holderRef)) {
		g.eachHolder(func(o uint32, h holderRef) {
			if o != none && !g.cut(o) {
				add(o, h)
			}
		})
	})
	g.reverse = r
	return r
}

// eachHolder calls add with what refers to objects from outside.
func (g *Graph) eachHolder(add func(uint32, holderRef)) {
	for i, x := range g.goroutines {
		for _, p := range x.roots {
			add(p.to, holderRef{kind: Goroutine, index: i, frame: p.frame, maybe: p.maybe})
		}
		for _, o := range g.out(x.record) {
			add(o, holderRef{kind: Goroutine, index: i, frame: maxNames - 1})
		}
	}
	for i, v := range g.variables {
		add(v.to, holderRef{kind: Variable, index: i})
	}
	for i, f := range g.finalizers {
		// The object itself is not held, which is how it gets garbage at all; what it
		// refers to is, until the finalizer has run (markrootSpans in runtime/mgcmark.go).
		add(f.fn, holderRef{kind: Finalizer, index: i})
		for _, o := range g.out(f.object) {
			add(o, holderRef{kind: Finalizer, index: i})
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

// unvisited says that a search did not come to an object.
const unvisited = none - 1

// maxVisits bounds the search for the holders of one object.
const maxVisits = 1 << 20

// search finds all that the targets can be reached from, the nearest first, and
// calls use with it: until use returns, next has for each object on the way the
// next one.
func (g *Graph) search(targets []uint32, use func(holders []found, next []uint32)) {
	r := g.turned()
	type entry struct{ o, steps uint32 }
	var queue []entry
	for _, o := range targets {
		if r.next[o] == unvisited {
			r.next[o] = none
			queue = append(queue, entry{o, 0})
		}
	}
	var holders []found
	seen := map[holderRef]bool{}
	for i := 0; i < len(queue) && i < maxVisits; i++ {
		e := queue[i]
		for _, h := range r.roots.of(e.o) {
			// Without the frame: a goroutine that has the reference in five frames is one
			// holder, named by the nearest object.
			key := holderRef{kind: h.kind, index: h.index, when: h.when, maybe: h.maybe}
			if !seen[key] {
				seen[key] = true
				holders = append(holders, found{h, e.o, int(e.steps)})
			}
		}
		for _, from := range r.edges.of(e.o) {
			if r.next[from] == unvisited {
				r.next[from] = e.o
				queue = append(queue, entry{from, e.steps + 1})
			}
		}
	}
	use(holders, r.next)
	// Only what was visited is reset: a search per goroutine over an array of all
	// objects would take as long as the heap is large.
	for _, e := range queue {
		r.next[e.o] = unvisited
	}
}
