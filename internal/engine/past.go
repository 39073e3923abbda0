package engine

import (
	"fmt"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// lockCode reads in the source which locks goroutines want and have taken. Many
// goroutines stand at one place, so it remembers what it has read.
type lockCode struct {
	tree *source.Tree
	want map[string]source.Lock // by file and line
	past map[string]string      // by id of the holder, and what is wanted
}

// wanted is the lock that g waits for, as its code names it; zero where g waits
// for none or the code cannot be read.
func (c *lockCode) wanted(g *stackparse.Goroutine) source.Lock {
	switch g.State {
	case "sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock":
	default:
		return source.Lock{}
	}
	for i := range g.Frames {
		f := &g.Frames[i]
		switch stackparse.Package(f.Func) {
		case "sync", "internal/sync", "runtime":
			continue // the caller names the lock
		}
		key := fmt.Sprintf("%s:%d", f.File, f.Line)
		l, ok := c.want[key]
		if !ok {
			l, _ = c.tree.Wanted(f)
			c.want[key] = l
		}
		return l
	}
	return source.Lock{}
}

// passed returns the call by which g, which the heap shows to hold a reference to
// the lock that waiter waits for, has taken such a lock and not given it back:
// "from.mu.Lock()". The heap shows the reference, and the source the call. Neither
// shows that both are about the same lock, if the function has several of a kind.
func (c *lockCode) passed(waiter, g *stackparse.Goroutine, h *heap.Holder) string {
	want := c.wanted(waiter)
	if want.Name == "" {
		return ""
	}
	want.Read = waiter.State == "sync.RWMutex.RLock"
	key := fmt.Sprintf("%d %t %s", g.ID, want.Read, want.Name)
	past, ok := c.past[key]
	if !ok {
		past = c.find(want, g, h)
		c.past[key] = past
	}
	return past
}

func (c *lockCode) find(want source.Lock, g *stackparse.Goroutine, h *heap.Holder) string {
	for i := range g.Frames {
		f := &g.Frames[i]
		locks, _ := c.tree.Held(f)
		for _, l := range locks {
			// A parameter has another name in every call: there, the very function that
			// has taken one has to refer to the lock.
			unnamed := l.Param && want.Param && h.Steps == 0 && f.Func == h.Name
			switch {
			case l.Done, l.Name != want.Name && !unnamed, l.Read && want.Read: // readers do not hold up each other
			case l.Read:
				return l.Path + ".RLock()"
			default:
				return l.Path + ".Lock()"
			}
		}
	}
	return ""
}
