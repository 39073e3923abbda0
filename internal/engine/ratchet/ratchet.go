// Package ratchet allows the leaks that a baseline lists. It counts them over
// all checks of the process, since a bound applies to all tests together.
package ratchet

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
	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
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

// Ratchet is a baseline, and what the checks of this process found of it.
//
// Leaks are counted by repetition: with -count=3 each test ends three times, and
// each time may leave what the file allows. Which repetition a test is in needs
// no flag, it is how often the test began before; that holds for benchmarks,
// too. Only what the check at the end of the process finds cannot be told apart;
// it is divided by the number of repetitions that the flags ask for.
type Ratchet struct {
	Name string // as it was given, for people
	// ByCommand says that the command which adds checks to tests named the file,
	// and Update that it has it written. They are set before the first check.
	ByCommand, Update bool

	path   string // absolute
	pkg    string // import path of the package
	shared bool   // by several packages: entries that are added name theirs
	reps   func() int
	load   func() (baseline.Baseline, error) // once

	mu      sync.Mutex
	counts  map[baseline.Key]map[Round]tally
	began   map[string]start
	skipped map[string]bool // tests that skipped themselves
	passed  int             // goroutines that were left out of reports
}

// Round is a repetition of the tests, from 0, or one of the constants below.
type Round int

const (
	AtEnd Round = -1 // the check of the whole process
	Alone Round = -2 // a call of Find, which counts for nothing else
)

// start is when a test began last.
type start struct {
	goroutine int64
	round     Round
}

// tally is how many goroutines with one stack were found in one round.
type tally struct {
	count   int
	tests   []string // that left them; see maxTests
	summary string
}

// maxTests bounds the tests that are remembered for one stack.
const maxTests = 4

// plus returns t and a leak that was found as well.
func (t tally) plus(leak baseline.Leak) tally {
	t.count += leak.Count
	t.summary = leak.Summary
	if leak.Test != "" && len(t.tests) < maxTests && !slices.Contains(t.tests, leak.Test) {
		t.tests = append(slices.Clip(t.tests), leak.Test)
	}
	return t
}

// ratchets are the baselines of this process by their paths. They are shared,
// because a bound is one of all tests together.
var ratchets = struct {
	sync.Mutex
	byPath map[string]*Ratchet
}{byPath: map[string]*Ratchet{}}

// For returns the ratchet of the file name, which is seen from the folder where
// the process was started. One file has one.
func For(name string) *Ratchet {
	path := name
	if !filepath.IsAbs(path) {
		// A test may have changed the working directory since.
		path = filepath.Join(birth.dir, path)
	}
	ratchets.Lock()
	defer ratchets.Unlock()
	r := ratchets.byPath[path]
	if r == nil {
		r = newRatchet(name, path, testbin.Package())
		ratchets.byPath[path] = r
	}
	return r
}

func newRatchet(name, path, pkg string) *Ratchet {
	r := &Ratchet{
		// A file outside of the package's folder is one that other packages may name too.
		Name: name, path: path, pkg: pkg, shared: !filepath.IsLocal(name), reps: testbin.Repetitions,
		counts: map[baseline.Key]map[Round]tally{}, began: map[string]start{}, skipped: map[string]bool{},
	}
	// All checks are judged by one state of the file, whatever an update writes meanwhile.
	r.load = sync.OnceValues(r.read)
	return r
}

// read reads the file. One that is not there is an error, unless it is about to
// be made.
func (r *Ratchet) read() (baseline.Baseline, error) {
	b, err := baseline.Load(r.path, r.Name)
	if !errors.Is(err, fs.ErrNotExist) { // also if there is none
		return b, err
	}
	if r.Updating() {
		return baseline.Baseline{}, nil
	}
	return b, fmt.Errorf("%s: there is no such file; %s makes it", r.Name, r.howToUpdate())
}

// LetPass counts goroutines that are left out of a report because the file knows
// them.
func (r *Ratchet) LetPass(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.passed += n
}

// Passed is how many goroutines were left out, 0 without a baseline.
func (r *Ratchet) Passed() int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.passed
}

// Updating reports whether the file is to be written.
func (r *Ratchet) Updating() bool {
	if r.Update {
		return true
	}
	v := os.Getenv(UpdateVariable)
	return v != "" && v != "0" && !strings.EqualFold(v, "false")
}

// The variables of the environment that users set.
const (
	Variable       = "LEAKCHECK_BASELINE"
	UpdateVariable = "LEAKCHECK_UPDATE_BASELINE"
)

// KeyOf is the key of a goroutine in a baseline.
func KeyOf(g *stackparse.Goroutine) baseline.Key {
	calls := make([]string, len(g.Frames))
	for i := range g.Frames {
		calls[i] = g.Frames[i].Func
	}
	creator := ""
	if g.Creator != nil {
		creator = g.Creator.Func
	}
	return baseline.KeyOf(calls, creator)
}

// Problem says why no check can be done with the baseline, or returns nil.
func (r *Ratchet) Problem() error {
	_, err := r.load()
	return err
}

// Begin returns the repetition that a test is in, which the goroutine runs.
// Several checks of one test are in the same.
func (r *Ratchet) Begin(test string, goroutine int64) Round {
	r.mu.Lock()
	defer r.mu.Unlock()
	// Go runs a test that it repeats on a new goroutine.
	s, again := r.began[test]
	if again && s.goroutine != goroutine {
		s.round++
	}
	s.goroutine = goroutine
	r.began[test] = s
	return s.round
}

// Skip records that a test skipped itself, so that what it leaks is not gone.
func (r *Ratchet) Skip(test string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skipped[test] = true
}

// Admit counts the leaks of one check and says which of them pass, and why
// others do not. Leaks that do not pass are not counted, so that they fail this
// check and not all that follow. When the file is being updated everything passes.
func (r *Ratchet) Admit(found []baseline.Leak, in Round) (passes map[baseline.Key]bool, notes []string) {
	known, _ := r.load()
	update := r.Updating()
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
		if in == Alone { // each call of Find sees again what the one before saw
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
		// It failed this check, and is no part of what the next ones find.
		r.set(key, in, before)
		if ok {
			notes = append(notes, r.tooMany(entry, count, before.tests))
		}
	}
	slices.Sort(notes) // maps have no order
	if failed {
		notes = append(notes, fmt.Sprintf("%s adds these leaks to %s", r.howToUpdate(), r.Name))
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

func (r *Ratchet) set(key baseline.Key, in Round, t tally) {
	if r.counts[key] == nil {
		r.counts[key] = map[Round]tally{}
	}
	r.counts[key][in] = t
}

// tooMany says by how much an entry is exceeded, and who had a part in it.
func (r *Ratchet) tooMany(entry baseline.Entry, count int, before []string) string {
	by := ""
	if len(before) > 0 {
		by = " with those of " + words.Enumerate(before)
	}
	return fmt.Sprintf("%s allows %d of %s, and there are %d%s", r.Name, entry.Count, brief(entry.Key), count, by)
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
// as far as a check in Round in can know.
func (r *Ratchet) total(key baseline.Key, in Round) int {
	if in == Alone {
		return r.counts[key][Alone].count
	}
	most := 0
	// Each repetition may leave what the file allows, so the one that left most counts.
	for n, t := range r.counts[key] {
		if n >= 0 {
			most = max(most, t.count)
		}
	}
	// Rounded up: a leak of one repetition is one.
	if reps := r.reps(); in == AtEnd {
		most += (r.counts[key][AtEnd].count + reps - 1) / reps
	}
	return most
}

// found is what one repetition of all tests leaks, for a comparison with b.
func (r *Ratchet) found(b baseline.Baseline) []baseline.Leak {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []baseline.Leak
	for key, rounds := range r.counts {
		// No sum: what Find saw may be among what the other checks saw.
		leak := baseline.Leak{Key: key, Count: max(r.total(key, AtEnd), r.total(key, Alone))}
		for _, t := range rounds {
			leak.Summary = max(leak.Summary, t.summary) // the same whichever round comes first
			for _, test := range t.tests {
				if leak.Test == "" || test < leak.Test {
					leak.Test = test
				}
			}
		}
		if entry, ok := b.Entry(r.pkg, key); ok {
			leak.Package = entry.Package // "" where the entry is of every package
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
func (r *Ratchet) judged(e baseline.Entry) bool {
	// Other packages may still leak what an entry of a shared file lists without a package.
	if e.Package != r.pkg && (e.Package != "" || r.shared) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for test := range r.skipped {
		if e.Test == test || strings.HasPrefix(e.Test, test+"/") { // its subtests may not have run
			return false
		}
	}
	return true
}

// Add adds what was found until now to the file.
func (r *Ratchet) Add() error { return r.update(none) }

// update writes what was found until now. Where judged is not [ratchet.judged]
// it only adds and raises.
func (r *Ratchet) update(judged func(baseline.Entry) bool) error {
	return baseline.Edit(r.path, r.Name, func(b baseline.Baseline) baseline.Baseline {
		return baseline.Update(b, r.found(b), judged, birth.day)
	})
}
