package engine

import (
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// roster knows goroutines that are no leak and need no dump to be found: those
// that run tests. With it most checks end without a dump, which stops the
// process and has the runtime walk every stack of it, those of all tests that
// wait for their turn among them.
//
// It belongs to a ledger, whose lock guards it.
type roster struct {
	counted IDs             // tests' goroutines that the counter of the ledger has in it
	running map[int64]int   // tests' goroutines -> their checks that have not ended
	waiting map[int64]int   // goroutines that wait for tests -> how many of these are running
	tests   map[int64]int64 // goroutines that run tests -> those that started them
	others  IDs             // of the last look: those that run no test
	moves   bool            // some of the others may go on by themselves
	guessed bool            // since the last look, a goroutine was counted that is not known to be a test's
	trusted map[string]bool // tests that passed since the last look because the others were taken to be there still
	doubted map[string]bool // tests that had passed so when one of the others was gone
}

func newRoster() roster {
	return roster{
		counted: IDs{}, running: map[int64]int{}, waiting: map[int64]int{}, tests: map[int64]int64{}, others: IDs{},
		trusted: map[string]bool{}, doubted: map[string]bool{},
	}
}

// runs reports whether the goroutine self is the one that runs t. Package
// testing calls every test by tRunner(t, f), and t is alive in it all the time,
// so that a stack shows the pointer.
func runs(self *stackparse.Goroutine, t TB) bool {
	v := reflect.ValueOf(t)
	if v.Kind() != reflect.Pointer || v.Type().String() != "*testing.T" || len(self.Frames) == 0 {
		return false
	}
	arg, ok := wait.Receiver(self, "testing.tRunner")
	return ok && arg == fmt.Sprintf("%#x", v.Pointer())
}

// isSpec reports whether t is a test of another framework than package testing, or
// something around one.
func isSpec(t TB) bool {
	v := reflect.ValueOf(t)
	return v.Kind() != reflect.Pointer || v.Type().Elem().PkgPath() != "testing"
}

// hasSubtests reports whether t has run subtests, whose goroutines are gone
// though they are of t. It is false where package testing keeps no such note.
func hasSubtests(t TB) bool {
	if isSpec(t) {
		return false
	}
	v := field(t, "hasSub")
	if v.Kind() == reflect.Struct {
		v = v.FieldByName("v") // of an atomic.Bool
	}
	return v.Kind() == reflect.Uint32 && v.Uint() != 0
}

// isParallel reports whether t has called T.Parallel.
func isParallel(t TB) bool {
	if isSpec(t) {
		return false
	}
	v := field(t, "isParallel")
	return v.Kind() == reflect.Bool && v.Bool()
}

// field returns a field of t's type, and of those in it, by its name. It is the zero
// Value if there is none.
func field(t TB, name string) reflect.Value {
	v := reflect.ValueOf(t)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return v.Elem().FieldByName(name)
}

// unchanged reports whether the goroutines now are those of the last look, but
// for ones that ended and the goroutines of tests whose checks have begun: self,
// which runs the test that begins, is counted with it. So a row of clean tests
// needs one look in all.
func (l *Ledger) unchanged(self int64, runs bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	// The goroutine of a test is created for it and is not news; one that runs several
	// tests is counted once.
	fresh := !l.seen[self] && !l.roster.counted[self] && l.last != self
	if runs {
		l.roster.counted[self] = true
		if fresh {
			l.created++
		}
	}
	if l.looks == 0 {
		return false // nothing is known yet
	}
	created := capture.Created()
	if created == l.created {
		return true
	}
	// If there is one more than known, it is self, which was not counted above.
	if runs || !fresh || created != l.created+1 {
		return false
	}
	l.created, l.last, l.roster.guessed = created, self, true
	return true
}

// enter records that a check is to end on the goroutine of c's test.
func (l *Ledger) enter(c *Test) {
	if !c.runs {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.roster.running[c.self.ID]++
	if c.self.Creator != nil {
		l.roster.tests[c.self.ID] = c.self.Creator.Goroutine
		c.above = l.roster.above(c.self.Creator.Goroutine)
	}
	for _, id := range c.above {
		l.roster.waiting[id]++
	}
}

// leave takes back what enter recorded.
func (l *Ledger) leave(c *Test) {
	if !c.runs {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	uncount(l.roster.running, c.self.ID)
	for _, id := range c.above {
		uncount(l.roster.waiting, id)
	}
}

func uncount(m map[int64]int, id int64) {
	if m[id]--; m[id] <= 0 {
		delete(m, id)
	}
}

// mainID is the goroutine of main, in which package testing starts the tests at
// the top.
const mainID = 1

// above returns the goroutine id, which started a test, and those that started
// its own test and so on up to main. They wait for the test, even when it runs in
// parallel: the goroutine of a test waits for its subtests. It returns nil if one
// of them is not known to run a test.
func (r *roster) above(id int64) (ids []int64) {
	for len(ids) < maxDepth {
		ids = append(ids, id)
		if id == mainID {
			return ids
		}
		up, ok := r.tests[id]
		if !ok {
			return nil // a goroutine may call T.Run and go on
		}
		id = up
	}
	return nil
}

// maxDepth bounds how deep subtests are nested.
const maxDepth = 100

// see records which goroutines of a dump run tests.
func (r *roster) see(gs []stackparse.Goroutine) {
	r.others, r.moves = IDs{}, false
	for i := range gs {
		g := &gs[i]
		switch {
		case g.ID == mainID || r.counted[g.ID]:
		case isTest(g):
			r.tests[g.ID] = g.Creator.Goroutine
		default:
			r.others[g.ID] = true
			// Reports leave out a benign goroutine, whatever it does next.
			stays := !wait.Runs(g) && (!wait.Moves(g) || filters.IsBenign(g))
			r.moves = r.moves || !stays
		}
	}
}

// clean reports whether counting is enough to know that c's test has left
// nothing behind. What is about to end, as the goroutines of tests next to this
// one are after their checks, gets the processor in between.
//
// If many tests wait for their turn, a dump costs far more than a dump of a few
// goroutines. Waiting for as long as the dump would take costs twice as much at
// most, and mostly far less: the tests that run at the same time come to their own
// checks meanwhile, and wait there as well. A dump of few takes less time than a
// processor needs to wake from the shortest sleep.
func (l *Ledger) clean(c *Test) bool {
	patience := time.Duration(runtime.NumGoroutine()) * perGoroutine
	if patience < wakes {
		patience = 0
	}
	began := time.Now()
	for n := 0; !l.owes(c); n++ {
		if l.counts(c) {
			return true
		}
		switch {
		case !c.runs:
			// A test of another kind is not counted, so waiting tells nothing new. Goroutines
			// that were told to stop get a turn before the dump.
			runtime.Gosched()
			return false
		case n < tries:
			runtime.Gosched()
		case c.self.Bubble != 0 || time.Since(began) >= patience:
			return false // in a bubble the time is the test's
		// Doubling up to a millisecond: sleeping lets the tests before this one end, which
		// spinning would keep from it.
		default:
			time.Sleep(min(time.Microsecond<<min(n, 10), time.Millisecond))
		}
	}
	return false
}

// counts is clean for this moment.
func (l *Ledger) counts(c *Test) bool {
	if l.owes(c) || !l.nothingNew(c) && !l.onlyTests(c) {
		return false
	}
	// The mark of a leak in a subtest is for one run of the test, which ends here.
	l.leaked(c.t.Name())
	return true
}

const (
	// tries is how often clean counts at least.
	tries = 4
	// perGoroutine is about what a dump costs for each goroutine, with the reading
	// of its text.
	perGoroutine = 10 * time.Microsecond
	// wakes is what the shortest sleep may take on a busy machine.
	wakes = time.Millisecond
)

// nothingNew reports whether all that was created since c's test began, or was
// there at the last look and not before, runs tests.
func (l *Ledger) nothingNew(c *Test) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !c.call.atTop() || l.roster.guessed || capture.Created() != l.created {
		return false
	}
	if c.looks == l.looks {
		return true // nothing but tests was created since the look that the test began with
	}
	for id := range l.seen {
		if !c.before[id] && !l.roster.counted[id] && !l.reported[id] && !l.excused[id] {
			return false
		}
	}
	return true
}

// onlyTests reports whether no goroutine is there but those that are known to
// be: those of tests, which cannot end while the lock is held that leave needs,
// what waits for them, and what was there before the test.
//
// The last are counted, not looked at. One that ended hides a leak of this test
// from the count. So they count only in a crowd of tests, where each dump shows
// all of them, and only where a later check finds the leak, or where they hardly
// end just then: they are parked, and older than all checks or reported. Where
// no later check would, the test is trusted until the next look, see inDoubt.
//
// runtime.NumGoroutine adds up counters without a lock. What it reads while free
// goroutines are moved from the runtime's shared list to that of a processor can
// be too low. The runtime does so for a goroutine that is created, so that a
// second reading has to agree, and nothing may have been created meanwhile.
func (l *Ledger) onlyTests(c *Test) bool {
	if !c.runs || c.self.Bubble != 0 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// A goroutine that waits for a test may run one itself, a parent of subtests: it must
	// not be counted twice.
	known := len(l.roster.running)
	for id := range l.roster.waiting {
		if l.roster.running[id] == 0 {
			known++
		}
	}
	n := runtime.NumGoroutine()
	if n != known && (n != known+len(l.roster.others) || !l.hadOthers(c)) {
		return false
	}
	created := capture.Created()
	// Read twice: see above why one reading may be too low.
	if runtime.NumGoroutine() != n || capture.Created() != created {
		return false
	}
	// Remembered by name, since the test is over when a look shows that the count was
	// wrong.
	if n != known && !l.looksLater(c) {
		l.roster.trusted[c.t.Name()] = true
	}
	return true
}

// inDoubt returns the tests that passed because the others were counted, if d
// lacks one of these. The check that learns it reports what they left, since they
// are over.
func (l *Ledger) inDoubt(d capture.Dump) map[string]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.roster
	if len(r.trusted)+len(r.doubted) == 0 {
		return nil
	}
	tests := maps.Clone(r.doubted)
	// No id is used twice: if all are there, they were there at each count, which was right. If
	// one is gone, a goroutine of such a test may have been counted in its place.
	if r.lacks(IDsOf(d.Goroutines)) {
		maps.Copy(tests, r.trusted)
	}
	return tests
}

// settleTrust is called at a look, which shows whether the counts since the last
// one were right.
func (r *roster) settleTrust(seen IDs) {
	// Ids are never used twice, so one that is missing ended between the count and the
	// look.
	if len(r.trusted) > 0 && r.lacks(seen) {
		maps.Copy(r.doubted, r.trusted)
	}
	clear(r.trusted)
}

// lacks reports whether one of the others is not among ids.
func (r *roster) lacks(ids IDs) bool {
	for id := range r.others {
		if !ids[id] {
			return true
		}
	}
	return false
}

// owes reports whether the check of c has to look for what counting may have
// hidden, before the crowd of tests is gone.
func (l *Ledger) owes(c *Test) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.roster
	return c.self.Bubble == 0 && (len(r.doubted) > 0 || len(r.trusted) > 0 && len(r.running) < crowd)
}

// cleared records that a check has looked for what tests in doubt left.
func (l *Ledger) cleared(tests map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.roster.doubted, func(test string, _ bool) bool { return tests[test] })
}

// looksLater reports whether another check follows that takes what c's test left
// for that test's: that of a test which c's is a part of, or of the process.
func (l *Ledger) looksLater(c *Test) bool {
	return l.checksLater.Load() || slices.ContainsFunc(c.above, func(id int64) bool { return l.roster.running[id] > 0 })
}

// crowd is how many tests have to be under way for a dump to be worth avoiding by
// all means.
const crowd = 64

// hadOthers reports whether all that was there at the last look, except for tests,
// was there before c's test, or is spoken for, and can be counted.
func (l *Ledger) hadOthers(c *Test) bool {
	if !c.call.atTop() || l.roster.moves || len(l.roster.running) < crowd {
		return false
	}
	later := l.looksLater(c)
	for id := range l.roster.others {
		known := c.before[id] || l.reported[id] || l.excused[id]
		// Without a later check, only those count that hardly end just now.
		if stays := l.first[id] || l.reported[id]; !known || !later && !stays {
			return false
		}
	}
	return true
}

// prune drops what is gone from the goroutines that are counted.
func (r *roster) prune(seen IDs) {
	prune(r.counted, seen)
	prune(r.tests, seen)
	r.guessed = false
}
