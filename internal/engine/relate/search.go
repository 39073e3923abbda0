package relate

import (
	"cmp"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// call is one call on the stack of one goroutine.
type call struct{ goroutine, frame int }

// search holds what the stacks say about the objects that are waited for, by
// the question that it answers.
type search struct {
	gs      []stackparse.Goroutine
	code    Code
	kind    map[int]*Wait       // by goroutine
	waiting map[object][]int    // goroutines by what they wait for
	holding map[wanted][]Holder // answers of the search by code and address

	given   given
	locked  locked
	writers writers
	onces   onces
	counted members
}

// given answers who was given the address of what is waited for.
type given struct {
	exact  map[uint64][]call // by the address
	stale  map[uint64][]call // the same, where the word may have been overwritten
	inside map[uint64]near   // the address of what contains it, by its own
}

// locked answers whose code holds a lock of a name.
type locked struct {
	byName map[string]*sameName
	own    map[int][]held // of the goroutines that wait, all that is theirs
}

// sameName are the calls that hold a lock of one name, maxCalls of each kind at
// most. A name is that of a field as a rule, and there are as many locks as
// objects: where both calls show the object, only its own are looked at.
type sameName struct {
	all     []held
	at      map[uint64][]held // by the address of the object
	unknown []held            // those that do not show it
}

// held is a call and a lock that its code holds there.
type held struct {
	call
	lock source.Lock
	base uint64 // address of the object that the lock is in; 0 where the call does not show it
}

// writers answers who waits to write.
type writers struct {
	at      map[lock][]int // by address or by name
	unknown map[string][]int
	sorted  []writer // by address
}

type writer struct {
	addr uint64
	name string
}

// onces answers who runs the function of a sync.Once.
type onces struct {
	at   map[uint64][]call // by the address of the Once, 0 where it is unknown
	runs map[int]call      // the innermost of them by goroutine
	of   map[place]*calledOnce
}

// members answers who is counted by a WaitGroup or errgroup.
type members struct {
	byGo   map[int64][]int  // goroutines by the id of the one that started them
	byFunc map[string][]int // by the method that started them
	groups map[string]int   // how many goroutines wait for such members
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
	// maxAbove bounds the waited-for addresses that one pointer is compared with.
	maxAbove = 4
)

func newSearch(gs []stackparse.Goroutine, waits []Wait, waiting map[object][]int, code Code) *search {
	s := &search{
		gs: gs, code: code, kind: map[int]*Wait{}, waiting: waiting, holding: map[wanted][]Holder{},
		given:   given{map[uint64][]call{}, map[uint64][]call{}, map[uint64]near{}},
		locked:  locked{map[string]*sameName{}, map[int][]held{}},
		writers: writers{at: map[lock][]int{}, unknown: map[string][]int{}},
		onces:   onces{map[uint64][]call{}, map[int]call{}, map[place]*calledOnce{}},
		counted: members{map[int64][]int{}, map[string][]int{}, map[string]int{}},
	}
	// Nothing is looked for in the stacks.
	if len(waits) == 0 {
		return s
	}
	var addrs []uint64
	for i := range waits {
		w := &waits[i]
		s.kind[w.Goroutine] = w
		s.counted.groups[s.starter(w)]++
		if w.Addr != 0 {
			addrs = append(addrs, w.Addr)
		}
		if w.Lock.Name != "" && s.locked.byName[w.Lock.Name] == nil {
			s.locked.byName[w.Lock.Name] = &sameName{at: map[uint64][]held{}}
		}
		switch w.Kind {
		case Once:
			s.noteOnce(w.Goroutine, w.Caller, func(o *calledOnce) { o.waited[w.Addr] = true })
		case WriteLock:
			s.writers.add(w)
		}
	}
	sorting.Stable(s.writers.sorted, func(a, b writer) int { return cmp.Compare(a.addr, b.addr) })
	// point looks for each printed word among them by halves.
	slices.Sort(addrs)
	addrs = slices.Compact(addrs)
	for i := range gs {
		s.read(i, addrs)
	}
	return s
}

func (ws *writers) add(w *Wait) {
	at, named := lock{addr: w.Addr}, lock{name: w.Lock.Name}
	ws.at[at] = append(ws.at[at], w.Goroutine)
	ws.at[named] = append(ws.at[named], w.Goroutine)
	if w.Addr != 0 {
		ws.sorted = append(ws.sorted, writer{w.Addr, w.Lock.Name})
	} else {
		ws.unknown[w.Lock.Name] = append(ws.unknown[w.Lock.Name], w.Goroutine)
	}
}

// read records what the stack of goroutine i says.
func (s *search) read(i int, addrs []uint64) {
	g := &s.gs[i]
	if c := g.Creator; c != nil && c.Goroutine != 0 {
		s.counted.byGo[c.Goroutine] = append(s.counted.byGo[c.Goroutine], i)
	}
	if c := g.Creator; c != nil && StartsMember(c.Func) {
		// Members of one group are compared with each other, whichever call started them.
		fn := c.Func
		if fn == tryErrgroup {
			fn = goErrgroup
		}
		if len(s.counted.byFunc[fn]) < maxCalls {
			s.counted.byFunc[fn] = append(s.counted.byFunc[fn], i)
		}
	}
	top := 0
	if w := s.kind[i]; w != nil {
		top = w.Caller // above it are the calls of its own wait
	}
	for j := top; j < len(g.Frames); j++ {
		f := &g.Frames[j]
		if f.Func == onceFunc {
			at := receiver(f.Args) // 0 where it is not printed, under which those are kept
			s.onces.at[at] = append(s.onces.at[at], call{i, j})
			s.noteOnce(i, skipSync(g, j), func(o *calledOnce) { o.runs = limited(o.runs, call{i, j}) })
			if _, ok := s.onces.runs[i]; !ok { // the innermost comes first
				s.onces.runs[i] = call{i, j}
			}
		}
		if _, ok := inSync(f.Func); ok {
			continue
		}
		s.point(call{i, j}, f, addrs)
		if s.code != nil && len(s.locked.byName) > 0 {
			s.lock(call{i, j}, f)
		}
	}
}

// lock records the locks that the code of f, which is c, holds there.
func (s *search) lock(c call, f *stackparse.Frame) {
	locks, _ := s.code.Held(f)
	for _, l := range locks {
		n := s.locked.byName[l.Name]
		if n == nil {
			continue // nobody waits for one of that name
		}
		h := held{call: c, lock: l}
		if l.First {
			h.base = receiver(f.Args)
		}
		if s.kind[c.goroutine] != nil {
			s.locked.own[c.goroutine] = append(s.locked.own[c.goroutine], h)
		}
		n.all = limited(n.all, h)
		if h.base == 0 {
			n.unknown = limited(n.unknown, h)
		} else {
			n.at[h.base] = limited(n.at[h.base], h)
		}
	}
}

// point records the addresses in the arguments of f, which is c.
func (s *search) point(c call, f *stackparse.Frame, addrs []uint64) {
	method := strings.Contains(f.Func, ".(*")
	for p, live := range pointers(f.Args) {
		n, found := slices.BinarySearch(addrs, p)
		switch {
		case found && live && !method:
			s.given.exact[p] = limited(s.given.exact[p], c)
			continue // a lock, and not what contains others
		case found && !live:
			s.given.stale[p] = limited(s.given.stale[p], c)
		}
		method = false // only the first word is the receiver
		if !live {
			continue
		}
		// The receiver can be an object that begins with the lock.
		for _, addr := range addrs[n:min(n+maxAbove, len(addrs))] {
			if addr-p < maxStruct { // nothing wraps: from n on they are not below p
				s.below(addr, p, c)
			}
		}
	}
}

func limited[T any](calls []T, c T) []T {
	if len(calls) >= maxCalls {
		return calls
	}
	return append(calls, c)
}

func (s *search) below(addr, p uint64, c call) {
	b := s.given.inside[addr]
	// Objects do not overlap: what is closer is inside of what was found before.
	if p > b.base {
		b = near{base: p}
	}
	if p == b.base {
		b.calls = limited(b.calls, c)
		w := s.kind[c.goroutine]
		b.waiter = b.waiter || w != nil && w.Addr == addr
	}
	s.given.inside[addr] = b
}
