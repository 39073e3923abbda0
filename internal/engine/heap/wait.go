package heap

import "slices"

// wait is what a goroutine waits for.
type wait struct {
	blocked bool     // it waits for another goroutine, and for nothing else
	unknown bool     // for what is not known: it counts as able to run
	never   bool     // for nothing that exists: a nil channel, a select without cases
	objects []uint32 // any of them can end it
}

// mayEnd reports whether something that was marked can end the wait.
func (w *wait) mayEnd(marked bitset) bool {
	if w.unknown {
		return true
	}
	return slices.ContainsFunc(w.objects, marked.has)
}

// kind groups the runtime's reasons to wait by where the object is.
type kind int

const (
	kindNone kind = iota
	kindNever
	kindChannel
	kindAddress // of a semaphore or a list, inside of a lock, a wait group, a condition variable
	kindCoroutine
)

// reasons are the runtime's texts, of runtime/runtime2.go, for the waits that
// only another goroutine can end. Every other wait counts as able to run.
var reasons = map[string]kind{
	"chan receive":            kindChannel,
	"chan send":               kindChannel,
	"select":                  kindChannel,
	"chan receive (nil chan)": kindNever,
	"chan send (nil chan)":    kindNever,
	"select (no cases)":       kindNever,
	"sync.Mutex.Lock":         kindAddress,
	"sync.RWMutex.Lock":       kindAddress,
	"sync.RWMutex.RLock":      kindAddress,
	"sync.WaitGroup.Wait":     kindAddress,
	"sync.Cond.Wait":          kindAddress,
	"semacquire":              kindAddress,
	"coroutine":               kindCoroutine,
}

// waitOf finds what a goroutine waits for.
func (g *Graph) waitOf(x *goroutine) wait {
	k := reasons[x.reason]
	if k == kindNone || x.system || x.status != statusWaiting && x.status != statusLeaked {
		return wait{}
	}
	w := wait{blocked: true}
	switch k {
	case kindNever:
		w.never = true
	case kindCoroutine:
		if o, ok := g.coroutines[x.addr]; ok && o != none {
			w.objects = []uint32{o}
		}
	default:
		w.objects = g.sudogTargets(x, k)
	}
	w.unknown = !w.never && len(w.objects) == 0
	return w
}

// sudogTargets follows the chain of sudogs of a goroutine to what they wait
// for.
func (g *Graph) sudogTargets(x *goroutine, k kind) []uint32 {
	if x.record == none {
		return nil
	}
	var targets []uint32
	var seen []uint32
	// The record refers to the first, and each to the next.
	queue := slices.Clone(g.out(x.record))
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		if !g.isSudog.has(s) || g.out(s)[0] != x.record || slices.Contains(seen, s) {
			continue
		}
		seen = append(seen, s)
		out := g.out(s)[1:]
		queue = append(queue, out...)
		switch k {
		case kindChannel:
			// The channel is the last field; elements and links come before.
			if len(out) == 0 || g.cut(out[len(out)-1]) {
				return nil
			}
			targets = append(targets, out[len(out)-1])
		case kindAddress:
			// The address is all that is no link to another wait.
			for _, o := range out {
				if !g.cut(o) {
					targets = append(targets, o)
				}
			}
		}
	}
	if k == kindAddress && len(targets) != 1 {
		return nil
	}
	return targets
}
