package leakcheck

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// idSet holds goroutine ids, which a process never uses twice.
type idSet map[int64]bool

func idsOf(gs []stackparse.Goroutine) idSet {
	ids := make(idSet, len(gs))
	for i := range gs {
		ids[gs[i].ID] = true
	}
	return ids
}

// ledger is what the checks of one process know together: which goroutines
// were there when last looked at, and which of them are spoken for.
type ledger struct {
	mu       sync.Mutex
	seen     idSet              // the goroutines of the last look
	looks    int                // how many there were
	looked   uint64             // the runtime's counter just before the last one
	created  uint64             // the same, with what was counted since
	last     int64              // the goroutine that was counted last without being known as a test's
	roster   roster             // the goroutines that run tests
	reported idSet              // leaks that failed a test: they fail no other
	excused  idSet              // left behind by a test that failed by itself, or left out by its options
	leaky    map[string]bool    // the tests whose subtests failed because of a leak
	suspects map[int64][]string // the tests that ran when a goroutine without an owner appeared
	before   map[int64]string   // what is known of when others without an owner appeared, of tests without a check
	printed  int                // annotations

	watchdog atomic.Int64            // the goroutine of the watchdog: nobody's leak; 0 for none
	baseline atomic.Pointer[ratchet] // of the whole package; nil for none

	checksLater atomic.Bool // VerifyTestMain is going to look at what no test's check reports
}

// process is the ledger of this process, opened when the package is
// initialized: what runs by then was started by an init function or is the
// runtime's. It has to be shared: "reported once" is a promise across tests.
var process = newLedger(capture.All())

func newLedger(d capture.Dump) *ledger {
	l := &ledger{reported: idSet{}, excused: idSet{}, leaky: map[string]bool{}, suspects: map[int64][]string{}, before: map[int64]string{}, roster: newRoster()}
	l.look(d)
	return l
}

// look records a dump. Entries of goroutines that are gone are dropped, so the
// ledger stays as small as the process. A dump that is older than the last one
// tells nothing: what it lacks may not be gone but new.
func (l *ledger) look(d capture.Dump) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record(d)
}

// lookBefore is a look before test does its work. Where no check is under way,
// what is new was started by a test without one.
func (l *ledger) lookBefore(d capture.Dump, test string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.seen
	if !l.record(d) || len(l.roster.running) > 0 {
		return
	}
	for id := range l.seen {
		if !known[id] && l.before[id] == "" {
			l.before[id] = "it appeared before " + test + " began, in a test without a check"
		}
	}
}

// earlier records what is known of when a goroutine without an owner appeared.
func (l *ledger) earlier(id int64, when string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.before[id] == "" {
		l.before[id] = when
	}
}

func (l *ledger) record(d capture.Dump) (news bool) {
	if d.Counters.Created < l.looked {
		return false
	}
	l.looks++
	l.seen, l.looked, l.created = idsOf(d.Goroutines), d.Counters.Created, d.Counters.Created
	gone := func(id int64) bool { return !l.seen[id] }
	maps.DeleteFunc(l.reported, func(id int64, _ bool) bool { return gone(id) })
	maps.DeleteFunc(l.excused, func(id int64, _ bool) bool { return gone(id) })
	maps.DeleteFunc(l.suspects, func(id int64, _ []string) bool { return gone(id) })
	maps.DeleteFunc(l.before, func(id int64, _ string) bool { return gone(id) })
	l.roster.prune(gone)
	return true
}

// known returns the goroutines of the last look, and which one it was. The set
// is not changed any more.
func (l *ledger) known() (seen idSet, looks int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen, l.looks
}

// settled reports whether a leak was reported or excused already.
func (l *ledger) settled(id int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reported[id] || l.excused[id]
}

// report records that the goroutines with the given ids have failed test, and
// with it those that it is a subtest of.
func (l *ledger) report(test string, ids []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		l.reported[id] = true
	}
	for i := strings.LastIndexByte(test, '/'); i > 0; i = strings.LastIndexByte(test, '/') {
		test = test[:i]
		l.leaky[test] = true
	}
}

// leaked reports whether a leak has failed a subtest of test, once: with
// -count the next run of test starts anew.
func (l *ledger) leaked(test string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	leaked := l.leaky[test]
	delete(l.leaky, test)
	return leaked
}

// maxSuspects bounds the tests that are remembered for one goroutine.
const maxSuspects = 4

// suspect records that the goroutines with the given ids appeared while test
// ran beside others, and that nothing says whose they are.
func (l *ledger) suspect(test string, ids idSet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range ids {
		if s := l.suspects[id]; len(s) <= maxSuspects && !slices.Contains(s, test) {
			l.suspects[id] = append(s, test)
		}
	}
}

// leftOver reports whether a check of a test left a goroutine to that of the
// process.
func (l *ledger) leftOver(id int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.suspects[id]) > 0
}

// suspecting reports whether there are such goroutines.
func (l *ledger) suspecting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.suspects) > 0
}

// suspected says which tests may own a goroutine without an owner, or "".
func (l *ledger) suspected(id int64) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.suspects[id]
	switch n := len(s); {
	case n == 0 && l.before[id] != "":
		return "unknown; " + l.before[id]
	case n == 0:
		return ""
	case n == 1:
		return "unknown; it appeared while " + s[0] + " ran beside others"
	case n > maxSuspects:
		return "unknown; it appeared while " + strings.Join(s[:maxSuspects], ", ") + " and others ran"
	}
	return "unknown; it appeared while " + enumerate(s) + " ran"
}

// maxAnnotations is how many errors GitHub shows of one step.
const maxAnnotations = 10

// annotate returns how many of n annotations may still be printed, and counts
// them.
func (l *ledger) annotate(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = min(n, maxAnnotations-l.printed)
	l.printed += n
	return n
}

// excuse records goroutines that a failed test left behind, or that the options
// of their test leave out.
func (l *ledger) excuse(ids idSet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, yes := range ids {
		if yes {
			l.excused[id] = true
		}
	}
}
