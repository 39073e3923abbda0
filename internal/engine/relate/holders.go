package relate

import (
	"cmp"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
)

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
	default:
		hs = s.evident(w)
	}
	return surest(hs)
}

// evident returns what code and addresses say, the surest first. What they say
// of other goroutines is the same for all waits for one object, and found once.
func (s *search) evident(w *Wait) []Holder {
	key := wanted{w.Kind, lock{w.Addr, w.Lock.Name}, w.base}
	all, ok := s.holding[key]
	if !ok {
		for _, n := range s.names(w) {
			all = append(all, s.byCode(n)...)
		}
		all = append(all, s.byAddress(w)...)
		if w.Kind == ReadLock {
			all = append(all, s.pending(w)...)
		}
		all = enough(all)
		s.holding[key] = all
	}
	mine := func(h Holder) bool { return h.Goroutine == w.Goroutine }
	// The other waits get the same list, with the goroutine that is left out here.
	hs := slices.DeleteFunc(slices.Clone(all), mine)
	// How its own calls count depends on the frame that waits, so that is not kept.
	return append(hs, s.among(w, s.locked.own[w.Goroutine])...)
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
	for _, c := range s.given.exact[w.Addr] {
		if !s.together(w, c.goroutine) {
			sure, why := s.exactly(w, c)
			hs = append(hs, Holder{Goroutine: c.goroutine, Frame: c.frame, Sure: sure, Why: why})
		}
	}
	for _, c := range s.given.stale[w.Addr] {
		if !s.together(w, c.goroutine) {
			hs = append(hs, Holder{Goroutine: c.goroutine, Frame: c.frame, Sure: Possible, Why: HasPointer})
		}
	}
	if !s.given.inside[w.Addr].waiter {
		return hs
	}
	for _, c := range s.given.inside[w.Addr].calls {
		// Of code that can be read, byCode has said what it holds.
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
		// The lock is the first argument itself, so the address that was given is the lock's.
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

// byCode returns the goroutines whose source shows that they hold the lock, or
// that they will call Done.
func (s *search) byCode(w *Wait) []Holder {
	n := s.locked.byName[w.Lock.Name]
	switch {
	case n == nil:
		return nil
	// The field of another object is another lock.
	case w.base != 0:
		return append(s.among(w, n.at[w.base]), s.among(w, n.unknown)...)
	}
	return s.among(w, n.all)
}

// among returns those of hs that hold what w waits for.
func (s *search) among(w *Wait, locks []held) []Holder {
	var hs []Holder
	for _, c := range locks {
		if c.lock.Name != w.Lock.Name || c.lock.Done != (w.Kind == WaitGroup) || w.Kind == ReadLock && c.lock.Read {
			continue // readers do not keep each other out
		}
		if h := s.holder(w, c); h.Sure != 0 {
			if c.lock.Done {
				h.Why = CallsDone
			}
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
		if c.lock.Path != w.Lock.Path { // a.mu and b.mu of one type have one Name
			h.Sure = 0
		}
	}
	return h
}

// again reports whether the code of the goroutine that wants to read has
// read-locked the same lock before.
func (s *search) again(w *Wait) bool {
	return w.Kind == ReadLock && slices.ContainsFunc(s.locked.own[w.Goroutine], func(c held) bool {
		return c.lock.Name == w.Lock.Name && c.lock.Read && s.holder(w, c).Sure >= Likely
	})
}

// same says how sure it is that a lock which is a field is that of the object
// which w waits for, and not that of another of the type. It is 0 where it is
// known to be another.
func (s *search) same(w *Wait, c held) (Sureness, Evidence) {
	want, have := w.base, c.base
	switch {
	case want != 0 && want == have:
		return Sure, LockedThere
	// The difference wraps round where the lock lies before the object.
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
// If the dump has the address of only one of the two waits, which is usual,
// the object decides, and otherwise their names.
func (s *search) pending(w *Wait) []Holder {
	var hs []Holder
	add := func(gs []int, sure Sureness) {
		for _, g := range gs[:min(len(gs), maxCalls)] {
			hs = append(hs, Holder{Goroutine: g, Frame: s.kind[g].Caller, Sure: sure, Why: WantsToWrite})
		}
	}
	switch {
	case w.Addr != 0:
		add(s.writers.at[lock{addr: w.Addr}], Sure)
	case w.Lock.Name == "": // nothing tells which one it is
	case w.base != 0:
		if addr, ok := s.writers.inside(w.base, w.Lock.Name); ok {
			add(s.writers.at[lock{addr: addr}], Likely)
		}
		add(s.writers.unknown[w.Lock.Name], Likely)
	default:
		add(s.writers.at[lock{name: w.Lock.Name}], Likely)
	}
	return hs
}

// inside returns the address of the lock in the object at base that somebody
// waits to write: the closest one, as objects do not overlap.
func (ws *writers) inside(base uint64, name string) (uint64, bool) {
	n, _ := slices.BinarySearchFunc(ws.sorted, base, func(w writer, base uint64) int { return cmp.Compare(w.addr, base) })
	if n == len(ws.sorted) || ws.sorted[n].addr-base >= maxStruct {
		return 0, false
	}
	return ws.sorted[n].addr, ws.sorted[n].name == name || ws.sorted[n].name == ""
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
	// The wait is for the Mutex, which lies behind the flag of its Once.
	for at := w.Addr - min(w.Addr, maxFlag); at < w.Addr; at++ {
		add(s.onces.at[at], Sure)
	}
	// Its function called Do again, as far as neither an address nor a name says otherwise.
	if c, ok := s.onces.runs[w.Goroutine]; ok && receiver(s.gs[c.goroutine].Frames[c.frame].Args) == 0 &&
		!s.otherOnce(w, c) {
		add([]call{c}, Likely)
	}
	for _, at := range s.calledOnce(w.Goroutine, w.Caller) {
		// If there are waits for one Once only, and one function runs,
		// they belong together.
		if runs := s.onces.of[at].runs; len(s.onces.of[at].waited) == 1 && len(runs) == 1 {
			add(runs, Likely)
			break
		}
	}
	add(s.onces.at[0], Possible) // those whose address is not printed
	return hs
}

// otherOnce reports whether the source shows that the Once whose function c
// runs is not the one that w waits for.
func (s *search) otherOnce(w *Wait, c call) bool {
	frames := s.gs[c.goroutine].Frames
	at := skipSync(&s.gs[c.goroutine], c.frame)
	if s.code == nil || w.Lock.Name == "" || at >= len(frames) {
		return false
	}
	lock, ok := s.code.Wanted(&frames[at])
	return ok && lock.Name != "" && lock.Name != w.Lock.Name
}

// calledOnce is what the dump has on the calls of Do at one place, or by one
// name. The address of the Once is rarely there for the call that runs the
// function, and always for those that wait.
type calledOnce struct {
	runs   []call
	waited map[uint64]bool // addresses
}

// calledOnce returns what a call of Do, whose caller is at the frame, is found by:
// the place, the name in the source, and, zero, that it is one at all.
func (s *search) calledOnce(g, caller int) []place {
	var at []place
	switch {
	case caller < len(s.gs[g].Frames):
		f := &s.gs[g].Frames[caller]
		at = append(at, place{f.Func, f.File, f.Line})
		if s.code == nil {
			break
		}
		if lock, ok := s.code.Wanted(f); ok && lock.Name != "" {
			at = append(at, place{fn: lock.Name})
		}
	case s.gs[g].Creator != nil: // go once.Do(f)
		c := s.gs[g].Creator
		at = append(at, place{c.Func, c.File, c.Line})
	}
	return append(at, place{})
}

// noteOnce records a call of Do.
func (s *search) noteOnce(g, caller int, note func(*calledOnce)) {
	for _, at := range s.calledOnce(g, caller) {
		o := s.onces.of[at]
		if o == nil {
			o = &calledOnce{waited: map[uint64]bool{}}
			s.onces.of[at] = o
		}
		note(o)
	}
}

// maxFlag is how far behind the start of a sync.Once its Mutex lies at most.
const maxFlag = 8

// members returns the goroutines that a WaitGroup probably counts.
func (s *search) members(w *Wait) []Holder {
	var hs []Holder
	for _, i := range s.counted.byGo[s.gs[w.Goroutine].ID] {
		// The group need not count every goroutine that was started by the one that waits.
		h := Holder{Goroutine: i, Frame: -1, Sure: Possible, Why: Child}
		if StartsMember(s.gs[i].Creator.Func) {
			h.Sure, h.Why = Likely, Member
		}
		if hs = append(hs, h); len(hs) >= maxCalls {
			break
		}
	}
	if len(hs) == 0 {
		return s.sole(w)
	}
	return hs
}

// sole returns the members of the only group that is waited for, where the
// goroutine that waits did not start them: a Stop does that, in a goroutine of
// its own. An errgroup has no members but those of its Go method; goroutines
// that a WaitGroup counts may have been started without.
func (s *search) sole(w *Wait) []Holder {
	fn := s.starter(w)
	// Of several groups nothing tells whose members they are.
	if s.counted.groups[fn] != 1 {
		return nil
	}
	sure := Possible
	if fn == goErrgroup {
		sure = Likely
	}
	var hs []Holder
	for _, i := range s.counted.byFunc[fn] {
		if i == w.Goroutine || s.gs[i].Creator.Goroutine != s.gs[s.counted.byFunc[fn][0]].Creator.Goroutine {
			return nil // members of several groups
		}
		hs = append(hs, Holder{Goroutine: i, Frame: -1, Sure: sure, Why: Sole})
	}
	return hs
}

const (
	goMember    = "sync.(*WaitGroup).Go"
	goErrgroup  = "golang.org/x/sync/errgroup.(*Group).Go"
	tryErrgroup = "golang.org/x/sync/errgroup.(*Group).TryGo"
)

// StartsMember reports whether fn starts a goroutine that its receiver, a
// WaitGroup or errgroup, waits for.
func StartsMember(fn string) bool {
	return fn == goMember || fn == goErrgroup || fn == tryErrgroup
}

// starter is the method that starts the members of what w waits for, "" where
// w is no wait for members.
func (s *search) starter(w *Wait) string {
	g := &s.gs[w.Goroutine]
	if w.Kind != WaitGroup || w.Caller >= len(g.Frames) {
		return ""
	}
	switch fn := g.Frames[w.Caller].Func; {
	case fn == "golang.org/x/sync/errgroup.(*Group).Wait":
		return goErrgroup
	// Its WaitGroup counts a call, which starts no goroutine.
	case strings.HasPrefix(fn, "golang.org/x/sync/singleflight."):
		return ""
	}
	return goMember
}
