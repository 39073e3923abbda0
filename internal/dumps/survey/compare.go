package survey

import (
	"cmp"
	"maps"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Change is a kind of goroutines in two dumps.
type Change struct {
	report.Leak   // of the later dump, or of the earlier one if it is gone
	Before, After int64
}

// Stuck are goroutines with an id that both dumps have, at the same place.
type Stuck struct {
	report.Leak // of the later dump; the count of its group is of all there
	IDs         []int64
}

// Comparison says what has changed between two dumps, what has most changed
// first.
type Comparison struct {
	New, Gone, Grown, Shrunk []Change
	Same                     int // kinds with as many goroutines as before

	// Stuck is known if both dumps have ids and each of them was kept.
	Stuck []Stuck
}

// Compare compares two results by what both of them can tell: by is what they
// were grouped by, or less where one of the dumps says less.
func Compare(before, after *Result, by stackparse.Similarity) *Comparison {
	c := &Comparison{}
	was, is := byKey(before.Kinds, by), byKey(after.Kinds, by)
	for _, key := range slices.Sorted(maps.Keys(is)) {
		k := is[key]
		old, ok := was[key]
		x := Change{Leak: k, After: k.Group.Count}
		if ok {
			x.Before = old.Group.Count
		}
		switch {
		case !ok:
			c.New = append(c.New, x)
		case x.After > x.Before:
			c.Grown = append(c.Grown, x)
		case x.After < x.Before:
			c.Shrunk = append(c.Shrunk, x)
		default:
			c.Same++
		}
	}
	for _, key := range slices.Sorted(maps.Keys(was)) {
		if _, ok := is[key]; !ok {
			c.Gone = append(c.Gone, Change{Leak: was[key], Before: was[key].Group.Count})
		}
	}
	for _, list := range [][]Change{c.New, c.Gone, c.Grown, c.Shrunk} {
		slices.SortStableFunc(list, func(a, b Change) int { return cmp.Compare(b.size(), a.size()) })
	}
	if before.Whole && after.Whole {
		c.Stuck = stuck(before, is, after, by)
	}
	return c
}

// size is by how many goroutines a kind has changed.
func (c *Change) size() int64 { return max(c.After-c.Before, c.Before-c.After) }

// Normal is what is known of a kind from a dump of a time or process where all was
// well.
type Normal struct {
	Was  int64 // goroutines of the kind there
	Most int64 // of the dumps that are looked at, in the one with the most
}

// Normal compares the kinds of r with those of a dump where all was well, by what
// both tell. The result has one for each kind of r.
func (r *Result) Normal(well *Result, by stackparse.Similarity) []Normal {
	was := byKey(well.Kinds, by)
	alike := map[string]map[string]int64{} // goroutines by key and dump
	keys := make([]string, len(r.Kinds))
	for i := range r.Kinds {
		k := &r.Kinds[i]
		keys[i] = by.Key(&k.Goroutine)
		in := alike[keys[i]]
		if in == nil {
			in = map[string]int64{}
			alike[keys[i]] = in
		}
		for _, share := range r.Shares[i] {
			in[share.Dump] += share.Count
		}
		if len(r.Shares[i]) == 0 {
			in[""] += k.Group.Count
		}
	}
	out := make([]Normal, len(r.Kinds))
	for i, key := range keys {
		if k, ok := was[key]; ok {
			out[i].Was = k.Group.Count
		}
		for _, n := range alike[key] {
			out[i].Most = max(out[i].Most, n)
		}
	}
	return out
}

// byKey returns kinds by what they have in common. Several of them are one
// where less is compared than they were grouped by.
func byKey(kinds []report.Leak, by stackparse.Similarity) map[string]report.Leak {
	m := map[string]report.Leak{}
	for _, k := range kinds {
		key := by.Key(&k.Goroutine)
		if old, ok := m[key]; ok {
			g := *k.Group
			g.Count += old.Group.Count
			g.Leaked += old.Group.Leaked
			g.Goroutine = old.Group.Goroutine
			k.Goroutine, k.Group, k.Place = old.Goroutine, &g, old.Place
		}
		m[key] = k
	}
	return m
}

// stuck finds the goroutines that have not moved. It leaves out those that run,
// which may have been at the same place twice by chance, and those that sleep or
// wait for input, as they should.
func stuck(before *Result, kinds map[string]report.Leak, after *Result, by stackparse.Similarity) []Stuck {
	was := map[int64]string{}
	gs := before.Known.Goroutines()
	for i := range gs {
		if g := &gs[i]; g.ID != 0 {
			was[g.ID] = by.Key(g)
		}
	}
	ids := map[string][]int64{}
	gs = after.Known.Goroutines()
	for i := range gs {
		g := &gs[i]
		if g.ID == 0 || !cause.Old.Leak(g.State) {
			continue
		}
		if key := by.Key(g); was[g.ID] == key {
			ids[key] = append(ids[key], g.ID)
		}
	}
	var list []Stuck
	for _, key := range slices.Sorted(maps.Keys(ids)) {
		if k, ok := kinds[key]; ok { // and is to be shown
			list = append(list, Stuck{k, ids[key]})
		}
	}
	slices.SortStableFunc(list, func(a, b Stuck) int { return cmp.Compare(len(b.IDs), len(a.IDs)) })
	return list
}
