package filters

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// IsBenign reports whether an entry of [ClassBenign] matches g, as the filter
// [Benign] does. Every leak check begins with it.
func IsBenign(g *stackparse.Goroutine) bool { return benignIndex().find(g) != nil }

// Lookup returns the entry of the catalogue that g is known as, and whether there
// is one. Its class and Fix tell what to do about it.
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
	byID      map[int64][]int
	byCreator map[string][]int
	byCall    map[string][]int
	others    []int // entries that neither a name nor an id decides
}

func newIndex(member func(*Entry) bool) *index {
	x := &index{byID: map[int64][]int{}, byCreator: map[string][]int{}, byCall: map[string][]int{}}
	for _, e := range catalogue() {
		if member(&e) {
			x.entries = append(x.entries, e)
			x.add(len(x.entries) - 1)
		}
	}
	return x
}

func (x *index) add(i int) {
	anchors, ok := x.entries[i].Match.n.anchors()
	if !ok {
		x.others = append(x.others, i)
	}
	for _, t := range anchors {
		switch t.field {
		case "id":
			for id := range strings.SplitSeq(t.value, ",") {
				n, _ := strconv.ParseInt(id, 10, 64) // ID wrote it
				x.byID[n] = append(x.byID[n], i)
			}
		case "created-by":
			x.byCreator[t.value] = append(x.byCreator[t.value], i)
		default: // a top call is looked up among all calls, and then matched
			x.byCall[t.value] = append(x.byCall[t.value], i)
		}
	}
}

// find returns the first entry of the catalogue that matches g, or nil.
func (x *index) find(g *stackparse.Goroutine) *Entry {
	// Each step looks only at entries before the best so far, since the first in the catalogue counts.
	first := x.try(x.others, g, len(x.entries))
	first = x.try(x.byID[g.ID], g, first)
	if g.Creator != nil {
		first = x.try(x.byCreator[g.Creator.Func], g, first)
	}
	for i := range g.Frames {
		first = x.try(x.byCall[g.Frames[i].Func], g, first)
	}
	if first == len(x.entries) {
		return nil
	}
	return &x.entries[first]
}

// try returns the first of the candidates before limit that matches g, or
// limit.
func (x *index) try(candidates []int, g *stackparse.Goroutine, limit int) int {
	for _, i := range candidates {
		if i < limit && x.entries[i].Match.Match(g) {
			limit = i
		}
	}
	return limit
}

// anchors returns terms with full names, or ids, of which every goroutine that
// n matches fulfils at least one. It is false if there are no such terms.
func (n *node) anchors() ([]term, bool) {
	switch n.op {
	case opTerm:
		decides := slices.Contains([]string{"created-by", "any", "top", "id"}, n.term.field)
		return []term{n.term}, decides && n.term.kind == exact
	case opAnd: // every goroutine fulfils all operands, so any of them will do
		for _, arg := range n.args {
			if names, ok := arg.anchors(); ok {
				return names, true
			}
		}
	case opOr: // a goroutine may fulfil just one operand, so each needs an anchor
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
