package relate

import (
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// call is one call on the stack of one goroutine.
type call struct{ goroutine, frame int }

// search holds what the stacks say about the objects that are waited for.
type search struct {
	gs      []stackparse.Goroutine
	waiting map[object][]int // goroutines by what they wait for
	code    Code
	kind    map[int]*Wait     // by goroutine
	exact   map[uint64][]call // calls that were given a waited-for address
	stale   map[uint64][]call // the same, where the word may have been overwritten
	inside  map[uint64]near   // by waited-for address
	locked  map[string][]held // calls whose code holds a lock, by its name
	onceAt  map[uint64][]call // runs of sync.Once functions by the address of the Once, 0 where it is unknown
	runs    map[int]call      // the innermost of them by goroutine
	onceOf  map[place]*calledOnce
	byGo    map[int64][]int     // goroutines by the id of the one that started them
	byFunc  map[string][]int    // members of groups by the method that started them
	groups  map[string]int      // how many goroutines wait for such members
	writers map[lock][]int      // goroutines that wait to write
	holding map[wanted][]Holder // answers of the search by code and address
}

// held is a call and a lock that its code holds there.
type held struct {
	call
	lock source.Lock
}

// lock is what is known of a lock: either may be missing.
type lock struct {
	addr uint64
	name string
}

// wanted is what the answer to a wait depends on. base is the address of the
// object that has the lock as a field, as far as the waiting call shows it: by
// name alone the locks of all objects of a type are one.
type wanted struct {
	kind Kind
	lock lock
	base uint64
}

// near holds the calls that were given the closest address below an object.
// Objects do not overlap, so if any of the addresses is that of an object
// around it, the closest is, unless it is that of another field. It is believed
// to be one if somebody who waits for the inner object has it as well.
type near struct {
	base   uint64
	calls  []call
	waiter bool
}

const (
	// maxStruct is how far behind the start of an object a lock in it is
	// looked for.
	maxStruct = 4096
	// maxCalls bounds what is kept for one address.
	maxCalls = 64
	// maxAbove bounds the waited-for addresses that one pointer is tried on.
	maxAbove = 4
)

func newSearch(gs []stackparse.Goroutine, waits []Wait, waiting map[object][]int, code Code) *search {
	s := &search{gs: gs, waiting: waiting, code: code, kind: map[int]*Wait{}, exact: map[uint64][]call{}, stale: map[uint64][]call{},
		inside: map[uint64]near{}, locked: map[string][]held{}, onceAt: map[uint64][]call{}, runs: map[int]call{}, onceOf: map[place]*calledOnce{},
		byGo: map[int64][]int{}, byFunc: map[string][]int{}, groups: map[string]int{}, writers: map[lock][]int{}, holding: map[wanted][]Holder{}}
	if len(waits) == 0 {
		return s
	}
	var addrs []uint64
	names := map[string]bool{}
	for i := range waits {
		w := &waits[i]
		s.kind[w.Goroutine] = w
		s.groups[s.starter(w)]++
		if w.Addr != 0 {
			addrs = append(addrs, w.Addr)
		}
		if w.Lock.Name != "" {
			names[w.Lock.Name] = true
		}
		if w.Kind == Once {
			s.noteOnce(w.Goroutine, w.Caller, func(o *calledOnce) { o.waited[w.Addr] = true })
		}
		if w.Kind == WriteLock {
			at, named := lock{addr: w.Addr}, lock{name: w.Lock.Name}
			s.writers[at] = append(s.writers[at], w.Goroutine)
			s.writers[named] = append(s.writers[named], w.Goroutine)
		}
	}
	slices.Sort(addrs)
	addrs = slices.Compact(addrs)
	for i := range gs {
		s.read(i, addrs, names)
	}
	return s
}

// read takes down what the stack of goroutine i says.
func (s *search) read(i int, addrs []uint64, names map[string]bool) {
	g := &s.gs[i]
	if c := g.Creator; c != nil && c.Goroutine != 0 {
		s.byGo[c.Goroutine] = append(s.byGo[c.Goroutine], i)
	}
	if c := g.Creator; c != nil && StartsMember(c.Func) {
		fn := c.Func
		if fn == tryErrgroup {
			fn = goErrgroup
		}
		if len(s.byFunc[fn]) < maxCalls {
			s.byFunc[fn] = append(s.byFunc[fn], i)
		}
	}
	top := 0
	if w := s.kind[i]; w != nil {
		top = w.Caller // above it are the calls of its own wait
	}
	for j := top; j < len(g.Frames); j++ {
		f := &g.Frames[j]
		if f.Func == "sync.(*Once).doSlow" {
			at := receiver(f.Args)
			s.onceAt[at] = append(s.onceAt[at], call{i, j})
			s.noteOnce(i, skipSync(g, j), func(o *calledOnce) { o.runs = limited(o.runs, call{i, j}) })
			if _, ok := s.runs[i]; !ok {
				s.runs[i] = call{i, j}
			}
		}
		if _, ok := inSync(f.Func); ok {
			continue
		}
		s.point(call{i, j}, f, addrs)
		if s.code == nil || len(names) == 0 {
			continue
		}
		locks, _ := s.code.Held(f)
		for _, l := range locks {
			if names[l.Name] && len(s.locked[l.Name]) < maxCalls {
				s.locked[l.Name] = append(s.locked[l.Name], held{call{i, j}, l})
			}
		}
	}
}

// point takes down the addresses in the arguments of f, which is c.
func (s *search) point(c call, f *stackparse.Frame, addrs []uint64) {
	method := strings.Contains(f.Func, ".(*")
	for p, live := range pointers(f.Args) {
		n, found := slices.BinarySearch(addrs, p)
		switch {
		case found && live && !method:
			s.exact[p] = limited(s.exact[p], c)
			continue // a lock, and not what contains others
		case found && !live:
			s.stale[p] = limited(s.stale[p], c)
		}
		method = false // only the first word is the receiver
		if !live {
			continue
		}
		// The receiver can be an object that begins with the lock.
		for _, addr := range addrs[n:min(n+maxAbove, len(addrs))] {
			if addr-p < maxStruct {
				s.below(addr, p, c)
			}
		}
	}
}

func limited(calls []call, c call) []call {
	if len(calls) >= maxCalls {
		return calls
	}
	return append(calls, c)
}

func (s *search) below(addr, p uint64, c call) {
	b := s.inside[addr]
	if p > b.base {
		b = near{base: p}
	}
	if p == b.base {
		b.calls = limited(b.calls, c)
		w := s.kind[c.goroutine]
		b.waiter = b.waiter || w != nil && w.Addr == addr
	}
	s.inside[addr] = b
}
