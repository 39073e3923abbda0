package engine

import (
	"regexp"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/ratchet"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/resource"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Main is the check of all tests of a package, from the start of the first to
// the end of the last.
type Main struct {
	cfg    *Config
	before IDs
	things resource.Set // descriptors and children that were there; nil where nobody asks
}

// BeginMain records what is there before the first test. The baseline of cfg
// holds for all checks of the package from now on.
func BeginMain(cfg *Config) *Main {
	d := capture.All()
	process.look(d)
	if cfg.Baseline != nil {
		packageBaseline.Store(cfg.Baseline)
	}
	process.checksLater.Store(true)
	m := &Main{cfg, IDsOf(d.Goroutines), firstThings(cfg)}
	opened.inMain = opened.inMain || m.things != nil
	return m
}

// Known reports whether g is no leak: it was there before the tests, or is
// left out.
func (m *Main) Known(g *stackparse.Goroutine) bool {
	return m.before[g.ID] || OwnOrKnown(g) || m.cfg.ignores(g)
}

// EndInput looks for what the tests and an input of a fuzz target left behind. What
// cannot be attributed to another test is the input's.
func (m *Main) EndInput(input string) (Outcome, error) {
	if err := m.cfg.Problem(); err != nil {
		return Outcome{}, err
	}
	p := m.policy(func(g *stackparse.Goroutine) bool { return m.before[g.ID] }, true)
	p.Subject = input
	sort := p.Sort
	p.Sort = func(d capture.Dump) Sorted {
		s := sort(d)
		for i := range s.Leaks {
			// A label names the fuzz target, which the input is a part of.
			if f := &s.Leaks[i].Owner; f.Test == "" || strings.HasPrefix(input+"/", f.Test+"/") {
				f.Test = input
			}
		}
		return s
	}
	return Check(settle.Live{}, p)
}

// End looks for what the tests left behind. passed says that all of them passed;
// else only that counts which a test's own check left to this one. It returns
// whether it looked at all.
func (m *Main) End(passed bool) (found Outcome, looked bool, err error) {
	before := func(g *stackparse.Goroutine) bool { return m.before[g.ID] }
	if !passed && !m.cfg.RunOnFailure {
		if !process.suspecting() {
			return Outcome{}, false, nil
		}
		// A failed test may have left anything, so that only what the checks of tests put
		// off until now counts.
		before = func(g *stackparse.Goroutine) bool { return !process.leftOver(g.ID) }
	}
	if err := m.cfg.Problem(); err != nil {
		return Outcome{}, true, err
	}
	found, err = Check(settle.Live{}, m.policy(before, passed || m.cfg.RunOnFailure))
	return found, true, err
}

// policy is that of a check of what is there beyond before, when tests are over.
func (m *Main) policy(before func(*stackparse.Goroutine) bool, things bool) Policy {
	p := processPolicy(m.cfg, before)
	p.Subject, p.Round = "the tests", ratchet.AtEnd
	if things {
		p.Left = m.left
	}
	p.Notes = func(r *report.Report, _ *Sorted, d capture.Dump) []string {
		return slices.Concat(DumpNotes(d), afterwards(m.cfg, r), advice(m.cfg, r))
	}
	return p
}

// EndRun returns what a run of all tests shows about the ignores and the
// baselines of the process. It updates the baselines if requested. ok is false
// where a file cannot be written.
func EndRun(whole bool) (lines []string, ok bool) {
	if whole {
		lines = ignoreFaults()
	}
	more, ok := ratchet.End(whole && testbin.Repetitions() == 1)
	return append(lines, more...), ok
}

// Process checks all goroutines of the process at this moment, no matter who started
// them, except for those that init functions did.
func Process(cfg *Config) (Outcome, error) {
	p := processPolicy(cfg, byInit)
	p.Round = ratchet.Alone
	p.Notes = func(_ *report.Report, _ *Sorted, d capture.Dump) []string { return DumpNotes(d) }
	return Check(settle.Live{}, p)
}

// processPolicy is that of a check of what is there beyond before, no matter who
// started it. It names the owners that can be found.
func processPolicy(cfg *Config, before func(*stackparse.Goroutine) bool) Policy {
	self := capture.SelfID()
	return Policy{Config: cfg, Ledger: process, Bounds: cfg.bounds(), Sort: func(d capture.Dump) Sorted {
		idle := wait.IdleConns(d.Goroutines)
		leaks := leaksOf(d.Goroutines, func(g *stackparse.Goroutine) bool {
			return g.ID != self && !idle[g.ID] && !before(g) && !OwnOrKnown(g) && !process.settled(g.ID) && !cfg.ignores(g)
		})
		for i := range leaks {
			f, id := &leaks[i].Owner, leaks[i].Goroutine.ID
			// The check that left it to this one knew more: its test was still there.
			if why := process.postponed(id); why != "" {
				f.Evidence = why
			} else if f.Verdict == owner.Unowned {
				f.Evidence = process.suspected(id)
			}
		}
		return Sorted{Leaks: leaks}
	}}
}

// leaksOf lists the goroutines of gs that count, with their owners as far as they can be
// named.
func leaksOf(gs []stackparse.Goroutine, counts func(*stackparse.Goroutine) bool) []report.Leak {
	judge := owner.NewJudge("", 0, gs)
	var leaks []report.Leak
	for i := range gs {
		if g := &gs[i]; counts(g) {
			leaks = append(leaks, report.Leak{Goroutine: *g, Owner: judge.Of(g, true)})
		}
	}
	return leaks
}

// byInit reports whether an init function started g.
func byInit(g *stackparse.Goroutine) bool {
	// The runtime calls init functions on the goroutine of main. One started elsewhere
	// by a method called init is somebody's.
	return g.Creator != nil && g.Creator.Goroutine == 1 && initFunc.MatchString(g.Creator.Func)
}

// initFunc is an init function, the initializer of package variables, or a
// closure of one: "shop.init.0", "shop.init.func1".
var initFunc = regexp.MustCompile(`\.init(\.\d+)?(\.func\d+)*$`)
