package relate

import (
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// call is one call on the stack of one goroutine.
type call struct{ goroutine, frame int }

// search holds what the stacks say about the objects that are waited for.
type search struct {
	gs      []stackparse.Goroutine
	waits   []Wait
	code    Code
	kind    map[int]*Wait     // by goroutine
	exact   map[uint64][]call // calls that were given a waited-for address
	stale   map[uint64][]call // the same, where the word may have been overwritten
	inside  map[uint64]near   // by waited-for address
	locked  map[string][]call // calls whose code holds a lock, by its name
	onceAt  map[uint64][]call // runs of sync.Once functions by the address of the Once, 0 where it is unknown
	runs    map[int]call      // the innermost of them by goroutine
	byGo    map[int64][]int   // goroutines by the id of the one that started them
	writers map[lock][]int    // goroutines that wait to write
	holding map[lock][]Holder // answers of the search by code and address
}

// lock is what is known of a lock: either may be missing.
type lock struct {
	addr uint64
	name string
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

func newSearch(gs []stackparse.Goroutine, waits []Wait, code Code) *search {
	s := &search{gs: gs, waits: waits, code: code, kind: map[int]*Wait{}, exact: map[uint64][]call{}, stale: map[uint64][]call{},
		inside: map[uint64]near{}, locked: map[string][]call{}, onceAt: map[uint64][]call{}, runs: map[int]call{},
		byGo: map[int64][]int{}, writers: map[lock][]int{}, holding: map[lock][]Holder{}}
	if len(waits) == 0 {
		return s
	}
	var addrs []uint64
	names := map[string]bool{}
	for i := range waits {
		w := &waits[i]
		s.kind[w.Goroutine] = w
		if w.Addr != 0 {
			addrs = append(addrs, w.Addr)
		}
		if w.Name != "" && w.Kind.Lock() {
			names[w.Name] = true
		}
		if w.Kind == WriteLock {
			at, named := lock{addr: w.Addr}, lock{name: w.Name}
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
	top := 0
	if w := s.kind[i]; w != nil {
		top = w.Caller // above it are the calls of its own wait
	}
	for j := top; j < len(g.Frames); j++ {
		f := &g.Frames[j]
		if f.Func == "sync.(*Once).doSlow" {
			at := receiver(f.Args)
			s.onceAt[at] = append(s.onceAt[at], call{i, j})
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
		held, _ := s.code.Held(f)
		for _, name := range held {
			if names[name] {
				s.locked[name] = append(s.locked[name], call{i, j})
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

// holders returns who must act before w can end.
func (s *search) holders(w *Wait) []Holder {
	var hs []Holder
	switch w.Kind {
	case Cond:
		return nil // anybody may signal
	case WaitGroup:
		hs = append(s.evident(w), s.members(w)...)
	case Once:
		hs = append(s.evident(w), s.runners(w)...)
	case ReadLock:
		hs = append(s.evident(w), s.pending(w)...)
	default:
		hs = s.evident(w)
	}
	return surest(hs)
}

// evident returns what code and addresses say. It is the same for all waits
// for one object, and found once.
func (s *search) evident(w *Wait) []Holder {
	l := lock{w.Addr, w.Name}
	hs, ok := s.holding[l]
	if !ok {
		hs = append(s.byCode(w), s.byAddress(w)...)
		s.holding[l] = hs
	}
	return slices.Clone(hs)
}

// byAddress returns the goroutines that were given the address of what w
// waits for, or of what contains it, and wait for something else.
func (s *search) byAddress(w *Wait) []Holder {
	var hs []Holder
	add := func(calls []call, sure Sureness, why Evidence) {
		for _, c := range calls {
			if s.together(w, c.goroutine) {
				continue
			}
			if known, holds := s.holds(w, c.goroutine); known && !holds {
				// The lock may still have been taken in a call that has
				// returned, which its code does not show.
				if why == HasStruct {
					continue
				}
				sure = Possible
			}
			hs = append(hs, Holder{Goroutine: c.goroutine, Frame: c.frame, Sure: sure, Why: why})
		}
	}
	add(s.exact[w.Addr], Likely, HasPointer)
	add(s.stale[w.Addr], Possible, HasPointer)
	if s.inside[w.Addr].waiter {
		add(s.inside[w.Addr].calls, Possible, HasStruct)
	}
	return hs
}

// together reports whether goroutine g waits for the same object as w.
func (s *search) together(w *Wait, g int) bool {
	other := s.kind[g]
	return other != nil && other.object() == w.object()
}

// byCode returns the goroutines whose source shows that they hold the lock,
// among them the waiting one itself.
func (s *search) byCode(w *Wait) []Holder {
	var hs []Holder
	if w.Name == "" {
		return nil
	}
	for _, c := range s.locked[w.Name] {
		h := Holder{Goroutine: c.goroutine, Frame: c.frame, Sure: Likely, Why: LockedInCode}
		switch s.agrees(w, c) {
		case yes:
			h.Sure, h.Why = Sure, LockedThere
		case no:
			continue
		}
		if hs = append(hs, h); len(hs) >= maxCalls {
			break
		}
	}
	return hs
}

type answer int

const (
	unknown answer = iota
	yes
	no
)

// agrees reports whether the arguments of c point to the lock of w or to what
// contains it. Only the receiver of a method can speak against it: the lock
// of another object of the type has the same name.
func (s *search) agrees(w *Wait, c call) answer {
	if slices.Contains(s.exact[w.Addr], c) || slices.Contains(s.inside[w.Addr].calls, c) {
		return yes
	}
	f := &s.gs[c.goroutine].Frames[c.frame]
	typ, _, ok := strings.Cut(f.Func, ").")
	if p := receiver(f.Args); ok && p != 0 && w.Addr != 0 && strings.HasPrefix(w.Name, typ+").") && (w.Addr < p || w.Addr-p >= maxStruct) {
		return no
	}
	return unknown
}

// holds reports whether the source of every call of goroutine g can be read,
// and whether one of them holds the lock of w.
func (s *search) holds(w *Wait, g int) (known, holds bool) {
	if s.code == nil || w.Name == "" || !w.Kind.Lock() {
		return false, false
	}
	own := 0
	for i := range s.gs[g].Frames {
		held, ok := s.code.Held(&s.gs[g].Frames[i])
		if ok {
			own++
		}
		if slices.Contains(held, w.Name) {
			return true, true
		}
	}
	return own > 0, false
}

// pending returns the writers that wait for the RWMutex that w wants to read.
// Where the dump gives the address of one of the two waits alone, which is
// usual, their names decide.
func (s *search) pending(w *Wait) []Holder {
	var hs []Holder
	add := func(l lock, sure Sureness) {
		gs := s.writers[l]
		for _, g := range gs[:min(len(gs), maxCalls)] {
			hs = append(hs, Holder{Goroutine: g, Frame: s.kind[g].Caller, Sure: sure, Why: WantsToWrite})
		}
	}
	if w.Addr != 0 {
		add(lock{addr: w.Addr}, Sure)
	} else if w.Name != "" {
		add(lock{name: w.Name}, Likely)
	}
	return hs
}

// runners returns the goroutines that run the function of the Once that w
// waits for, among them the waiting one if its function called Do again.
func (s *search) runners(w *Wait) []Holder {
	var hs []Holder
	add := func(calls []call, sure Sureness) {
		for _, c := range calls[:min(len(calls), maxCalls)] {
			hs = append(hs, Holder{Goroutine: c.goroutine, Frame: c.frame, Sure: sure, Why: RunsOnce})
		}
	}
	for at := w.Addr - min(w.Addr, maxFlag); at < w.Addr; at++ {
		add(s.onceAt[at], Sure)
	}
	if c, ok := s.runs[w.Goroutine]; ok && receiver(s.gs[c.goroutine].Frames[c.frame].Args) == 0 {
		add([]call{c}, Likely)
	}
	add(s.onceAt[0], Possible)
	return hs
}

// maxFlag is how far behind the start of a sync.Once its Mutex lies at most.
const maxFlag = 8

// members returns the goroutines that a WaitGroup probably counts.
func (s *search) members(w *Wait) []Holder {
	var hs []Holder
	for _, i := range s.byGo[s.gs[w.Goroutine].ID] {
		h := Holder{Goroutine: i, Frame: -1, Sure: Possible, Why: Child}
		if StartsMember(s.gs[i].Creator.Func) {
			h.Sure, h.Why = Likely, Member
		}
		if hs = append(hs, h); len(hs) >= maxCalls {
			break
		}
	}
	return hs
}

// StartsMember reports whether fn starts a goroutine that its receiver, a
// WaitGroup or errgroup, waits for.
func StartsMember(fn string) bool {
	switch fn {
	case "sync.(*WaitGroup).Go", "golang.org/x/sync/errgroup.(*Group).Go", "golang.org/x/sync/errgroup.(*Group).TryGo":
		return true
	}
	return false
}
