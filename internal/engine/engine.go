// Package engine turns a dump into a report, in the same way for all checks:
//
//	dump -> goroutines with their owner and cause, once
//	     -> without what filters, options and the baseline leave out
//	     -> a report, built once
//
// [Check] is this pipeline. A [Policy] says what one kind of check does
// differently: a [Test] is the check of one test, [Unasked] those of tests that
// asked for none, [Process] that of all goroutines, and [Exit] that of a program
// that ends. The doors of the module turn options into a [Config], print the
// outcome, and do nothing else.
package engine

import (
	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/ratchet"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Policy is one kind of check.
type Policy struct {
	Subject string
	Config  *Config
	Ledger  *Ledger // what the checks of the process know together; nil for a check by itself

	// Sort puts the goroutines of a dump in order. It is asked at each dump, and
	// the last answer counts.
	Sort   func(capture.Dump) Sorted
	First  capture.Dump // the dump to begin with, which the caller has just taken; empty for none
	Bounds settle.Bounds
	Bubble bool // the check is in a testing/synctest bubble
	Poll   bool // what Sort finds can change while the same goroutines live

	Round   ratchet.Round // the repetition that a baseline counts the findings for
	Remark  string        // of the report
	Instead *cause.Cause  // the reason and the fix of all findings
	Notes   func(*report.Report, *Sorted, capture.Dump) []string

	// Left looks, when all else is done, for descriptors and child processes.
	// Other tests may run at the same time if parallel. nil is nothing.
	Left func(parallel bool) ([]report.Left, []string)
}

// Sorted is a dump as one check sees it.
type Sorted struct {
	Leaks    []report.Leak    // findings, if they outlast the wait, with their owners
	Unowned  IDs              // may be the subject's, and may be another test's
	Earlier  map[int64]string // what is known of when others' goroutines appeared
	Later    map[int64]string // the subject's, left to the check of the process, and what to say of each
	Ignored  IDs              // the subject's, left out by options
	Parallel bool             // other tests may run at the same time
	Unread   string           // why the heap, which the options ask for, was not read
}

// Outcome is what a check found; its report is nil where that is nothing.
type Outcome struct {
	*report.Report
	Dump  []stackparse.Goroutine // all of the process, as the report was made from them
	Leaks IDs                    // those of them that are in the report

	// Unsaid are remarks of a check that found nothing, for the test's log.
	Unsaid []string
}

// Check waits for the goroutines of world that p picks, and reports on those
// that outlast the wait. An error is one of a baseline that cannot be written.
func Check(world settle.World, p Policy) (Outcome, error) {
	sorted, dump := p.outlast(world)
	// Before anything is left out: what this check saw holds for later ones, whatever its
	// options ignore.
	p.record(&sorted, dump)
	// Causes come before the filters, which may ask for them, and of all leaks: one
	// that is ignored may hold what another waits for.
	known := Explain(sorted.Leaks)
	leaks := p.sieve(sorted.Leaks, known)
	leaks, notes, err := p.admit(leaks, known)
	if sorted.Unread != "" {
		notes = append(notes, sorted.Unread)
	}
	var left []report.Left
	if p.Left != nil {
		var more []string
		left, more = p.Left(sorted.Parallel)
		notes = append(notes, more...)
	}
	// Notes without a finding must not fail the test: they go to its log.
	if len(leaks) == 0 && len(left) == 0 {
		return Outcome{Unsaid: notes}, err
	}
	in := report.Input{
		Package: p.Config.Package, Subject: p.Subject, Leaks: leaks, Known: known, Tree: source.Here(),
		Remark: []string{p.Remark}, Notes: notes, Instead: p.Instead, Leave: p.Config.Leave, Left: left,
	}
	if p.Notes != nil {
		in.More = func(r *report.Report) []string { return p.Notes(r, &sorted, dump) }
	}
	return Outcome{Report: in.Build(), Dump: dump.Goroutines, Leaks: leakIDs(leaks)}, err
}

// outlast returns the last dump, sorted: its leaks are still there after the
// wait.
func (p *Policy) outlast(world settle.World) (Sorted, capture.Dump) {
	var sorted Sorted
	s := settle.Settler{
		World: world, Bounds: p.Bounds, Bubble: p.Bubble, Poll: p.Poll, Proofs: p.Config.ProvenOnly, Dump: p.First,
		NoProof: p.Config.NoProof,
	}
	if p.Ledger != nil {
		s.Reported = p.Ledger.wasReported
	}
	s.Pick = func(d capture.Dump) []stackparse.Goroutine {
		sorted = p.Sort(d)
		return goroutinesOf(sorted.Leaks)
	}
	// Run returns the goroutines of the last pick in its order. It differs from that
	// pick in those that ran by chance at the last look.
	for i, g := range s.Run() {
		sorted.Leaks[i].Goroutine = g
	}
	// Settling reads the heap only where that may end the wait. The option Heap asks for
	// the facts themselves.
	facts := s.Facts()
	if facts == nil && p.Config.Heap && len(sorted.Leaks) > 0 {
		var err error
		if facts, err = readNow(s.Dump); err != nil {
			sorted.Unread = "the heap was not read: " + err.Error()
		}
	}
	// After the wait: facts are about goroutines as they were last seen, and one that
	// moved since has none.
	Remember(sorted.Leaks, facts, s.Dump.Goroutines)
	if p.Config.ProvenOnly {
		sorted.Leaks = keep(sorted.Leaks, func(l *report.Leak) bool { return l.Goroutine.Leaked })
	}
	return sorted, s.Dump
}

// record tells the ledger what was seen.
func (p *Policy) record(sorted *Sorted, d capture.Dump) {
	if p.Ledger == nil {
		return
	}
	p.Ledger.look(d)
	p.Ledger.note(p.Subject, sorted)
}

// Explain finds the causes of leaks, which it numbers. The classifier knows a leak
// by its number, also once others of the list are left out.
func Explain(leaks []report.Leak) *cause.Classifier {
	for i := range leaks {
		leaks[i].Place = i
	}
	return cause.NewClassifier(goroutinesOf(leaks), source.Here())
}

// sieve leaves out what filters match that ask for the test or the cause.
func (p *Policy) sieve(leaks []report.Leak, known *cause.Classifier) []report.Leak {
	if !p.Config.asksForSubject() {
		return leaks
	}
	out := IDs{}
	leaks = keep(leaks, func(l *report.Leak) bool {
		// Not before the wait: a goroutine may have gone on to wait for something else.
		s := filters.Subject{Goroutine: &l.Goroutine, Cause: known.Of(l.Place).ID, Test: l.Owner.Test}
		out[l.Goroutine.ID] = p.Config.ignoresSubject(s)
		return !out[l.Goroutine.ID]
	})
	if p.Ledger != nil {
		p.Ledger.excuse(out)
	}
	return leaks
}

// admit leaves out what the baseline lets pass, and says so in notes.
func (p *Policy) admit(leaks []report.Leak, known *cause.Classifier) (left []report.Leak, notes []string, err error) {
	b := p.Config.Baseline
	if b == nil || len(leaks) == 0 {
		return leaks, nil, nil
	}
	found := make([]baseline.Leak, len(leaks))
	for i := range leaks {
		l := &leaks[i]
		found[i] = baseline.Leak{
			Key: ratchet.KeyOf(&l.Goroutine), Count: 1, Test: l.Owner.Test, Summary: known.Of(l.Place).Title,
		}
	}
	// All at once, since entries have a count: of five goroutines of a kind three may be
	// known.
	passes, why := b.Admit(found, p.Round)
	passed := IDs{}
	left = keep(leaks, func(l *report.Leak) bool {
		if passes[ratchet.KeyOf(&l.Goroutine)] {
			passed[l.Goroutine.ID] = true
		}
		return !passed[l.Goroutine.ID]
	})
	b.LetPass(len(passed))
	if n := len(passed); n > 0 {
		notes = append(notes, words.Plural(n, "known goroutine is", "known goroutines are")+" left out here, see "+b.Name)
	}
	if p.Ledger != nil && p.Round != ratchet.Alone {
		p.Ledger.excuse(passed)
	}
	// Only what no entry lets pass is left to be added: Admit comes first.
	if b.Updating() {
		err = b.Add()
	}
	return left, append(notes, why...), err
}

// keep returns the leaks that yes says so of, and leaves those given as they are.
func keep(leaks []report.Leak, yes func(*report.Leak) bool) []report.Leak {
	var kept []report.Leak
	for i := range leaks {
		if yes(&leaks[i]) {
			kept = append(kept, leaks[i])
		}
	}
	return kept
}

func goroutinesOf(leaks []report.Leak) []stackparse.Goroutine {
	gs := make([]stackparse.Goroutine, len(leaks))
	for i := range leaks {
		gs[i] = leaks[i].Goroutine
	}
	return gs
}

func leakIDs(leaks []report.Leak) IDs {
	ids := make(IDs, len(leaks))
	for i := range leaks {
		ids[leaks[i].Goroutine.ID] = true
	}
	return ids
}
