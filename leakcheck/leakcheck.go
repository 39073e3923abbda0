package leakcheck

import (
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/dropin"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// TB is what a check needs of a test. *testing.T, *testing.B and *testing.F
// implement it. What they have beyond it is used where it is there: Deadline
// bounds the wait, Skipped keeps entries of a [Baseline], Attr and ArtifactDir
// take what programs read of a report.
type TB interface {
	Helper()
	Name() string
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
	Failed() bool
	Cleanup(func())
}

// Verify fails t when goroutines that the test started outlive it. It is
// called at the top of the test:
//
//	leakcheck.Verify(t)
//
// and then checks when the body, all cleanups and all parallel subtests of the
// test are over. It may be deferred there as well (defer leakcheck.Verify(t));
// then cleanups that were registered before the end of the body still have to
// run when it checks, and it has no label to tell parallel tests apart.
//
// The failure stands at the line of the call. A test that failed already is
// not checked, see [RunOnFailure]. Verify panics when t is nil, and does nothing
// in a benchmark that testing.Benchmark runs, which has no name.
func Verify(t TB, opts ...Option) {
	if isNil(t) {
		panic("leakcheck.Verify: t is nil; pass the *testing.T of the test that calls it")
	}
	t.Helper()
	if t.Name() == "" {
		return // a benchmark run by testing.Benchmark: a part of its caller's test
	}
	how := thisCall(1)
	if t, ok := t.(dropin.Test); ok {
		how = call{deferred: true, dropin: t.CheckNow(), now: true}
	}
	c := begin(t, newConfig(opts).fromEnvironment(), how)
	if err := c.cfg.problem(); err != nil {
		t.Errorf("leakcheck: %s", report.Escape(err.Error()))
		return
	}
	if why := c.cfg.unable(c.self.Bubble != 0); why != "" {
		t.Logf("leakcheck: %s", why)
		return
	}
	process.enter(c)
	t.Cleanup(func() {
		t.Helper()
		defer process.leave(c)
		found, err := c.end()
		if err != nil {
			t.Errorf("leakcheck: %s", report.Escape(err.Error()))
		}
		if found.Report != nil {
			printing.Lock()
			defer printing.Unlock()
			t.Errorf("%s%s", how.dropin.Heading, renderer(os.Stdout).String(found.Report))
			publish(t, found, func(problem string) { t.Logf("leakcheck: %s", problem) })
		}
	})
}

// printing keeps the reports of parallel tests apart: with -v, package testing
// prints a text line by line.
var printing sync.Mutex

// check is one test's check, from Verify to the test's end.
type check struct {
	t       TB
	cfg     *config
	call    call
	self    stackparse.Goroutine // the goroutine that called Verify
	runs    bool                 // it is known to be the test's own
	before  idSet                // what was there when the test began
	looks   int                  // the look that before is from
	created uint64               // the runtime's counter then
	unowned idSet                // newcomers of the last dump that no evidence ties to a test
	ignored idSet                // this test's, left out by its options
	round   round                // which repetition of the test this is, for a baseline
}

// begin takes down what is there before the test starts its work. A deferred
// call comes too late for that: what was there at the last look must do.
func begin(t TB, cfg *config, how call) *check {
	c := &check{t: t, cfg: cfg, call: how, self: capture.Self()}
	c.runs = runs(&c.self, t)
	if cfg.baseline != nil {
		c.round = cfg.baseline.begin(t.Name(), c.self.ID)
	}
	if how.deferred {
		process.mu.Lock()
		c.before, c.created = process.seen, process.created
		process.mu.Unlock()
		return c
	}
	capture.SetTest(c.self, t.Name())
	if !process.unchanged(c.self.ID, c.runs) {
		process.lookBefore(capture.All(), t.Name())
	}
	c.before, c.looks = process.known()
	c.created = capture.Created()
	return c
}

// outcome is what a check found; its report is nil where that is nothing.
type outcome struct {
	*report.Report
	dump []stackparse.Goroutine // all of the process, as the report was made from them
}

// end looks for what the test left behind. It finds nothing for a clean test,
// for one that failed by itself, and for one that is about to die of a panic,
// whose message must not wait. An error is one of a baseline that cannot be
// written.
func (c *check) end() (outcome, error) {
	if s, ok := c.t.(interface{ Skipped() bool }); ok && c.cfg.baseline != nil && s.Skipped() {
		c.cfg.baseline.skip(c.t.Name())
	}
	// The counter tells only from the top: a deferred Verify has nothing to
	// compare it with, since others may have looked after the leak began.
	atTop := !c.call.deferred && !c.call.unknown
	if atTop && capture.Created() == c.created || process.clean(c) {
		return outcome{}, nil
	}
	if c.failed() && !c.cfg.runOnFailure || panicking() {
		c.excuse()
		return outcome{}, nil
	}
	limit, most := c.limits()
	s := settler{world: live{}, limit: limit, most: most, pick: c.candidates, bubble: c.self.Bubble != 0, proofs: c.cfg.provenOnly}
	left := c.cfg.count(s.run())
	process.look(s.dump)
	process.suspect(c.t.Name(), c.unowned)
	process.excuse(c.ignored)
	mine, out := c.cfg.sieve(c.judge(s.dump, left))
	process.excuse(out)
	if len(mine) == 0 {
		return outcome{}, nil
	}
	r := build(c.t.Name(), mine)
	mine, err := c.cfg.sift(r, mine, c.round)
	if len(mine) == 0 {
		return outcome{}, err
	}
	ids := make([]int64, len(mine))
	for i := range mine {
		ids[i] = mine[i].Goroutine.ID
	}
	process.report(c.t.Name(), ids)
	r.Remark, r.Notes = c.remark(), append(r.Notes, c.notes(r, s.dump)...)
	return outcome{r, s.dump.Goroutines}, err
}

// build makes a report on the tests of this process.
func build(subject string, leaks []report.Leak) *report.Report {
	r := report.Build(subject, leaks, here())
	r.Package = testedPackage()
	return r
}

// failed reports whether the test failed for another reason than a leak. A
// subtest that failed because of one has failed its parent as well, which still
// has to answer for its other subtests.
func (c *check) failed() bool { return c.t.Failed() && !process.leaked(c.t.Name()) }

// candidates picks from a dump what is this test's: not benign, not ignored,
// not spoken for, and not another test's. It takes down what might be.
func (c *check) candidates(d capture.Dump) []stackparse.Goroutine {
	judge := c.newJudge(d)
	idle := idleConns(d.Goroutines)
	elsewhere := c.elsewhere(d.Goroutines)
	c.unowned, c.ignored = idSet{}, idSet{}
	var picked []stackparse.Goroutine
	for i := range d.Goroutines {
		g := &d.Goroutines[i]
		if g.ID == c.self.ID || idle[g.ID] || ownOrKnown(g) || process.settled(g.ID) {
			continue
		}
		if elsewhere(g) {
			continue
		}
		switch f := c.finding(judge, g); {
		case f.Verdict == owner.Others:
		case c.cfg.ignores(g):
			c.ignored[g.ID] = f.Verdict == owner.Mine
		case f.Verdict == owner.Mine:
			picked = append(picked, *g)
		case judge.Parallel():
			c.unowned[g.ID] = true
		case f.Evidence != "":
			process.earlier(g.ID, f.Evidence)
		}
	}
	return picked
}

// elsewhere tells, for a check inside of a synctest bubble, which goroutines
// of a dump are not in it. One that starts a garbage collection is taken out
// of its bubble meanwhile (runtime.gcStart), so what a goroutine of the bubble
// started counts as being in it.
func (c *check) elsewhere(gs []stackparse.Goroutine) func(*stackparse.Goroutine) bool {
	if c.self.Bubble == 0 {
		return func(*stackparse.Goroutine) bool { return false }
	}
	inside := idSet{}
	for i := range gs {
		if gs[i].Bubble == c.self.Bubble {
			inside[gs[i].ID] = true
		}
	}
	return func(g *stackparse.Goroutine) bool {
		started := g.Bubble == 0 && g.Creator != nil && inside[g.Creator.Goroutine]
		return g.Bubble != c.self.Bubble && !started
	}
}

// newJudge returns the judge of a dump for this test.
func (c *check) newJudge(d capture.Dump) *owner.Judge {
	judge := owner.NewJudge(c.t.Name(), c.self.ID, d.Goroutines)
	judge.Late = c.call.deferred
	judge.Last = c.call.now || hasSubtests(c.t) && !process.checksLater.Load()
	return judge
}

// finding judges g. What was there when Verify was called is not the test's
// own. A deferred Verify, which is called too late to know, goes by evidence;
// where it cannot be told from one at the top, what the test's own goroutine
// started counts.
func (c *check) finding(judge *owner.Judge, g *stackparse.Goroutine) owner.Finding {
	before := c.before[g.ID]
	child := g.Creator != nil && g.Creator.Goroutine == c.self.ID
	if before && !c.call.deferred && !(c.call.unknown && child) {
		return owner.Finding{Verdict: owner.Others}
	}
	f := judge.Of(g, !before)
	if c.call.now && judge.Over(f) {
		f.Verdict = owner.Mine // nobody else may report it
	}
	return f
}

// judge puts the evidence beside each goroutine that is left.
func (c *check) judge(d capture.Dump, left []stackparse.Goroutine) []report.Leak {
	judge := c.newJudge(d)
	leaks := make([]report.Leak, len(left))
	for i := range left {
		leaks[i] = report.Leak{Goroutine: left[i], Owner: c.finding(judge, &left[i])}
	}
	return leaks
}

// excuse remembers what a failed test leaves, so that no later test is blamed.
func (c *check) excuse() {
	d := capture.All()
	process.excuse(idsOf(c.candidates(d)))
	process.look(d)
}

// limits are the wait that the options and the test's deadline allow, and the
// longest for what is known to be slow.
func (c *check) limits() (limit, most time.Duration) {
	limit, most = c.cfg.wait, c.cfg.longest()
	if c.self.Bubble != 0 {
		return limit, most // T.Deadline panics in a bubble
	}
	if d, ok := c.t.(interface{ Deadline() (time.Time, bool) }); ok {
		if deadline, ok := d.Deadline(); ok {
			// A second is left to print the report before the alarm.
			left := max(0, time.Until(deadline)-time.Second)
			limit, most = min(limit, left), min(most, left)
		}
	}
	return limit, most
}

// remark says where Verify stands where the failure itself does not: that of a
// deferred one points at the line where the test returned, and one in a bubble
// into package testing.
func (c *check) remark() string {
	switch {
	case c.call.deferAt != "":
		return "Verify deferred at " + c.call.deferAt
	case c.self.Bubble != 0 && c.call.at != "":
		return "Verify at " + c.call.at
	}
	return ""
}

// notes are remarks on how far the report can be trusted.
func (c *check) notes(r *report.Report, d capture.Dump) []string {
	notes := dumpNotes(d)
	if !d.Labels && c.newJudge(d).Parallel() {
		notes = append(notes, "this process cannot print goroutine labels, so parallel tests were told apart by creators and names alone")
	}
	// A proven leak needs no remark on cleanups: none can reach what it waits for.
	if note := c.call.early(); note != "" && r.Proven < r.Total {
		notes = append(notes, note)
	}
	return append(notes, strangers(r)...)
}

// strangers says how to learn which line led to a goroutine of a library that
// another goroutine of the library started.
func strangers(r *report.Report) []string {
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Started.Func != "" && f.InModule() == nil && len(f.Example.Ancestors) == 0 {
			return []string{"a run with GODEBUG=tracebackancestors=10 in the environment names the line of yours that called " + f.Started.Func}
		}
	}
	return nil
}

// dumpNotes says what of a dump was not understood: a newer runtime may print
// what this version does not know. The goroutines are kept all the same.
func dumpNotes(d capture.Dump) []string {
	if d.Problems == nil {
		return nil
	}
	first, _, _ := strings.Cut(d.Problems.Error(), "\n")
	return []string{"parts of the goroutine dump were not understood, please report this: " + first}
}

// here is the source tree around this process.
var here = sync.OnceValue(source.Here)

// isNil reports whether t is nil or holds a nil pointer, as an unset field of
// type *testing.T does.
func isNil(t any) bool {
	if t == nil {
		return true
	}
	v := reflect.ValueOf(t)
	return v.Kind() == reflect.Pointer && v.IsNil()
}
