package heap

import "slices"

// follow says which references a marker takes.
type follow int

const (
	// followLive takes those by which something could be woken: weak
	// pointers too, but none that a wait has made.
	followLive follow = iota
	// followAll takes those of the garbage collector.
	followAll
	// followStrong is followLive without weak pointers and without what may be
	// left over from earlier calls.
	followStrong
)

// marker marks what is reachable.
type marker struct {
	g     *Graph
	how   follow
	set   bitset
	stack []uint32
}

func (g *Graph) newMarker(how follow) *marker {
	return &marker{g: g, how: how, set: newBitset(len(g.objects))}
}

// skips reports whether the marker does not look into an object.
func (m *marker) skips(o uint32) bool { return m.how != followAll && m.g.cut(o) }

// cut reports whether an object is a record of the runtime through which
// everything that waits would look reachable.
func (g *Graph) cut(o uint32) bool { return g.isG.has(o) || g.isSudog.has(o) || g.isRuntime.has(o) }

func (m *marker) add(o uint32) {
	if o != none && !m.skips(o) && m.set.add(o) {
		m.stack = append(m.stack, o)
	}
}

func (m *marker) addOut(o uint32) {
	for _, to := range m.g.out(o) {
		m.add(to)
	}
}

// addFinalizer adds what a finalizer keeps: its function, and what the object
// refers to, but not the object.
func (m *marker) addFinalizer(f finalizer) {
	m.add(f.fn)
	m.addOut(f.object)
	// A finalizer that is queued gets the object as its argument, so it is reachable from
	// the goroutine that runs finalizers (runFinalizers in runtime/mfinal.go).
	if f.queued {
		m.add(f.object)
	}
}

// addRoots adds what a goroutine refers to.
func (m *marker) addRoots(x *goroutine) {
	for _, r := range x.roots {
		if !r.maybe || m.how != followStrong {
			m.add(r.to)
		}
	}
	m.addOut(x.record)
}

// addWorld adds what is there whatever the goroutines do.
func (m *marker) addWorld() {
	g := m.g
	for _, v := range g.variables {
		m.add(v.to)
	}
	for _, f := range g.finalizers {
		m.addFinalizer(f)
	}
	for _, o := range g.unseen {
		m.add(o)
	}
	// Processors and threads themselves are cut, as they lead to goroutines. What they
	// refer to counts: the timers of a processor can wake anybody.
	for w, word := range g.isRuntime {
		for i := uint32(0); word != 0; i, word = i+1, word>>1 {
			if word&1 != 0 {
				m.addOut(uint32(w)<<6 + i)
			}
		}
	}
}

// drain marks what is reachable from what was added.
func (m *marker) drain() {
	for len(m.stack) > 0 {
		o := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		// A weak pointer keeps nothing, but a program may make it strong again and then wake
		// who waits: it counts for what may happen and not for what is held.
		if m.how != followLive && m.g.hidden(o) {
			continue
		}
		m.addOut(o)
	}
}

// fixedPoint finds the goroutines that may run again: alive is set in them.
func (g *Graph) fixedPoint() {
	m := g.newMarker(followLive)
	m.addWorld()
	var blocked []*goroutine
	for _, x := range g.goroutines {
		if x.alive = !x.wait.blocked; x.alive {
			m.addRoots(x)
		} else {
			blocked = append(blocked, x)
		}
	}
	// A goroutine that is woken may wake others, so this goes on until a round wakes
	// nobody. Each round takes at least one away: it ends.
	for changed := true; changed; {
		m.drain()
		changed = false
		blocked = slices.DeleteFunc(blocked, func(x *goroutine) bool {
			if x.alive = x.wait.mayEnd(m.set); x.alive {
				m.addRoots(x)
				changed = true
			}
			return x.alive
		})
	}
}
