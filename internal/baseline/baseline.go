package baseline

import (
	"cmp"
	"maps"
	"slices"
)

// Leak is a leak that a run found: goroutines with one stack.
type Leak struct {
	Key     Key
	Count   int
	Test    string // one test that leaks it; "" if none is known
	Summary string // what was seen, for the reader of the file
}

// Entry is a known leak.
type Entry struct {
	Leak          // Count is the most that is let pass
	Reason string // why it stays
	Since  string // day that it was added: 2026-11-24
}

// Baseline is the known leaks, in the order of their keys, each key once. The
// zero Baseline knows none.
type Baseline struct{ Entries []Entry }

// Change is a known leak whose count is another one now.
type Change struct {
	Entry Entry
	Found Leak
}

// Diff is what a run found against what is known. New and More fail it; Fewer
// and Gone ask for an update of the file, so that what is fixed stays fixed.
// Only a run of all tests can tell Fewer and Gone.
type Diff struct {
	New   []Leak
	More  []Change
	Fewer []Change
	Gone  []Entry
}

// Fails reports whether a leak is new or has become more.
func (d Diff) Fails() bool { return len(d.New) > 0 || len(d.More) > 0 }

// Stale reports whether the baseline allows more than was found.
func (d Diff) Stale() bool { return len(d.Fewer) > 0 || len(d.Gone) > 0 }

// Compare holds what a run found against b. Leaks with the same key count
// together. Each list of the result is in the order of the keys.
func Compare(b Baseline, found []Leak) Diff {
	var d Diff
	now := byKey(found)
	for _, entry := range b.Entries {
		leak, ok := now[entry.Key]
		delete(now, entry.Key)
		switch {
		case !ok:
			d.Gone = append(d.Gone, entry)
		case leak.Count > entry.Count:
			d.More = append(d.More, Change{entry, leak})
		case leak.Count < entry.Count:
			d.Fewer = append(d.Fewer, Change{entry, leak})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(now)) {
		d.New = append(d.New, now[key])
	}
	return d
}

// Update returns the baseline that lets found pass and nothing more. An entry
// that stays keeps its reason and its day; today is the day of new ones.
func Update(b Baseline, found []Leak, today string) Baseline {
	before := map[Key]Entry{}
	for _, entry := range b.Entries {
		before[entry.Key] = entry
	}
	var entries []Entry
	for key, leak := range byKey(found) {
		entry := Entry{Leak: leak, Since: today}
		if known, ok := before[key]; ok {
			entry.Reason, entry.Since = known.Reason, known.Since
		}
		entries = append(entries, entry)
	}
	sortEntries(entries)
	return Baseline{entries}
}

func sortEntries(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
}

// byKey adds up leaks with the same key. Of their tests and summaries the
// least is taken, so that the order in which they were found does not matter.
// What was not found at all (a count of zero or less) is left out.
func byKey(found []Leak) map[Key]Leak {
	sum := map[Key]Leak{}
	for _, leak := range found {
		if leak.Count <= 0 {
			continue
		}
		if known, ok := sum[leak.Key]; ok {
			leak.Count += known.Count
			leak.Test = least(leak.Test, known.Test)
			leak.Summary = least(leak.Summary, known.Summary)
		}
		sum[leak.Key] = leak
	}
	return sum
}

// least returns the lesser of a and b that is not empty.
func least(a, b string) string {
	if a == "" || b == "" {
		return max(a, b)
	}
	return min(a, b)
}
