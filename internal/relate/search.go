package relate

import (
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// call is one call on the stack of one goroutine.
type call struct{ goroutine, frame int }

// search holds what the stacks say about the objects that are waited for.
type search struct {
	gs      []stackparse.Goroutine
	waiting map[object][]int // goroutines by what they wait for
	code    Code
	kind    map[int]*Wait       // by goroutine
	exact   map[uint64][]call   // calls that were given a waited-for address
	stale   map[uint64][]call   // the same, where the word may have been overwritten
	inside  map[uint64]near     // by waited-for address
	locked  map[string][]held   // calls whose code holds a lock, by its name
	onceAt  map[uint64][]call   // runs of sync.Once functions by the address of the Once, 0 where it is unknown
	runs    map[int]call        // the innermost of them by goroutine
	byGo    map[int64][]int     // goroutines by the id of the one that started them
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

type wanted struct {
	kind Kind
	lock lock
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
		inside: map[uint64]near{}, locked: map[string][]held{}, onceAt: map[uint64][]call{}, runs: map[int]call{},
		byGo: map[int64][]int{}, writers: map[lock][]int{}, holding: map[wanted][]Holder{}}
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
		if w.Lock.Name != "" {
			names[w.Lock.Name] = true
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
// for one object by one name, and found once.
func (s *search) evident(w *Wait) []Holder {
	key := wanted{w.Kind, lock{w.Addr, w.Lock.Name}}
	hs, ok := s.holding[key]
	if !ok {
		for _, n := range s.names(w) {
			hs = append(hs, s.byCode(n)...)
		}
		hs = append(hs, s.byAddress(w)...)
		s.holding[key] = hs
	}
	return slices.Clone(hs)
}

// maxNames bounds the names that one object is looked for by.
const maxNames = 8

// names returns waits for the same object as w, itself first, each by another
// name: one function may have it as a field, another as an argument.
func (s *search) names(w *Wait) []*Wait {
	out := []*Wait{w}
	if w.Addr == 0 {
		return out
	}
	all := s.waiting[w.object()]
	for _, g := range all[:min(len(all), maxCalls)] {
		n := s.kind[g]
		if len(out) < maxNames && !slices.ContainsFunc(out, func(o *Wait) bool { return o.Lock.Name == n.Lock.Name }) {
			out = append(out, n)
		}
	}
	return out
}

// byAddress returns the goroutines that were given the address of what w
// waits for, or of what contains it, and wait for something else.
func (s *search) byAddress(w *Wait) []Holder {
	var hs []Holder
	for _, c := range s.exact[w.Addr] {
		if !s.together(w, c.goroutine) {
			sure, why := s.exactly(w, c)
			hs = append(hs, Holder{Goroutine: c.goroutine, Frame: c.frame, Sure: sure, Why: why})
		}
	}
	for _, c := range s.stale[w.Addr] {
		if !s.together(w, c.goroutine) {
			hs = append(hs, Holder{Goroutine: c.goroutine, Frame: c.frame, Sure: Possible, Why: HasPointer})
		}
	}
	if !s.inside[w.Addr].waiter {
		return hs
	}
	for _, c := range s.inside[w.Addr].calls {
		if known, _ := s.holds(c.goroutine); !known && !s.together(w, c.goroutine) {
			hs = append(hs, Holder{Goroutine: c.goroutine, Frame: c.frame, Sure: Possible, Why: HasStruct})
		}
	}
	return hs
}

// exactly says how sure it is that a call which was given the address of a
// lock has taken it.
func (s *search) exactly(w *Wait, c call) (Sureness, Evidence) {
	known, holds := s.holds(c.goroutine)
	if known && !holds {
		// It may still have been taken in a call that has returned, which no
		// code of a call on the stack shows.
		return Possible, HasPointer
	}
	if known {
		f := &s.gs[c.goroutine].Frames[c.frame]
		locks, _ := s.code.Held(f)
		if slices.ContainsFunc(locks, func(l source.Lock) bool { return l.First && !l.Field }) && receiver(f.Args) == w.Addr {
			return Sure, LockedThere
		}
	}
	return Likely, HasPointer
}

// together reports whether goroutine g waits for the same object as w.
func (s *search) together(w *Wait, g int) bool {
	other := s.kind[g]
	return other != nil && other.object() == w.object()
}

// byCode returns the goroutines whose source shows that they hold the lock,
// among them the waiting one itself, or that they will call Done.
func (s *search) byCode(w *Wait) []Holder {
	var hs []Holder
	if w.Lock.Name == "" {
		return nil
	}
	for _, c := range s.locked[w.Lock.Name] {
		h := s.holder(w, c)
		if c.lock.Done {
			h.Why = CallsDone
		}
		switch {
		case h.Sure == 0 || c.lock.Done != (w.Kind == WaitGroup):
		case w.Kind == ReadLock && c.lock.Read:
			// Readers do not keep each other out.
		default:
			hs = append(hs, h)
		}
	}
	return hs
}

// holder says how sure it is that c holds what w waits for.
func (s *search) holder(w *Wait, c held) Holder {
	h := Holder{Goroutine: c.goroutine, Frame: c.frame, Sure: Likely, Why: LockedInCode}
	if w.Lock.Field {
		h.Sure, h.Why = s.same(w, c)
	}
	if c.goroutine == w.Goroutine && c.frame == w.Caller {
		// In one function, the same words mean the same lock.
		h.Sure, h.Why = Likely, LockedInCode
		if c.lock.Path != w.Lock.Path {
			h.Sure = 0
		}
	}
	return h
}

// again reports whether the code of the goroutine that wants to read has
// read-locked the same lock before.
func (s *search) again(w *Wait) bool {
	return w.Kind == ReadLock && slices.ContainsFunc(s.locked[w.Lock.Name], func(c held) bool {
		return c.goroutine == w.Goroutine && c.lock.Read && s.holder(w, c).Sure >= Likely
	})
}

// same says how sure it is that a lock which is a field is that of the object
// which w waits for, and not that of another of the type. It is 0 where it is
// known to be another.
func (s *search) same(w *Wait, c held) (Sureness, Evidence) {
	var want, have uint64
	if w.Lock.First {
		want = receiver(s.gs[w.Goroutine].Frames[w.Caller].Args)
	}
	if c.lock.First {
		have = receiver(s.gs[c.goroutine].Frames[c.frame].Args)
	}
	switch {
	case want != 0 && want == have:
		return Sure, LockedThere
	case want != 0 && have != 0, have != 0 && w.Addr != 0 && w.Addr-have >= maxStruct:
		return 0, 0
	case c.goroutine == w.Goroutine && c.lock.First && w.Lock.First && s.onReceiver(w, c):
		return Likely, LockedInCode
	}
	return Possible, LockedInCode
}

// onReceiver reports whether all calls from c down to the one that waits are
// of methods on the same object.
func (s *search) onReceiver(w *Wait, c held) bool {
	frames := s.gs[w.Goroutine].Frames
	for i := c.frame; i > w.Caller; i-- {
		inner := frames[i-1].Func
		if !s.code.OnReceiver(&frames[i], inner[strings.LastIndexByte(inner, '.')+1:]) {
			return false
		}
	}
	return c.frame > w.Caller
}

// holds reports whether source of goroutine g can be read, and whether it
// shows that g holds any lock.
func (s *search) holds(g int) (known, holds bool) {
	if s.code == nil {
		return false, false
	}
	for i := range s.gs[g].Frames {
		locks, ok := s.code.Held(&s.gs[g].Frames[i])
		known, holds = known || ok, holds || len(locks) > 0
	}
	return known, holds
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
	} else if w.Lock.Name != "" {
		add(lock{name: w.Lock.Name}, Likely)
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
