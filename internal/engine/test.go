package engine

import (
	"fmt"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/ratchet"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/resource"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// TB is what a check needs of a test. *testing.T, *testing.B and *testing.F
// implement it. Deadline and Skipped are used where they are there.
type TB interface {
	Helper()
	Name() string
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
	Failed() bool
	Cleanup(func())
}

// Call says how a test asked for its check.
type Call struct {
	Deferred bool   // by a defer statement or in a cleanup: the test's body is over
	Unknown  bool   // it cannot be told whether it was deferred
	DeferAt  string // file:line of the defer statement, where it can be found
	At       string // file:line of the call
	Now      bool   // the check takes place in the call, after the work
	Note     string // what may have come too late for such a check
}

// atTop reports whether the call is known to have come before the work.
func (c *Call) atTop() bool { return !c.Deferred && !c.Unknown }

// early says what the check may have come too early for, or "".
func (c *Call) early() string {
	switch {
	case c.Now:
		return c.Note
	case c.Deferred:
		return "the deferred Verify checked before the t.Cleanup functions ran; if one of them " +
			"ends these goroutines, write leakcheck.Verify(t) as the first line of the test, without defer"
	}
	return ""
}

// Test is the check of one test, from its start to its end.
type Test struct {
	t       TB
	cfg     *Config
	call    Call
	ledger  *Ledger
	self    stackparse.Goroutine // the goroutine that runs the test
	above   []int64              // the goroutines that wait for the test
	runs    bool                 // it is known to be the test's own
	spec    bool                 // it is a test of another framework than package testing
	before  IDs                  // what was there when the test began
	looks   int                  // the look that before is from
	created uint64               // the runtime's counter then
	round   ratchet.Round        // which repetition of the test this is, for a baseline
	ended   bool                 // End was called
	doubted map[string]bool      // tests that passed, and may have left what the last dump shows
	things  resource.Set         // those there when the test began; nil where nobody asks
	began   time.Time            // when End began to wait; zero where it does not
	cut     time.Duration        // the wait that the deadline left, where that is not all; else 0
	looked  bool                 // a look for several tests, which its own check follows where it finds something
	unasked bool                 // some are left to the check of the process, see postpone
}

// Begin records what is there before the test starts its work.
func Begin(t TB, cfg *Config, call Call) *Test {
	c := &Test{t: t, cfg: cfg, call: call, ledger: process, self: capture.Self()}
	c.runs, c.spec = runs(&c.self, t), isSpec(t)
	c.beginThings()
	if cfg.Baseline != nil {
		c.round = cfg.Baseline.Begin(t.Name(), c.self.ID)
	}
	if call.Deferred { // too late: what was there at the last look has to do
		c.before, _, c.created = c.ledger.known()
		return c
	}
	capture.SetTest(c.self, t.Name())
	if !c.ledger.unchanged(c.self.ID, c.runs) {
		c.ledger.lookBefore(capture.All(), t.Name())
	}
	c.before, c.looks, _ = c.ledger.known()
	// Goroutines that start between the dump and this line do not belong to the
	// test, which has not begun.
	c.created = capture.Created()
	return c
}

// Unable says why the check could never find anything, or "".
func (c *Test) Unable() string { return c.cfg.Unable(c.self.Bubble != 0) }

// Enter records that the check is to end on the goroutine of its test.
func (c *Test) Enter() { c.ledger.enter(c) }

// Leave takes back what Enter recorded.
func (c *Test) Leave() { c.ledger.leave(c) }

// End looks for what the test left behind. It finds nothing for a clean test,
// for one that failed by itself, and for one that is about to die of a panic,
// whose message must not wait. An error is one of a baseline that cannot be
// written.
func (c *Test) End() (Outcome, error) {
	// The counter tells only from the top: a deferred Verify has nothing to
	// compare it with, since others may have looked after the leak began.
	clean := c.unmoved()
	why := ""
	// A bubble starts goroutines, so if the counter has not changed there was no
	// bubble. A panic also matters for descriptors.
	if !clean || c.things != nil {
		var by string
		why, by = capture.Unwinding()
		if found := c.deadlock(why, by); found.Report != nil {
			return found, nil
		}
	}
	c.over()
	defer c.endThings()
	clean = clean || c.ledger.clean(c)
	if clean && len(newThings(c.cfg, c.things)) == 0 {
		return Outcome{}, nil
	}
	// A test that failed half way leaves behind what it had no chance to stop; a report
	// would hide why it failed.
	if c.failed() && !c.cfg.RunOnFailure || why == capture.Panic {
		c.excuse()
		return Outcome{}, nil
	}
	bounds := c.bounds()
	if bounds.Limit > 0 {
		c.began = time.Now()
	}
	// Taken here and not in Check: the dump has the calls of this goroutine as well,
	// at about a microsecond each, and most tests need no other dump.
	first := capture.All()
	found, err := Check(settle.Live{}, Policy{
		Subject: owner.Quoted(c.t.Name()), Config: c.cfg, Ledger: c.ledger, Sort: c.sort, First: first,
		Bounds: bounds, Bubble: c.self.Bubble != 0, Round: c.round, Remark: c.remark(), Notes: c.notes, Left: c.left,
	})
	if found.Report != nil {
		c.ledger.report(c.t.Name(), found.Leaks)
	}
	// Only now: a check that ends early has not looked for them.
	c.ledger.cleared(c.doubted)
	return found, err
}

// unmoved reports whether no goroutine was created since the test began. It is
// known of a test whose check began at its top.
func (c *Test) unmoved() bool {
	return c.call.atTop() && capture.Created() == c.created && !c.ledger.owes(c)
}

// over records that the work of the test is over.
func (c *Test) over() {
	c.ended = true
	if s, ok := c.t.(interface{ Skipped() bool }); ok && c.cfg.Baseline != nil && s.Skipped() {
		c.cfg.Baseline.Skip(c.t.Name())
	}
}

// failed reports whether the test failed for another reason than a leak. A
// subtest that failed because of one has failed its parent as well, which still
// has to answer for its other subtests.
func (c *Test) failed() bool { return c.t.Failed() && !c.ledger.leaked(c.t.Name()) }

// sort picks from a dump what is this test's: not benign, not ignored, not
// spoken for, and not another test's.
func (c *Test) sort(d capture.Dump) Sorted {
	self := c.self.ID
	if c.spec && len(d.Goroutines) > 0 {
		self = d.Goroutines[0].ID // the caller's: a framework may clean up on another goroutine
	}
	judge := owner.NewJudge(c.t.Name(), self, d.Goroutines)
	judge.Late, judge.Spec = c.call.Deferred, c.spec
	judge.Last = c.call.Now || hasSubtests(c.t) && !c.ledger.checksLater.Load()
	idle := sync.OnceValue(func() map[int64]bool { return wait.IdleConns(d.Goroutines) })
	elsewhere := c.elsewhere(d.Goroutines)
	c.doubted = c.ledger.inDoubt(d)
	// Goroutines that were there before are not leaks of the test, and are nearly
	// all of the dump.
	skip := c.before
	if c.call.Deferred || c.call.Unknown || len(c.doubted) > 0 {
		skip = nil
	}
	s := Sorted{
		Unowned: IDs{}, Ignored: IDs{}, Earlier: map[int64]string{}, Later: map[int64]string{},
		Parallel: judge.Parallel,
	}
	for i := range d.Goroutines {
		g := &d.Goroutines[i]
		if skip[g.ID] || g.ID == c.self.ID || g.ID == self || OwnOrKnown(g) || idle()[g.ID] ||
			c.ledger.settled(g.ID) || elsewhere(g) {
			continue
		}
		f := c.finding(judge, g)
		if f.Verdict != owner.Mine && c.mayHide(judge, g) {
			f = judge.Of(g, true)
			f.Verdict = owner.Mine
		}
		switch {
		// Before the options, which are this test's and say nothing of other tests' goroutines.
		case f.Verdict == owner.Others:
		case c.cfg.ignores(g):
			// The options of its own test excuse a goroutine for all checks. One without an
			// owner may still be the leak of another test, whose options differ.
			s.Ignored[g.ID] = f.Verdict == owner.Mine
		case f.Verdict == owner.Mine && c.postpones(&s, g):
		case f.Verdict == owner.Mine:
			s.Leaks = append(s.Leaks, report.Leak{Goroutine: *g, Owner: f})
		case judge.Parallel:
			s.Unowned[g.ID] = true
		case f.Evidence != "":
			s.Earlier[g.ID] = f.Evidence
		}
	}
	return s
}

// mayHide reports whether g is of a test whose check took it for a goroutine that
// was there before.
func (c *Test) mayHide(judge *owner.Judge, g *stackparse.Goroutine) bool {
	return len(c.doubted) > 0 && c.self.Bubble == 0 && c.doubted[judge.Of(g, true).Test]
}

// postpones reports whether g, a goroutine of the test, is left to the check of
// the process.
func (c *Test) postpones(s *Sorted, g *stackparse.Goroutine) bool {
	if !c.unasked {
		return false
	}
	// A young one is likely to end by itself, and is looked at once more.
	why := postpone(g, c.looked || time.Since(c.began) < settle.Grace)
	if why != "" {
		s.Later[g.ID] = why
	}
	return why != ""
}

// elsewhere tells, for a check inside of a synctest bubble, which goroutines
// of a dump are not in it.
func (c *Test) elsewhere(gs []stackparse.Goroutine) func(*stackparse.Goroutine) bool {
	if c.self.Bubble == 0 {
		return func(*stackparse.Goroutine) bool { return false }
	}
	inside := IDs{}
	for i := range gs {
		if gs[i].Bubble == c.self.Bubble {
			inside[gs[i].ID] = true
		}
	}
	return func(g *stackparse.Goroutine) bool {
		// A goroutine that starts a garbage collection is out of its bubble meanwhile
		// (runtime.gcStart).
		started := g.Bubble == 0 && g.Creator != nil && inside[g.Creator.Goroutine]
		return g.Bubble != c.self.Bubble && !started
	}
}

// finding judges g. A goroutine that was there when Verify was called is not the
// test's own. A deferred Verify is called too late to know, so the evidence decides.
// If we do not know whether Verify was deferred, goroutines that the test's own
// goroutine started count.
func (c *Test) finding(judge *owner.Judge, g *stackparse.Goroutine) owner.Finding {
	before := c.before[g.ID]
	child := g.Creator != nil && g.Creator.Goroutine == c.self.ID
	if before && !c.call.Deferred && !(c.call.Unknown && child) {
		return owner.Finding{Verdict: owner.Others}
	}
	f := judge.Of(g, !before)
	if c.call.Now && judge.Over(f) {
		f.Verdict = owner.Mine // no other check may report it
	}
	return f
}

// excuse remembers what a failed test leaves, so that no later test is blamed.
func (c *Test) excuse() {
	// Descriptors and children that it opened are spoken for like its goroutines.
	opened.settle(newThings(c.cfg, c.things))
	d := capture.All()
	c.ledger.excuse(leakIDs(c.sort(d).Leaks))
	c.ledger.look(d)
}

// bounds are the wait that the options and the test's deadline allow.
func (c *Test) bounds() settle.Bounds {
	b := c.cfg.bounds()
	if c.self.Bubble != 0 {
		return b // T.Deadline panics in a bubble
	}
	// Benchmarks have no deadline, and a TB of another framework need not have one.
	if d, ok := c.t.(interface{ Deadline() (time.Time, bool) }); ok {
		if deadline, ok := d.Deadline(); ok {
			// A second is left to build and print the report before the alarm of -timeout.
			left := max(0, time.Until(deadline)-time.Second)
			if left < b.Limit {
				c.cut = max(left, 1)
			}
			b.Limit, b.Most = min(b.Limit, left), min(b.Most, left)
			b.Margin = min(b.Margin, left-b.Limit)
		}
	}
	return b
}

// remark says where Verify stands where the failure itself does not: that of a
// deferred one points at the line where the test returned, and one in a bubble
// into package testing.
func (c *Test) remark() string {
	switch {
	case c.call.DeferAt != "":
		return "Verify deferred at " + c.call.DeferAt
	case c.self.Bubble != 0 && c.call.At != "":
		return "Verify at " + c.call.At
	}
	return ""
}

// notes are remarks on how far the report can be trusted.
func (c *Test) notes(r *report.Report, s *Sorted, d capture.Dump) []string {
	notes := DumpNotes(d)
	if !d.Labels && s.Parallel {
		notes = append(notes, "this process cannot print goroutine labels, so parallel tests were told apart by creators "+
			"and names alone")
	}
	// A proven leak needs no remark on cleanups: none can reach what it waits for.
	if note := c.call.early(); note != "" && r.Proven < r.Total {
		notes = append(notes, note)
	}
	if c.cut > 0 && r.Proven < r.Total {
		notes = append(notes, fmt.Sprintf("because of -timeout, goroutines had %v to end instead of %v",
			c.cut.Round(10*time.Millisecond), c.cfg.bounds().Limit))
	}
	for i := range s.Leaks {
		if test := s.Leaks[i].Owner.Test; c.doubted[test] {
			notes = append(notes, test+" passed because its own check only counted goroutines, and an older one ended "+
				"meanwhile")
			break
		}
	}
	return append(notes, strangers(c.cfg, r)...)
}

// panicking reports whether the calling cleanup runs because the test
// panicked. The runner marks such a test as failed only after its cleanups.
func panicking() bool {
	why, _ := capture.Unwinding()
	return why == capture.Panic
}
