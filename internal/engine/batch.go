package engine

import (
	"runtime"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// batch judges parallel tests together that have ended and are not reported yet.
// A dump of a process in which thousands of tests wait for their turn takes longer
// than most of these tests, so that one for each would take most of the time.
//
// The test that comes first leads: it waits, looks for all that came meanwhile, and
// hands the lead on. Goroutines that tests told to stop end while their tests wait.
// A test that still has goroutines at two looks checks by itself, which may take
// long, as soon as that is cheap. No test that runs waits for any of this.
type batch struct {
	mu      sync.Mutex
	under   int // tests at the top that have begun and are not over
	members []*member
	led     bool
	cost    time.Duration // of the last look, by the clock
	alone   bool          // nobody runs but members
	changed chan struct{} // has alone looked at
}

// member is a test that waits to be judged.
type member struct {
	test   *Test
	failed bool // for another reason than a leak
	since  time.Time
	looks  int
	told   chan order
}

// order is what a member has to do.
type order int

const (
	goClean order = iota // its test left nothing
	goCheck              // it has to check by itself
	goLead               // it is the next one to look
)

const (
	// share is the share of the time that looks may take: one part of so many.
	share = 10
	// maxPause bounds the time between two looks.
	maxPause = 2 * time.Second
	// maxStay bounds how long a test is put off because its check would be dear.
	maxStay = 10 * time.Second
)

// enter records that a test at the top has begun, leave that it is over.
func (b *batch) enter() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.under++
	if b.changed == nil {
		b.changed = make(chan struct{}, 1)
	}
}

func (b *batch) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.under--
	b.update()
}

// update tells the leader when members are all that is left. The caller holds the
// lock.
func (b *batch) update() {
	if b.alone = len(b.members) == b.under; !b.alone {
		return
	}
	select {
	case b.changed <- struct{}{}:
	default: // it has an order already
	}
}

// clears waits until a look shows whether c's test left something behind, and
// reports whether it is known to have left nothing.
func (b *batch) clears(c *Test) bool {
	c.over()
	if c.counted() {
		return true
	}
	m := &member{
		// Room for one order: who leads gives orders under the lock and must not wait.
		test: c, failed: c.failed() && !c.cfg.RunOnFailure, since: time.Now(), told: make(chan order, 1),
	}
	b.join(m)
	for {
		switch <-m.told {
		case goClean:
			return true
		case goCheck:
			return false
		case goLead:
			b.pause()
			b.lead()
		}
	}
}

// counted reports whether counting is enough to know that the test left nothing.
func (c *Test) counted() bool { return c.unmoved() || c.ledger.counts(c) }

func (b *batch) join(m *member) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.members = append(b.members, m)
	b.update()
	if !b.led {
		b.led = true
		m.told <- goLead
	}
}

// pause waits until the next look is due.
func (b *batch) pause() {
	b.mu.Lock()
	cost := max(b.cost, perGoroutine*time.Duration(runtime.NumGoroutine()))
	b.mu.Unlock()
	patience := min(max(share*cost, settle.Grace), maxPause)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return
		case <-b.changed:
		}
		b.mu.Lock()
		alone := b.alone
		b.mu.Unlock()
		if alone {
			// No other test will join. Only goroutines that were told to stop may
			// still end.
			timer.Reset(min(patience, settle.Grace))
			<-timer.C
			return
		}
	}
}

// lead looks once, and tells members what that showed. The others are looked at
// again.
func (b *batch) lead() {
	b.mu.Lock()
	due, alone := b.members, b.alone
	// Members that join from now on wait for the next look.
	b.members = nil
	b.mu.Unlock()

	start := time.Now()
	kept := look(due)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cost = time.Since(start)
	cheap := alone || b.under < crowd
	for _, m := range kept {
		if m.looks++; m.looks > 1 && (cheap || time.Since(m.since) > maxStay) {
			m.told <- goCheck
		} else {
			b.members = append(b.members, m)
		}
	}
	b.update()
	if b.led = len(b.members) > 0; b.led {
		b.members[0].told <- goLead
	}
}

// look returns those of the members that may have left something, and tells the
// others that they have not.
func look(due []*member) (kept []*member) {
	var open []*member
	for _, m := range due {
		if m.test.counted() {
			m.told <- goClean
		} else {
			open = append(open, m)
		}
	}
	if len(open) == 0 {
		return nil
	}
	d, l := capture.All(), open[0].test.ledger
	sorted := l.sortAll(open, d)
	l.look(d)
	for i, m := range open {
		s, c := sorted[i], m.test
		switch {
		case m.failed:
			// As where a test is checked by itself: no later one is blamed for what a
			// failed one left.
			l.excuse(leakIDs(s.Leaks))
		case len(s.Leaks) > 0:
			kept = append(kept, m)
			continue
		default:
			l.note(c.t.Name(), &s)
			l.cleared(c.doubted)
		}
		m.told <- goClean
	}
	return kept
}

// sortAll sorts d for each of the members. A dump of thousands is sorted only for
// those that it may hold a goroutine of.
func (l *Ledger) sortAll(members []*member, d capture.Dump) []Sorted {
	idle := wait.IdleConns(d.Goroutines)
	reach := owner.ReachOf(d.Goroutines, func(g *stackparse.Goroutine) bool {
		return !isTest(g) && !idle[g.ID] && !OwnOrKnown(g) && !l.settled(g.ID)
	})
	doubts := len(l.inDoubt(d)) > 0
	all := make([]Sorted, len(members))
	for i, m := range members {
		if c := m.test; doubts || reach.Of(c.t.Name(), c.self.ID, c.before) {
			// A look asks the source about no goroutine, since it comes again and
			// again. A test that checks by itself does.
			c.looked = true
			all[i] = c.sort(d)
			c.looked = false
		}
	}
	return all
}

// isTest reports whether g runs a test.
func isTest(g *stackparse.Goroutine) bool {
	return g.ID == mainID || owner.IsRunner(g) && g.Creator != nil
}
