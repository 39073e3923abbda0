package baseline

import (
	"cmp"
	"maps"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
)

// Leak is a leak that a run found: goroutines with one stack.
type Leak struct {
	Package string // import path of the package whose tests leak it; see [Entry]
	Key     Key
	Count   int
	Test    string // one test that leaks it; "" if none is known
	Summary string // what was seen, for the reader of the file
}

// Entry is a known leak. One without a package counts in every package that
// has no entry of its own for the stack; Count bounds each of them.
type Entry struct {
	Leak          // Count is how many may pass
	Reason string // why it stays
	Since  string // day that it was added: 2026-11-24
}

// Baseline is the known leaks, in the order of their packages and keys, each
// key once a package. The zero Baseline knows none.
type Baseline struct{ Entries []Entry }

// Change is a known leak whose count is another one now.
type Change struct {
	Entry Entry
	Found Leak
}

// Diff is what a run found against what is known. New and More fail it; Fewer
// and Gone ask for an update of the file, so that what is fixed stays fixed.
type Diff struct {
	New   []Leak
	More  []Change
	Fewer []Change
	Gone  []Entry
}

// place is what tells entries, and leaks, from one another.
type place struct {
	pkg string
	key Key
}

func (l *Leak) place() place { return place{l.Package, l.Key} }

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.pkg, q.pkg), cmp.Compare(p.key, q.key))
}

// Entry returns the entry that a leak with this key counts for in a package.
func (b Baseline) Entry(pkg string, key Key) (Entry, bool) {
	// An entry of the package itself wins over one of all packages.
	for _, p := range []place{{pkg, key}, {"", key}} {
		i, ok := slices.BinarySearchFunc(b.Entries, p, func(e Entry, p place) int { return e.place().compare(p) })
		if ok {
			return b.Entries[i], true
		}
	}
	return Entry{}, false
}

// Compare holds what a run found against b. Leaks of a package with the same
// key count together. Each list of the result is in the order of a baseline.
//
// judged reports whether the run would have found the leak of an entry, if it
// were still there: that all tests of its package ran. Other entries are never
// fewer or gone. With nil the run would have found all of them.
func Compare(b Baseline, found []Leak, judged func(Entry) bool) Diff {
	var d Diff
	leaks := sum(found)
	for _, leak := range leaks {
		entry, ok := b.Entry(leak.Package, leak.Key)
		switch {
		case !ok:
			d.New = append(d.New, leak)
		case leak.Count > entry.Count:
			d.More = append(d.More, Change{entry, leak})
		}
	}
	// An entry of all packages bounds each of them, so the package that leaks most tells.
	most := b.most(leaks)
	for _, entry := range b.Entries {
		leak, ok := most[entry.place()]
		switch {
		case judged != nil && !judged(entry):
		case !ok:
			d.Gone = append(d.Gone, entry)
		case leak.Count < entry.Count:
			d.Fewer = append(d.Fewer, Change{entry, leak})
		}
	}
	return d
}

// most returns, for each entry that was found, the leak of the package that
// leaks it most.
func (b Baseline) most(leaks []Leak) map[place]Leak {
	most := map[place]Leak{}
	for _, leak := range leaks {
		entry, ok := b.Entry(leak.Package, leak.Key)
		if ok && leak.Count > most[entry.place()].Count {
			most[entry.place()] = leak
		}
	}
	return most
}

// Update returns the baseline that lets found pass. Entries that are judged (see
// [Compare]) let pass just what was found; the others stay, and are raised where
// more was found. An entry that stays keeps its reason and its
// day; today is the day of new ones.
func Update(b Baseline, found []Leak, judged func(Entry) bool, today string) Baseline {
	leaks := sum(found)
	var entries []Entry
	for _, leak := range leaks {
		if _, ok := b.Entry(leak.Package, leak.Key); !ok {
			entries = append(entries, Entry{Leak: leak, Since: today})
		}
	}
	most := b.most(leaks)
	for _, entry := range b.Entries {
		leak, ok := most[entry.place()]
		switch {
		case judged != nil && !judged(entry):
			// Others may leak as much as it says; that more was found is certain.
			entry.Count = max(entry.Count, leak.Count)
			entry.Test = cmp.Or(entry.Test, leak.Test)
			entry.Summary = cmp.Or(entry.Summary, leak.Summary)
		case !ok:
			continue
		default:
			entry.Count, entry.Test, entry.Summary = leak.Count, leak.Test, leak.Summary
		}
		entries = append(entries, entry)
	}
	sortEntries(entries)
	return Baseline{entries}
}

func sortEntries(entries []Entry) {
	sorting.Stable(entries, func(a, b Entry) int { return a.place().compare(b.place()) })
}

// sum adds up leaks of one package with the same key. Of their tests and
// summaries the least is taken, so that the order in which they were found does
// not matter. What was not found at all (a count of zero or less) is left out.
func sum(found []Leak) []Leak {
	sums := map[place]Leak{}
	for _, leak := range found {
		if leak.Count <= 0 {
			continue
		}
		if known, ok := sums[leak.place()]; ok {
			leak.Count += known.Count
			leak.Test = least(leak.Test, known.Test)
			leak.Summary = least(leak.Summary, known.Summary)
		}
		sums[leak.place()] = leak
	}
	leaks := slices.Collect(maps.Values(sums))
	sorting.Stable(leaks, func(a, b Leak) int { return a.place().compare(b.place()) })
	return leaks
}

// least returns the lesser of a and b that is not empty.
func least(a, b string) string {
	if a == "" || b == "" {
		return max(a, b) // the one that is not empty, if any
	}
	return min(a, b)
}
