package relate

import (
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Kind is what a goroutine waits for.
type Kind int

// The kinds of objects of package sync that goroutines wait for.
const (
	Mutex     Kind = iota + 1 // Lock of a sync.Mutex
	ReadLock                  // RLock of a sync.RWMutex
	WriteLock                 // Lock of a sync.RWMutex
	Once                      // Do of a sync.Once whose function has not returned
	WaitGroup                 // Wait of a sync.WaitGroup
	Cond                      // Wait of a sync.Cond
)

// String names the object: "sync.Mutex".
func (k Kind) String() string {
	return nth(k, "sync.Mutex", "sync.RWMutex", "sync.RWMutex", "sync.Once", "sync.WaitGroup", "sync.Cond")
}

// waitOf reads from the innermost frames what g waits for. The state is not
// asked: it says "sync.Mutex.Lock" for three kinds, and was "semacquire" for a
// WaitGroup until Go 1.23.
//
// caller is the index of the first frame above package sync: the call that
// does not return.
func waitOf(g *stackparse.Goroutine) (kind Kind, addr uint64, caller int) {
	if g.State == "running" || g.State == "runnable" {
		return 0, 0, 0 // about to get it, or to try again
	}
	for i := range g.Frames {
		f := &g.Frames[i]
		name, ok := inSync(f.Func)
		if !ok {
			return kind, addr, i
		}
		k := kindOf[name]
		// Lock, Do and what the runtime adds say nothing that lockSlow and the like do not.
		if k == 0 {
			continue
		}
		if kind == 0 || kind == Mutex && (k == WriteLock || k == Once) {
			// An RWMutex begins with the Mutex of its writers, so that the
			// address of one is the address of the other. A Once has its Mutex
			// behind its flag. A Cond locks again after it was woken: then the
			// wait is for that lock.
			kind = k
		}
		if addr == 0 {
			addr = receiver(f.Args)
		}
		if kind == Once && name == "(*Once).doSlow" {
			return kind, addr, skipSync(g, i)
		}
	}
	return kind, addr, len(g.Frames)
}

// onceFunc calls the function of a sync.Once.
const onceFunc = "sync.(*Once).doSlow"

// kindOf holds the methods that block. Mutex.Lock itself has no row: it is
// inlined or its argument is gone, and lockSlow is always below it.
var kindOf = map[string]Kind{
	"(*Mutex).lockSlow":      Mutex,
	"(*RWMutex).RLock":       ReadLock,
	"(*RWMutex).Lock":        WriteLock,
	"(*Once).doSlow":         Once,
	"(*WaitGroup).Wait":      WaitGroup,
	"(*Cond).Wait":           Cond,
	"runtime_notifyListWait": Cond, // has the address of the list inside the Cond, which serves as well
}

// inSync returns the name of fn within package sync or the internal package
// below it, "" for frames of the runtime, and false for all others.
func inSync(fn string) (string, bool) {
	if name, ok := strings.CutPrefix(strings.TrimPrefix(fn, "internal/"), "sync."); ok {
		return name, true
	}
	return "", strings.HasPrefix(fn, "runtime.")
}

// skipSync is the index of the first frame after i that is not of package
// sync: Once.Do stands between doSlow and its caller where it is inlined.
func skipSync(g *stackparse.Goroutine, i int) int {
	for i++; i < len(g.Frames); i++ {
		if _, ok := inSync(g.Frames[i].Func); !ok {
			break
		}
	}
	return i
}
