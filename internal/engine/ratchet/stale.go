package ratchet

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// End is called when all checks of the process are done. It returns lines that
// say which entries of its baselines are out of date; in an update, it updates
// them. whole says that all tests ran once, and passed. ok is false where a file
// cannot be written.
func End(whole bool) (lines []string, ok bool) {
	ratchets.Lock()
	list := slices.Collect(maps.Values(ratchets.byPath))
	sorting.Stable(list, func(a, b *Ratchet) int { return strings.Compare(a.path, b.path) }) // maps have no order
	ratchets.Unlock()
	ok = true
	for _, r := range list {
		switch known, err := r.load(); {
		case err != nil: // the check that wanted it has said so
		case r.Updating():
			said, err := r.endUpdate(known, whole)
			if err != nil {
				ok, said = false, []string{err.Error()}
			}
			lines = append(lines, said...)
		case whole:
			lines = append(append(lines, r.stale(known)...), r.reasonless(known)...)
		}
	}
	return lines, ok
}

// howToUpdate is what to run to have a baseline written.
func (r *Ratchet) howToUpdate() string {
	if r.ByCommand || os.Getenv(Variable) != "" {
		return "leakcheck test -update-baseline"
	}
	return UpdateVariable + "=1 go test"
}

// endUpdate takes out of the file what a whole run did not find.
func (r *Ratchet) endUpdate(before baseline.Baseline, whole bool) ([]string, error) {
	judged := r.judged
	if !whole {
		judged = none
	}
	if err := r.update(judged); err != nil {
		return nil, err
	}
	// load would return what was there before, and other processes may have written too.
	after, err := r.read()
	if err != nil {
		return nil, err
	}
	var lines []string
	if !whole {
		lines = append(lines, r.Name+": entries were added and raised; to remove or lower entries, run all "+
			"tests once without failures")
	}
	if changed := r.changed(before, after); changed != "" {
		lines = append(lines, r.Name+": "+changed)
	}
	return append(lines, r.reasonless(after)...), nil
}

// changed says what an update did, or returns "".
func (r *Ratchet) changed(before, after baseline.Baseline) string {
	mine := func(e baseline.Entry) bool { return e.Package == r.pkg || e.Package == "" }
	var leaks []baseline.Leak
	for _, e := range after.Entries {
		if mine(e) {
			leaks = append(leaks, e.Leak)
		}
	}
	// The difference of two files is that of a file and a run which found what the other lists.
	d := baseline.Compare(before, leaks, mine)
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{len(d.New), "added"}, {len(d.Gone), "removed"}, {len(d.More), "raised"}, {len(d.Fewer), "lowered"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

// maxStale bounds the entries that are named.
const maxStale = 20

// stale names the entries that allow more than a whole run found.
func (r *Ratchet) stale(known baseline.Baseline) []string {
	d := baseline.Compare(known, r.found(known), r.judged)
	var lines []string
	for _, e := range d.Gone {
		lines = append(lines, fmt.Sprintf("%s: %s did not leak in this run of all tests", r.Name, nameEntry(e)))
	}
	for _, c := range d.Fewer {
		lines = append(lines, fmt.Sprintf("%s: %s leaked %d times in this run of all tests, and is allowed %d times",
			r.Name, nameEntry(c.Entry), c.Found.Count, c.Entry.Count))
	}
	if len(lines) == 0 {
		return nil
	}
	if more := len(lines) - maxStale; more > 0 {
		lines = append(lines[:maxStale], fmt.Sprintf("%s: and %d more", r.Name, more))
	}
	return append(lines, fmt.Sprintf("%s: if it is fixed, %s updates the file", r.Name, r.howToUpdate()))
}

// nameEntry names an entry by its stack and its test.
func nameEntry(e baseline.Entry) string {
	if e.Test == "" {
		return brief(e.Key)
	}
	return brief(e.Key) + " of " + e.Test
}

// reasonless counts the entries of this package that say nothing.
func (r *Ratchet) reasonless(known baseline.Baseline) []string {
	n := 0
	for _, e := range known.Entries {
		if e.Reason == "" && (e.Package == r.pkg || e.Package == "" && !r.shared) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf(`%s: %s without a reason; say in "reason" why the leak stays`, r.Name,
		words.Plural(n, "entry is", "entries are"))}
}

// Inputs are what the checks of this process depend on apart from the tests: names
// of variables, and files.
func Inputs() (envs, files []string) {
	ratchets.Lock()
	defer ratchets.Unlock()
	return []string{Variable, UpdateVariable}, slices.Sorted(maps.Keys(ratchets.byPath))
}
