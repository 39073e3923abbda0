package relate

import (
	"cmp"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Wait is one goroutine that waits for an object of package sync.
type Wait struct {
	Goroutine int         // its index
	Kind      Kind        // what it waits for
	Addr      uint64      // where that is; 0 where the dump does not say
	Lock      source.Lock // what the code calls it; zero without a Code, or where that cannot be told
	Caller    int         // index in its Frames of the call that does not return; len(Frames) if there is none
	Again     bool        // it wants to read-lock what its own code has read-locked already
	Holders   []Holder    // the surest first

	base uint64 // address of the object that Lock is a field of; 0 where the call does not show it
}

// Holder is a goroutine that must act before a wait can end: it holds the
// lock, runs the function of the Once, or is one that the WaitGroup waits for.
type Holder struct {
	Goroutine int
	Frame     int // index in its Frames of the call that says so; -1 where no call does
	Sure      Sureness
	Why       Evidence
}

// Sureness says how much a relation can be relied on.
type Sureness int

const (
	// Possible fits what is known and may well be wrong: a report names it
	// with "perhaps".
	Possible Sureness = iota + 1
	// Likely has evidence that rarely misleads.
	Likely
	// Sure follows from the stacks themselves.
	Sure
)

// String returns the word for a report: "perhaps", "likely" or "surely".
func (s Sureness) String() string { return nth(s, "perhaps", "likely", "surely") }

// nth returns the word for n, which is counted from 1.
func nth[T ~int](n T, words ...string) string {
	if n < 1 || int(n) > len(words) {
		return "unknown"
	}
	return words[n-1]
}

// Evidence says what speaks for a holder.
type Evidence int

const (
	// HasPointer means that a call of it was given the object's address.
	HasPointer Evidence = iota + 1
	// HasStruct means that a call of it was given the address of an object
	// that probably contains the one waited for.
	HasStruct
	// LockedInCode means that its source takes the lock before the line where
	// it is and gives it back after.
	LockedInCode
	// LockedThere is LockedInCode where the address of the object agrees as
	// well.
	LockedThere
	// CallsDone means that its source calls Done of the WaitGroup when the
	// function returns.
	CallsDone
	// WantsToWrite means that it waits for the write lock, which holds up every
	// new reader.
	WantsToWrite
	// RunsOnce means that it runs the function of a sync.Once.
	RunsOnce
	// Member means that it was started by the Go method of the WaitGroup or
	// errgroup, by the goroutine that waits.
	Member
	// Sole means that it was started by the Go method of a WaitGroup or errgroup,
	// and that one goroutine alone waits for such a group.
	Sole
	// ByCause means that its cause is what usually leads to the other one's.
	ByCause
	// Child means that it was started by the goroutine that waits.
	Child
)

// String returns the evidence as a phrase that goes on from "goroutine 9, which".
func (e Evidence) String() string {
	return nth(e, "has its address", "has the address of the value that contains it", "locked it earlier in its code",
		"locked it earlier in its code, in the same object", "calls Done when it returns",
		"waits to write, which blocks new readers", "runs its function", "was started by its Go method",
		"is in a group, and no other goroutine waits for a group", "is stuck in work that this one waits for",
		"was started by the goroutine that waits")
}

// Waits returns, in the order of gs, the goroutines that wait for a lock, a
// WaitGroup or a Cond. Code may be nil. The time it takes grows with the
// number of calls in gs times its logarithm, whatever they hold.
func Waits(gs []stackparse.Goroutine, code Code) []Wait {
	var waits []Wait
	code = remember(code)
	waiting := map[object][]int{}
	for i := range gs {
		kind, addr, caller := waitOf(&gs[i])
		if kind == 0 {
			continue
		}
		w := Wait{Goroutine: i, Kind: kind, Addr: addr, Caller: caller}
		if code != nil && caller < len(gs[i].Frames) {
			w.Lock, _ = code.Wanted(&gs[i].Frames[caller])
			// The call shows the object where that is its first argument.
			if w.Lock.First {
				w.base = receiver(gs[i].Frames[caller].Args)
			}
		}
		if addr != 0 {
			waiting[w.object()] = append(waiting[w.object()], i)
		}
		waits = append(waits, w)
	}
	// All waits have to be known first: whom one waits for may wait itself.
	s := newSearch(gs, waits, waiting, code)
	for i := range waits {
		w := &waits[i]
		w.Holders, w.Again = s.holders(w), s.again(w)
		for h := range w.Holders {
			if o := &w.Holders[h]; o.Frame >= len(gs[o.Goroutine].Frames) {
				o.Frame = -1 // it is in calls of the library alone
			}
		}
	}
	return waits
}

// object is what several goroutines can wait for. Readers and writers of one
// RWMutex wait for the same.
type object struct {
	kind Kind
	addr uint64
}

func (w *Wait) object() object {
	if w.Kind == ReadLock {
		return object{WriteLock, w.Addr}
	}
	return object{w.Kind, w.Addr}
}

// MaxHolders bounds the holders that a wait names: with that many there may be
// more.
const MaxHolders = 8

// maxPossible is how many can be named where nothing likely is known: when all
// workers of a server have its address, that says nothing.
const maxPossible = 3

// surest sorts holders, the surest first, keeps one entry for each goroutine,
// and leaves out what is only possible where something likely is known or
// where it would be a list of suspects.
func surest(hs []Holder) []Holder {
	hs = distinct(hs, MaxHolders, maxPossible+1)
	switch {
	case len(hs) == 0:
		return nil
	case hs[0].Sure > Possible:
		// Beyond what is likely, guesses only distract.
		return slices.DeleteFunc(hs, func(h Holder) bool { return h.Sure == Possible })
	case len(hs) > maxPossible:
		return nil
	}
	return hs
}

// enough returns as many of holders as [surest] can make use of when the
// goroutine that waits is not among them.
func enough(hs []Holder) []Holder { return distinct(hs, MaxHolders+1, maxPossible+2) }

// distinct sorts holders, the surest first, and returns the first entry of each
// goroutine: so many that are likely, and so many that are possible.
func distinct(hs []Holder, likely, possible int) []Holder {
	sorting.Stable(hs, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(b.Sure, a.Sure), cmp.Compare(a.Goroutine, b.Goroutine))
	})
	var out []Holder
	for _, h := range hs {
		left := &likely
		if h.Sure == Possible {
			left = &possible
		}
		if *left > 0 && !slices.ContainsFunc(out, func(o Holder) bool { return o.Goroutine == h.Goroutine }) {
			out = append(out, h)
			*left--
		}
	}
	return out
}
