package stackparse

import (
	"cmp"
	"slices"
	"strings"
)

// Bounds on what [Pointers.Waits] looks at and answers.
const (
	// structSize is how far before a lock the struct may start that it is a
	// field of, in bytes.
	structSize = 256

	// maxHolders is how many candidates an answer lists.
	maxHolders = 16

	// maxLooks is how many occurrences of pointers are looked at for one
	// answer, so that all answers together take linear time.
	maxLooks = 4096
)

// Wait is an object of package sync that goroutines wait for.
type Wait struct {
	// Addr is where it is, 0 if the dump does not say so. Of a sync.Cond it is
	// the address of its list of goroutines, of a type that waits for a mutex
	// inside, such as sync.Once, that of the mutex.
	Addr    uint64
	Type    string // "sync.Mutex", "sync.RWMutex", "sync.WaitGroup", "sync.Cond", …
	Waiters []int  // indices into the goroutines of the dump

	// Holders are candidates for who holds it, the likeliest first: goroutines
	// that do not wait for it and have a pointer to it, or to a place shortly
	// before it, where a struct may start that it is a field of. At most 16
	// are listed. None means that none is known.
	Holders []Holder
}

// Holder is a goroutine that may hold what others wait for.
type Holder struct {
	Goroutine int    // index into the goroutines of the dump
	Frame     int    // index of the call that has the pointer
	Pointer   uint64 // the pointer it has
	Sure      bool   // and has for sure: it is printed without a question mark
	Shared    bool   // one of those that wait has the same pointer
}

// Waits returns what goroutines wait for, that with most of them first. Those
// that wait for something at an unknown address are in one Wait for each type.
func (p *Pointers) Waits() []Wait {
	type key struct {
		addr uint64
		kind string
	}
	var waits []Wait
	index := map[key]int{}
	for i := range p.gs {
		addr, kind := waitsFor(p.gs[i].Frames)
		if kind == "" {
			continue
		}
		k := key{addr, kind}
		if addr != 0 {
			k.kind = "" // an RWMutex is where its Mutex is
		}
		n, ok := index[k]
		if !ok {
			n = len(waits)
			index[k] = n
			waits = append(waits, Wait{Addr: addr, Type: kind})
		}
		waits[n].Waiters = append(waits[n].Waiters, i)
	}
	for i := range waits {
		p.findHolders(&waits[i])
	}
	slices.SortStableFunc(waits, func(a, b Wait) int { return cmp.Compare(len(b.Waiters), len(a.Waiters)) })
	return waits
}

// findHolders looks at the pointers up to the address of w, the nearest first.
func (p *Pointers) findHolders(w *Wait) {
	if w.Addr == 0 {
		return
	}
	seen := map[int32]bool{} // goroutines that are listed, or wait
	for _, i := range w.Waiters {
		seen[int32(i)] = true
	}
	end := p.search(w.Addr + 1)
	for looks := 0; end > 0 && looks < maxLooks && len(w.Holders) < maxHolders; {
		addr := p.uses[end-1].addr
		if w.Addr-addr > structSize {
			break
		}
		start := max(p.search(addr), end-maxLooks)
		looks += end - start
		p.addHolders(w, p.uses[start:end], seen)
		end = start
	}
	slices.SortStableFunc(w.Holders, compareHolders)
}

// addHolders adds the goroutines of uses, which are all of one address.
func (p *Pointers) addHolders(w *Wait, uses []use, seen map[int32]bool) {
	shared := slices.ContainsFunc(uses, func(u use) bool {
		_, waits := slices.BinarySearch(w.Waiters, int(u.goroutine))
		return waits
	})
	for _, u := range uses {
		if seen[u.goroutine] || len(w.Holders) == maxHolders {
			continue
		}
		seen[u.goroutine] = true
		w.Holders = append(w.Holders, Holder{int(u.goroutine), int(u.frame), u.addr, u.sure, shared})
	}
}

// compareHolders puts those first that have a pointer to the lock's struct, as
// the waiters show it, and of the others those whose pointer is nearer.
func compareHolders(a, b Holder) int {
	switch {
	case a.Shared != b.Shared:
		return bool2int(b.Shared) - bool2int(a.Shared)
	case a.Sure != b.Sure:
		return bool2int(b.Sure) - bool2int(a.Sure)
	}
	return cmp.Compare(b.Pointer, a.Pointer)
}

func bool2int(b bool) int {
	if b {
		return 1
	}
	return 0
}

// parks are the functions of the runtime that a goroutine stops in when it
// waits for something of package sync, as dumps show them, and whether the
// first argument is the address that it waits for. That of the semaphores is
// the address of a field.
var parks = map[string]bool{
	"internal/sync.runtime_SemacquireMutex": false, // Go 1.24 and later
	"sync.runtime_SemacquireMutex":          false,
	"sync.runtime_SemacquireRWMutexR":       false,
	"sync.runtime_SemacquireRWMutex":        false,
	"sync.runtime_SemacquireWaitGroup":      false, // Go 1.25 and later
	"sync.runtime_Semacquire":               false,
	"sync.runtime_notifyListWait":           true,
}

// waitsFor returns what the goroutine with the given calls waits for, "" if it
// is nothing of package sync. The type is that of the outermost method of
// package sync: who calls RWMutex.Lock may wait in Mutex.Lock.
func waitsFor(frames []Frame) (addr uint64, kind string) {
	for len(frames) > 0 && strings.HasPrefix(frames[0].Func, "runtime.") {
		frames = frames[1:] // in dumps of crashes
	}
	if len(frames) == 0 {
		return 0, ""
	}
	first, ok := parks[frames[0].Func]
	if !ok {
		return 0, ""
	}
	if first {
		addr = firstWord(frames[0].Args)
	}
	for _, f := range frames[1:] {
		name, ok := strings.CutPrefix(strings.TrimPrefix(f.Func, "internal/"), "sync.(*")
		if !ok {
			break
		}
		if typ, _, ok := strings.Cut(name, ")."); ok && isPointerMethod(f.Func) {
			kind = "sync." + typ
			if addr == 0 {
				addr = firstWord(f.Args)
			}
		}
	}
	return addr, kind
}

// firstWord returns the first argument, 0 if it is not sure.
func firstWord(args string) uint64 {
	r := argReader{text: args, method: true}
	if r.next() && r.receiver && r.sure {
		return r.value
	}
	return 0
}
