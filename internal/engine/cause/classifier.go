package cause

import (
	"slices"
	"sync"

	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Classifier finds causes with the other goroutines of the same dump in sight:
// some show only in pairs. It is not safe for use by several goroutines.
type Classifier struct {
	gs   []stackparse.Goroutine
	tree *source.Tree

	waits   func() map[int]relate.Wait // by index of the goroutine
	readers func() map[int64]Cause     // causes of the readers of HTTP connections, by creator
}

// NewClassifier returns one for the goroutines gs of one dump, which it keeps
// and does not change. A nil tree reads no source.
func NewClassifier(gs []stackparse.Goroutine, tree *source.Tree) *Classifier {
	c := &Classifier{gs: gs, tree: tree}
	c.waits = sync.OnceValue(c.findWaits)
	c.readers = sync.OnceValue(c.findReaders)
	return c
}

// Of returns the cause of goroutine i.
func (c *Classifier) Of(i int) Cause {
	g := &c.gs[i]
	l := newLook(g, c.tree)
	switch {
	case g.State == "sync.RWMutex.RLock" && c.paired(i):
		recursive, _ := ByID("rw-recursive")
		return recursive
	case at(connWriter)(l) && by(dialConn)(l):
		if reader, ok := c.readers()[g.Creator.Goroutine]; ok {
			return reader
		}
	}
	return of(l)
}

func (c *Classifier) findWaits() map[int]relate.Wait {
	out := map[int]relate.Wait{}
	for _, w := range relate.Waits(c.gs, c.tree) {
		out[w.Goroutine] = w
	}
	return out
}

// paired reports whether goroutine i wants to read what a writer waits for,
// and is, as far as can be seen, the reader that this writer waits for.
func (c *Classifier) paired(i int) bool {
	if c.waits()[i].Again {
		return true
	}
	isReader := func(h relate.Holder) bool { return h.Goroutine == i }
	for _, h := range c.waits()[i].Holders {
		if h.Why != relate.WantsToWrite {
			continue
		}
		holders := c.waits()[h.Goroutine].Holders
		if len(holders) == 0 || slices.ContainsFunc(holders, isReader) {
			return true
		}
	}
	return false
}

func (c *Classifier) findReaders() map[int64]Cause {
	out := map[int64]Cause{}
	for i := range c.gs {
		if l := newLook(&c.gs[i], c.tree); by(dialConn)(l) && began(connReader)(l) {
			out[l.Creator.Goroutine] = of(l)
		}
	}
	return out
}

// recursive reports whether the source of the goroutine's calls shows that it
// has read-locked already what it wants to read-lock.
func (l *Look) recursive() bool {
	waits := relate.Waits([]stackparse.Goroutine{*l.Goroutine}, l.tree)
	return len(waits) == 1 && waits[0].Again
}
