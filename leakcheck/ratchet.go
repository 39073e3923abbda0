package leakcheck

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
)

// birth is what only the start of the process can tell: a test may change the
// working directory, which go test makes the folder of the package, and in a
// synctest bubble the clock says 2000.
var birth = newBirth()

type birthFacts struct{ dir, day string }

func newBirth() birthFacts {
	dir, _ := os.Getwd() // "" where it cannot be known: paths are then seen from where the test is
	return birthFacts{dir, time.Now().Format(time.DateOnly)}
}

// ratchet is a baseline, and what the checks of this process found of it.
//
// Leaks are counted by repetition: with -count=3 each test ends three times, and
// each time may leave what the file allows. Which repetition a test is in needs
// no flag, it is how often the test began before; that holds for benchmarks,
// too. Only what the check at the end of the process finds cannot be told apart;
// it is divided by the number of repetitions that the flags ask for.
type ratchet struct {
	name   string // as it was given, for people
	path   string // absolute
	pkg    string // import path of the package
	shared bool   // by several packages: entries that are added name theirs
	reps   func() int
	load   func() (baseline.Baseline, error) // once

	mu      sync.Mutex
	counts  map[baseline.Key]map[round]tally
	began   map[string]start
	skipped map[string]bool // tests that skipped themselves
}

// round is a repetition of the tests, from 0, or one of the constants below.
type round int

const (
	atEnd round = -1 // the check of the whole process
	alone round = -2 // a call of Find, which counts for nothing else
)

// start is when a test began last.
type start struct {
	goroutine int64
	round     round
}

// tally is how many goroutines with one stack were found in one round.
type tally struct {
	count   int
	tests   []string // that left them; see maxSuspects
	summary string
}

// plus returns t and a leak that was found besides.
func (t tally) plus(leak baseline.Leak) tally {
	t.count += leak.Count
	t.summary = leak.Summary
	if leak.Test != "" && len(t.tests) < maxSuspects && !slices.Contains(t.tests, leak.Test) {
		t.tests = append(slices.Clip(t.tests), leak.Test)
	}
	return t
}

// ratchets are the baselines of this process by their paths. They are shared,
// because a bound is one of all tests together.
var ratchets = struct {
	sync.Mutex
	byPath map[string]*ratchet
}{byPath: map[string]*ratchet{}}

func ratchetFor(name string) *ratchet {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(birth.dir, path)
	}
	ratchets.Lock()
	defer ratchets.Unlock()
	r := ratchets.byPath[path]
	if r == nil {
		r = newRatchet(name, path, testedPackage())
		ratchets.byPath[path] = r
	}
	return r
}

func newRatchet(name, path, pkg string) *ratchet {
	r := &ratchet{
		name: name, path: path, pkg: pkg, shared: !filepath.IsLocal(name), reps: repetitions,
		counts: map[baseline.Key]map[round]tally{}, began: map[string]start{}, skipped: map[string]bool{},
	}
	r.load = sync.OnceValues(r.read)
	return r
}

// read reads the file. One that is not there is an error, unless it is about to
// be made.
func (r *ratchet) read() (baseline.Baseline, error) {
	b, err := baseline.Load(r.path, r.name)
	if !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	if updating() {
		return baseline.Baseline{}, nil
	}
	return b, fmt.Errorf("%s: there is no such file; %s makes it", r.name, howToUpdate())
}

// problem says why no check can be done with the baseline, or returns nil.
func (r *ratchet) problem() error {
	_, err := r.load()
	return err
}

// begin returns the repetition that a test is in, which the goroutine runs.
// Several checks of one test are in the same.
func (r *ratchet) begin(test string, goroutine int64) round {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, again := r.began[test]
	if again && s.goroutine != goroutine {
		s.round++
	}
	s.goroutine = goroutine
	r.began[test] = s
	return s.round
}

// skip records that a test skipped itself, so that what it leaks is not gone.
func (r *ratchet) skip(test string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skipped[test] = true
}

// admit counts the leaks of one check and says which of them pass, and why
// others do not. What does not pass is not counted: it fails this check, and
// not all that follow. When the file is being updated everything passes.
func (r *ratchet) admit(found []baseline.Leak, in round) (passes map[baseline.Key]bool, notes []string) {
	known, _ := r.load()
	update := updating()
	r.mu.Lock()
	defer r.mu.Unlock()
	passes = map[baseline.Key]bool{}
	failed := false
	for key, more := range byKey(found) {
		before := r.counts[key][in]
		after := before
		for _, leak := range more {
			after = after.plus(leak)
		}
		if in == alone {
			after.count -= before.count
		}
		r.set(key, in, after)
		entry, ok := known.Entry(r.pkg, key)
		count := r.total(key, in)
		if update || count <= entry.Count {
			passes[key] = true
			continue
		}
		failed = true
		r.set(key, in, before)
		if ok {
			notes = append(notes, r.tooMany(entry, count, before.tests))
		}
	}
	slices.Sort(notes)
	if failed {
		notes = append(notes, fmt.Sprintf("%s adds to %s what is to stay for now", howToUpdate(), r.name))
	}
	return passes, notes
}

func byKey(found []baseline.Leak) map[baseline.Key][]baseline.Leak {
	m := map[baseline.Key][]baseline.Leak{}
	for _, leak := range found {
		m[leak.Key] = append(m[leak.Key], leak)
	}
	return m
}

func (r *ratchet) set(key baseline.Key, in round, t tally) {
	if r.counts[key] == nil {
		r.counts[key] = map[round]tally{}
	}
	r.counts[key][in] = t
}

// tooMany says by how much an entry is exceeded, and who had a part in it.
func (r *ratchet) tooMany(entry baseline.Entry, count int, before []string) string {
	by := ""
	if len(before) > 0 {
		by = " with those of " + enumerate(before)
	}
	return fmt.Sprintf("%s allows %d of %s, and there are %d%s", r.name, entry.Count, brief(entry.Key), count, by)
}

// brief names a stack in few words.
func brief(key baseline.Key) string {
	stack := key.Stack()
	last := stack[len(stack)-1]
	if creator, ok := strings.CutPrefix(last, "created by "); ok && len(stack) > 1 {
		return stack[0] + " (started by " + creator + ")"
	}
	return stack[0]
}

// total is how many goroutines with a stack one repetition of all tests leaves,
// as far as a check in round in can know.
func (r *ratchet) total(key baseline.Key, in round) int {
	if in == alone {
		return r.counts[key][alone].count
	}
	most := 0
	for n, t := range r.counts[key] {
		if n >= 0 {
			most = max(most, t.count)
		}
	}
	if reps := r.reps(); in == atEnd {
		most += (r.counts[key][atEnd].count + reps - 1) / reps
	}
	return most
}

// found is what one repetition of all tests leaks, for a comparison with b.
func (r *ratchet) found(b baseline.Baseline) []baseline.Leak {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []baseline.Leak
	for key, rounds := range r.counts {
		leak := baseline.Leak{Key: key, Count: max(r.total(key, atEnd), r.total(key, alone))}
		for _, t := range rounds {
			leak.Summary = max(leak.Summary, t.summary)
			for _, test := range t.tests {
				if leak.Test == "" || test < leak.Test {
					leak.Test = test
				}
			}
		}
		if entry, ok := b.Entry(r.pkg, key); ok {
			leak.Package = entry.Package
		} else if r.shared {
			leak.Package = r.pkg
		}
		all = append(all, leak)
	}
	return all
}

// none judges no entry: others may still find what it lists.
func none(baseline.Entry) bool { return false }

// judged reports whether a run of all tests of the package would have found the
// leak of an entry.
func (r *ratchet) judged(e baseline.Entry) bool {
	if e.Package != r.pkg && (e.Package != "" || r.shared) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for test := range r.skipped {
		if e.Test == test || strings.HasPrefix(e.Test, test+"/") {
			return false
		}
	}
	return true
}

// update writes what was found until now. Where judged is not [ratchet.judged]
// it only adds and raises.
func (r *ratchet) update(judged func(baseline.Entry) bool) error {
	return baseline.Edit(r.path, r.name, func(b baseline.Baseline) baseline.Baseline {
		return baseline.Update(b, r.found(b), judged, birth.day)
	})
}
