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
	of   []*Cause          // those that were asked for
	kept map[string]*Cause // the same, each once: a dump has many goroutines and few causes

	waits   func() []relate.Wait
	waiting func() map[int]relate.Wait // the same by index of the goroutine
	readers func() map[int64]Cause     // causes of the readers of HTTP connections, by creator
}

// NewClassifier returns one for the goroutines gs of one dump, which it keeps
// and does not change. A nil tree reads no source.
func NewClassifier(gs []stackparse.Goroutine, tree *source.Tree) *Classifier {
	c := &Classifier{gs: gs, tree: tree, of: make([]*Cause, len(gs)), kept: map[string]*Cause{}}
	c.waits = sync.OnceValue(func() []relate.Wait { return relate.Waits(gs, tree) })
	c.waiting = sync.OnceValue(func() map[int]relate.Wait { return relate.ByGoroutine(c.waits()) })
	c.readers = sync.OnceValue(c.findReaders)
	return c
}

// Goroutines returns the goroutines that c was made for.
func (c *Classifier) Goroutines() []stackparse.Goroutine { return c.gs }

// Waits returns which of them wait for a lock, and for whom. It looks once,
// however often it is asked: that takes longest of all.
func (c *Classifier) Waits() []relate.Wait { return c.waits() }

// Of returns the cause of goroutine i.
func (c *Classifier) Of(i int) Cause {
	if c.of[i] == nil {
		found := c.find(i)
		// The cause "other" has the state in its title.
		name := found.ID + "\x00" + found.Title
		if c.kept[name] == nil {
			c.kept[name] = &found
		}
		c.of[i] = c.kept[name]
	}
	return *c.of[i]
}

func (c *Classifier) find(i int) Cause {
	g := &c.gs[i]
	l := newLook(g, c.tree)
	// paired asks for all goroutines at once what recursive would ask for one.
	l.related = true
	switch {
	case g.State == "sync.RWMutex.RLock" && c.paired(i):
		recursive, _ := ByID("rw-recursive")
		return recursive
	// Both goroutines of a connection have the one as creator that dialled.
	case at(connWriter)(l) && by(dialConn)(l):
		if reader, ok := c.readers()[g.Creator.Goroutine]; ok {
			return reader
		}
	}
	return of(l)
}

// paired reports whether goroutine i wants to read what a writer waits for,
// and is, as far as can be seen, the reader that this writer waits for.
func (c *Classifier) paired(i int) bool {
	if c.waiting()[i].Again {
		return true
	}
	isReader := func(h relate.Holder) bool { return h.Goroutine == i }
	for _, h := range c.waiting()[i].Holders {
		if h.Why != relate.WantsToWrite {
			continue
		}
		holders := c.waiting()[h.Goroutine].Holders
		// If nothing shows what the writer waits for, it waits for a reader, and this
		// goroutine is one.
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
// has read-locked already what it wants to read-lock. A [Classifier] has asked
// that for all goroutines at once.
func (l *Look) recursive() bool {
	if l.related {
		return false
	}
	waits := relate.Waits([]stackparse.Goroutine{*l.Goroutine}, l.tree)
	return len(waits) == 1 && waits[0].Again
}
