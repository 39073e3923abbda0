package engine

import (
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"strings"

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
	counted IDs           // tests' goroutines that the counter of the ledger has in it
	running map[int64]int // tests' goroutines -> their checks that have not ended
	waiting map[int64]int // goroutines that wait for tests at the top -> how many of these are running
	guessed bool          // since the last look, a goroutine was counted that is not known to be a test's
}

func newRoster() roster {
	return roster{counted: IDs{}, running: map[int64]int{}, waiting: map[int64]int{}}
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

// hasSubtests reports whether t has run subtests, whose goroutines are gone
// though they are of t. It is false where package testing keeps no such note.
func hasSubtests(t TB) bool {
	v := reflect.ValueOf(t)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct || v.Elem().Type().PkgPath() != "testing" {
		return false
	}
	v = v.Elem().FieldByName("hasSub")
	if v.Kind() == reflect.Struct {
		v = v.FieldByName("v") // of an atomic.Bool
	}
	return v.Kind() == reflect.Uint32 && v.Uint() != 0
}

// unchanged reports whether the goroutines now are those of the last look, but
// for ones that ended and the goroutines of tests whose checks have begun: self,
// which runs the test that begins, is counted with it. So a row of clean tests
// needs one look in all.
func (l *Ledger) unchanged(self int64, runs bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
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
	if c.top() {
		l.roster.waiting[c.self.Creator.Goroutine]++
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
	if c.top() {
		uncount(l.roster.waiting, c.self.Creator.Goroutine)
	}
}

func uncount(m map[int64]int, id int64) {
	if m[id]--; m[id] <= 0 {
		delete(m, id)
	}
}

// top reports whether the test of c is no subtest: the goroutine that started
// it waits for it, even when it runs in parallel.
func (c *Test) top() bool { return c.self.Creator != nil && !strings.Contains(c.t.Name(), "/") }

// clean reports whether counting is enough to know that c's test has left
// nothing behind.
func (l *Ledger) clean(c *Test) bool {
	for range tries {
		if l.nothingNew(c) || l.onlyTests(c) {
			l.leaked(c.t.Name())
			return true
		}
		runtime.Gosched()
	}
	return false
}

// tries is how often clean looks. What is about to end, as the goroutines of
// tests beside this one are after their checks, gets the processor in between.
const tries = 4

// nothingNew reports whether all that was created since c's test began, or was
// there at the last look and not before, runs tests.
func (l *Ledger) nothingNew(c *Test) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !c.call.AtTop() || l.roster.guessed || capture.Created() != l.created {
		return false
	}
	if c.looks == l.looks {
		return true
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
// and what waits for them.
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
	known := len(l.roster.running)
	for id := range l.roster.waiting {
		if l.roster.running[id] == 0 {
			known++
		}
	}
	if runtime.NumGoroutine() != known {
		return false
	}
	created := capture.Created()
	return runtime.NumGoroutine() == known && capture.Created() == created
}

// prune drops what is gone from the goroutines that are counted.
func (r *roster) prune(gone func(int64) bool) {
	maps.DeleteFunc(r.counted, func(id int64, _ bool) bool { return gone(id) })
	r.guessed = false
}
