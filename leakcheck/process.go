package leakcheck

import (
	"sync"
	"sync/atomic"

	"github.com/leakcheck-go/goroutine/internal/capture"
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
	seen     idSet  // the goroutines of the last look
	created  uint64 // the runtime's counter just before that look, or when counted began
	counted  int64  // the test's goroutine that was counted last without a look
	reported idSet  // leaks that failed a test: they fail no other
	excused  idSet  // left behind by a test that failed by itself

	watchdog atomic.Int64 // the goroutine of the watchdog: nobody's leak; 0 for none
}

// process is the ledger of this process, opened when the package is
// initialized: what runs by then was started by an init function or is the
// runtime's. It has to be shared: "reported once" is a promise across tests.
var process = newLedger(capture.All())

func newLedger(d capture.Dump) *ledger {
	return &ledger{seen: idsOf(d.Goroutines), created: d.Counters.Created, reported: idSet{}, excused: idSet{}}
}

// look records a dump. Entries of goroutines that are gone are dropped, so the
// ledger stays as small as the process.
func (l *ledger) look(d capture.Dump) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen, l.created = idsOf(d.Goroutines), d.Counters.Created
	for id := range l.reported {
		if !l.seen[id] {
			delete(l.reported, id)
		}
	}
	for id := range l.excused {
		if !l.seen[id] {
			delete(l.excused, id)
		}
	}
}

// known returns the goroutines of the last look. The set is not changed any
// more.
func (l *ledger) known() idSet {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen
}

// unchanged reports whether the goroutines now are those of the last look, but
// for ones that ended and the goroutines of tests that were counted here: self,
// which runs the test that begins, is counted with it. So a row of clean tests
// needs one look in all.
func (l *ledger) unchanged(self int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	created := capture.Created()
	if created != l.created && (created != l.created+1 || l.seen[self] || l.counted == self) {
		return false
	}
	l.created, l.counted = created, self
	return true
}

// settled reports whether a leak was reported or excused already.
func (l *ledger) settled(id int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reported[id] || l.excused[id]
}

// report records that the goroutines with the given ids have failed a test.
func (l *ledger) report(ids []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		l.reported[id] = true
	}
}

// excuse records goroutines that a failed test left behind.
func (l *ledger) excuse(gs []stackparse.Goroutine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range gs {
		l.excused[gs[i].ID] = true
	}
}
