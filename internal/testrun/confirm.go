package testrun

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
	"github.com/leakcheck-go/goroutine/internal/engine/ratchet"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// confirmations are how often a test that leaked runs in each of the processes
// that tell what grows from what is made once.
var confirmations = []int{1, 3, 9}

// confirm runs each test that leaked in processes of their own, once and several
// times, and counts what is left at the end of each. What a test makes once for
// the process does not become more. What each run of a test makes and the next one
// ends does not either: the goroutines are counted when all runs are over.
func (p *prepared) confirm(in *Interrupts, a *Args, packages []*Package) error {
	leaky := slices.DeleteFunc(slices.Clone(packages), func(pkg *Package) bool { return len(pkg.suspects()) == 0 })
	if len(leaky) == 0 || a.bench || a.fuzz || a.list {
		return nil
	}
	r := p.request
	r.Temp = filepath.Join(r.Temp, "confirm")
	if err := os.Mkdir(r.Temp, 0o700); err != nil {
		return err
	}
	r.Options.PerPackage, r.Options.Baseline = true, ""
	plan, err := inject.Prepare(in.Context(), r)
	if err != nil {
		return err
	}
	for _, pkg := range leaky {
		if in.Context().Err() != nil {
			return nil
		}
		tests := pkg.suspects()
		again := rerun{plan: plan, dir: r.Temp, drop: "run skip", tools: a.tools, packages: a.patterns(pkg)}
		for _, test := range tests {
			for _, n := range confirmations {
				again.spec.Steps = append(again.spec.Steps, append(a.only(test), fmt.Sprintf("-test.count=%d", n), a.limit()))
			}
		}
		runs, err := p.repeated(in, a, again)
		if err != nil {
			return err
		}
		for i, test := range tests {
			pkg.confirmed(test, runs[pkg.Path], i*len(confirmations))
		}
	}
	return nil
}

// only are the arguments of a test binary that have it run one test or benchmark,
// or where test is "" all that the user asked for.
func (a *Args) only(test string) []string {
	if isBenchmark(test) {
		return []string{"-test.run=^$", "-test.bench=^" + regexp.QuoteMeta(test) + "$"}
	}
	if test != "" {
		return []string{"-test.run=^" + regexp.QuoteMeta(test) + "$"}
	}
	var args []string
	for _, name := range []string{"run", "skip", "bench"} {
		if value := a.value(name); value != "" {
			args = append(args, "-test."+name+"="+value)
		}
	}
	return args
}

// suspects are the tests that left goroutines behind, each once; "" stands for
// unknown tests. Tests that can never end are left out: they would not end in
// another run either.
func (p *Package) suspects() []string {
	var tests []string
	for r, f := range each(p.Reports) {
		if t := topTest(f); r.Kind == report.Outlived && !slices.Contains(tests, t) {
			tests = append(tests, t)
		}
	}
	return tests
}

// confirmed says of the findings of a test how they grow. The first of its runs
// is the step of the number first.
func (p *Package) confirmed(test string, runs []*step, first int) {
	left, why := make([]map[place]int, len(confirmations)), ""
	for _, s := range runs {
		i := s.number - first
		if i < 0 || i >= len(left) {
			continue
		}
		times := words.Count(confirmations[i], "time")
		switch {
		case s.tests == nil:
			why = cmp.Or(why, "it did not finish when it ran "+times+" in one process")
		case !s.tests.Package:
			why = cmp.Or(why, "it fails when it runs "+times+" in one process")
		default:
			left[i] = s.leaks()
		}
	}
	whole := !slices.ContainsFunc(left, func(m map[place]int) bool { return m == nil })
	for r, f := range each(p.Reports) {
		switch {
		case topTest(f) != test || r.Kind != report.Outlived:
		case !whole:
			f.AddTrend("not confirmed: " + cmp.Or(why, "it could not be run again"))
		default:
			var counts []int
			for _, m := range left {
				counts = append(counts, m[placeOf(f)])
			}
			f.Growth = report.NewGrowth(confirmations, counts)
			f.AddTrend(f.Growth.String())
		}
	}
}

// Failing is the number of goroutines that fail a run: all but those that are made
// once per process.
func (p *Package) Failing() int {
	n := p.Leaks()
	for _, f := range each(p.Reports) {
		if f.Growth.Bounded() {
			n -= f.Count
		}
	}
	return n
}

// once are the leaks of the packages that are made once per process, as a
// baseline has them.
func once(packages []*Package) []baseline.Leak {
	var all []baseline.Leak
	for _, p := range packages {
		for _, f := range each(p.Reports) {
			if !f.Growth.Bounded() {
				continue
			}
			for _, leaf := range f.Leaves() {
				all = append(all, baseline.Leak{Package: p.Path, Key: ratchet.KeyOf(&leaf.Example), Count: leaf.Count,
					Test: f.Test, Summary: leaf.Cause.Title})
			}
		}
	}
	return all
}

// onceReason is why an entry for what is made once per process stays.
const onceReason = "once per process, as leakcheck test -confirm found"

// entries adds to b what is made once per process.
func entries(b baseline.Baseline, packages []*Package) baseline.Baseline {
	none := func(baseline.Entry) bool { return false }
	b = baseline.Update(b, once(packages), none, time.Now().Format(time.DateOnly))
	for i := range b.Entries {
		if b.Entries[i].Reason == "" {
			b.Entries[i].Reason = onceReason
		}
	}
	return b
}
