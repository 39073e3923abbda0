package engine

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/ratchet"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// IDs holds ids of goroutines, which a process never uses twice.
type IDs map[int64]bool

// IDsOf returns the ids of gs.
func IDsOf(gs []stackparse.Goroutine) IDs {
	ids := make(IDs, len(gs))
	for i := range gs {
		ids[gs[i].ID] = true
	}
	return ids
}

// Ledger is what the checks of one process know together: which goroutines
// were there when last looked at, and which of them are spoken for.
type Ledger struct {
	mu       sync.Mutex
	seen     IDs                // the goroutines of the last look
	first    IDs                // those of the first look
	looks    int                // how many there were
	looked   uint64             // the runtime's counter just before the last one
	created  uint64             // the same, with what was counted since
	last     int64              // the goroutine that was counted last without being known as a test's
	roster   roster             // the goroutines that run tests
	reported IDs                // leaks that failed a test: they fail no other
	excused  IDs                // left behind by a test that failed by itself, or left out by its options
	leaky    map[string]bool    // the tests whose subtests failed because of a leak
	suspects map[int64][]string // the tests that ran when a goroutine without an owner appeared
	later    map[int64]string   // goroutines that a test's check left to that of the process, and why
	before   map[int64]string   // what is known of when others without an owner appeared, of tests without a check

	checksLater atomic.Bool // a check of the process is going to look at what no test's check reports
}

// process is the ledger of this process. It has to be shared: "reported once" is
// a promise across tests. It is empty until the first check looks.
var process = newLedger()

// watchdog is the goroutine in which the watchdog looks: no leak. It is 0
// if there is none.
var watchdog atomic.Int64

// Watching marks the calling goroutine as the watchdog's until the result is
// called.
func Watching() (done func()) {
	watchdog.Store(capture.SelfID())
	return func() { watchdog.Store(0) }
}

// OwnOrKnown reports whether g is no leak, whatever the options say.
func OwnOrKnown(g *stackparse.Goroutine) bool {
	return g.ID == watchdog.Load() || filters.IsBenign(g)
}

// packageBaseline holds for all checks of the package that have no baseline of
// their own; nil for none.
var packageBaseline atomic.Pointer[ratchet.Ratchet]

func newLedger() *Ledger {
	return &Ledger{
		seen: IDs{}, reported: IDs{}, excused: IDs{}, leaky: map[string]bool{}, suspects: map[int64][]string{},
		before: map[int64]string{}, later: map[int64]string{}, roster: newRoster(),
	}
}

// look records a dump. Entries of goroutines that are gone are dropped, so the
// ledger stays as small as the process. A dump that is older than the last one
// tells nothing: what it lacks may not be gone but new.
func (l *Ledger) look(d capture.Dump) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record(d)
}

// lookBefore is a look before test does its work. Where no check is under way,
// what is new was started by a test without one.
func (l *Ledger) lookBefore(d capture.Dump, test string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// record makes a new set, so that this one stays as it was.
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

// earlier records what is known of when goroutines without an owner appeared.
func (l *Ledger) earlier(when map[int64]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, what := range when {
		if l.before[id] == "" {
			l.before[id] = what
		}
	}
}

func (l *Ledger) record(d capture.Dump) (news bool) {
	if d.Counters.Created < l.looked {
		return false
	}
	// Goroutines of the first look, in TestMain or the first check, are older than all
	// tests that have a check.
	if l.looks == 0 {
		l.first = IDsOf(d.Goroutines)
	}
	l.looks++
	l.seen, l.looked, l.created = IDsOf(d.Goroutines), d.Counters.Created, d.Counters.Created
	// An id is never used again (newproc1 in runtime/proc.go), so what is not in the dump
	// will not come back.
	prune(l.reported, l.seen)
	prune(l.excused, l.seen)
	prune(l.suspects, l.seen)
	prune(l.later, l.seen)
	prune(l.before, l.seen)
	l.roster.prune(l.seen)
	l.roster.settleTrust(l.seen)
	l.roster.see(d.Goroutines)
	return true
}

// prune drops what is not among ids.
func prune[K comparable, V, W any](m map[K]V, ids map[K]W) {
	maps.DeleteFunc(m, func(id K, _ V) bool { _, ok := ids[id]; return !ok })
}

// known returns the goroutines of the last look, which one it was, and the runtime's
// counter then. The set is not changed any more.
func (l *Ledger) known() (seen IDs, looks int, created uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen, l.looks, l.created
}

// Settled reports whether a check of this process has reported or excused the
// goroutine with the given id.
func Settled(id int64) bool { return process.settled(id) }

// settled reports whether a leak was reported or excused already.
func (l *Ledger) settled(id int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reported[id] || l.excused[id]
}

// wasReported reports whether the goroutine with the given id has failed a test.
func (l *Ledger) wasReported(id int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reported[id]
}

// report records that the goroutines with the given ids have failed test, and
// with it those that it is a subtest of.
func (l *Ledger) report(test string, ids IDs) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range ids {
		l.reported[id] = true
	}
	// Package testing fails the parents of a failed subtest (common.Fail), which is no
	// failure of their own.
	for i := strings.LastIndexByte(test, '/'); i > 0; i = strings.LastIndexByte(test, '/') {
		test = test[:i]
		l.leaky[test] = true
	}
}

// leaked reports whether a leak has failed a subtest of test, once: with
// -count the next run of test starts again.
func (l *Ledger) leaked(test string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	leaked := l.leaky[test]
	delete(l.leaky, test)
	return leaked
}

// maxSuspects bounds the tests that are remembered for one goroutine.
const maxSuspects = 4

// suspect records that the goroutines with the given ids appeared while test
// ran in parallel with others, and that nothing says whose they are.
func (l *Ledger) suspect(test string, ids IDs) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range ids {
		// One more than is printed is kept, to know that there are others.
		if s := l.suspects[id]; len(s) <= maxSuspects && !slices.Contains(s, test) {
			l.suspects[id] = append(s, test)
		}
	}
}

// leftOver reports whether a check of a test left a goroutine to that of the
// process.
func (l *Ledger) leftOver(id int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.suspects[id]) > 0 || l.later[id] != ""
}

// postpone records goroutines that the check of the process is to look at, each
// with what the report is to say of it.
func (l *Ledger) postpone(why map[int64]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.Copy(l.later, why)
}

// postponed says why a goroutine was left to the check of the process, or "".
func (l *Ledger) postponed(id int64) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.later[id]
}

// note records what the check of subject saw in a dump that was looked at.
func (l *Ledger) note(subject string, s *Sorted) {
	l.suspect(subject, s.Unowned)
	l.earlier(s.Earlier)
	l.postpone(s.Later)
	l.excuse(s.Ignored)
}

// suspecting reports whether there are such goroutines.
func (l *Ledger) suspecting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.suspects)+len(l.later) > 0
}

// suspected says which tests may own a goroutine without an owner, or "".
func (l *Ledger) suspected(id int64) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.suspects[id]
	switch n := len(s); {
	case n == 0 && l.before[id] != "":
		return "unknown; " + l.before[id]
	case n == 0:
		return ""
	case n == 1:
		return "unknown; it appeared while " + s[0] + " and others ran"
	case n > maxSuspects:
		return "unknown; it appeared while " + strings.Join(s[:maxSuspects], ", ") + " and others ran"
	}
	return "unknown; it appeared while " + words.Enumerate(s) + " ran"
}

// excuse records goroutines that a failed test left behind, or that the options
// of their test leave out.
func (l *Ledger) excuse(ids IDs) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, yes := range ids {
		// False marks what a test ignored without being known to own it: see sort.
		if yes {
			l.excused[id] = true
		}
	}
}
