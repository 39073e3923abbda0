package filters

import (
	"sync"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// IsBenign reports whether an entry of [ClassBenign] matches g. It is the
// filter that every leak check begins with.
func IsBenign(g *stackparse.Goroutine) bool { return benignIndex().find(g) != nil }

// Lookup returns the entry of the catalogue that g is known as. Its class and
// Fix tell what to do about it.
func Lookup(g *stackparse.Goroutine) (Entry, bool) {
	if e := lookup(g); e != nil {
		return *e, true
	}
	return Entry{}, false
}

func lookup(g *stackparse.Goroutine) *Entry { return wholeIndex().find(g) }

var (
	wholeIndex  = sync.OnceValue(func() *index { return newIndex(func(*Entry) bool { return true }) })
	benignIndex = sync.OnceValue(func() *index { return newIndex(func(e *Entry) bool { return e.Class == ClassBenign }) })
)

// index finds the entry for a goroutine without trying each in turn. Nearly
// every entry asks for a function by its full name, so a goroutine that has
// none of these names needs one look-up for each of its frames and nothing
// else.
type index struct {
	entries   []Entry // in the order of the catalogue
	byCreator map[string][]int
	byCall    map[string][]int
	others    []int // entries that no name decides
}

func newIndex(member func(*Entry) bool) *index {
	x := &index{byCreator: map[string][]int{}, byCall: map[string][]int{}}
	for _, e := range catalogue() {
		if !member(&e) {
			continue
		}
		i := len(x.entries)
		x.entries = append(x.entries, e)
		names, ok := e.Match.n.anchors()
		if !ok {
			x.others = append(x.others, i)
		}
		for _, t := range names {
			if t.field == "created-by" {
				x.byCreator[t.value] = append(x.byCreator[t.value], i)
			} else {
				x.byCall[t.value] = append(x.byCall[t.value], i)
			}
		}
	}
	return x
}

// find returns the first entry of the catalogue that matches g, or nil.
func (x *index) find(g *stackparse.Goroutine) *Entry {
	first := len(x.entries)
	s := &Subject{Goroutine: g}
	try := func(candidates []int) {
		for _, i := range candidates {
			if i < first && x.entries[i].Match.n.eval(s) == yes {
				first = i
			}
		}
	}
	try(x.others)
	if g.Creator != nil {
		try(x.byCreator[g.Creator.Func])
	}
	for i := range g.Frames {
		try(x.byCall[g.Frames[i].Func])
	}
	if first == len(x.entries) {
		return nil
	}
	return &x.entries[first]
}

// anchors returns terms with full names of which every goroutine that n
// matches fulfils at least one. It is false if there are no such terms.
func (n *node) anchors() ([]term, bool) {
	switch n.op {
	case opTerm:
		named := n.term.field == "created-by" || n.term.field == "any" || n.term.field == "top"
		return []term{n.term}, named && n.term.kind == exact
	case opAnd: // any operand will do
		for _, arg := range n.args {
			if names, ok := arg.anchors(); ok {
				return names, true
			}
		}
	case opOr: // all operands are needed
		var all []term
		for _, arg := range n.args {
			names, ok := arg.anchors()
			if !ok {
				return nil, false
			}
			all = append(all, names...)
		}
		return all, true
	}
	return nil, false
}
