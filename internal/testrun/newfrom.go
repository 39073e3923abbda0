package testrun

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
	"github.com/leakcheck-go/goroutine/internal/engine/ratchet"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// maxRounds is how often a test runs at another revision until it has left all
// that it leaves now: some leaks do not come in every run.
const maxRounds = 3

// past is what the tests of a package left at another revision.
type past struct {
	tests []string          // that are to run there
	left  tally             // by test, the most of all its runs
	why   map[string]string // why the goroutines of a test were not counted there
}

// compare runs the tests that leaked at another revision as well, and moves what
// they left there to what is known. It returns remarks on what was not comparable.
func (p *prepared) compare(in *Interrupts, a *Args, packages []*Package) (notes []string, err error) {
	leaky := slices.DeleteFunc(slices.Clone(packages), func(pkg *Package) bool { return len(pkg.suspects()) == 0 })
	if len(leaky) == 0 || in.Context().Err() != nil {
		return nil, nil
	}
	temp := p.request.Temp
	// The name of a temporary folder is one that git has no worktree of.
	w, err := p.rev.checkout(in.Context(), filepath.Join(temp, filepath.Base(temp)))
	if err != nil {
		if in.Context().Err() != nil {
			err = nil // of the interrupt
		}
		return nil, err
	}
	defer func() { err = errors.Join(err, w.remove()) }()
	then, err := p.prepareAt(in.Context(), w)
	if err != nil {
		return nil, fmt.Errorf("-new-from %s: %w", p.rev.name, err)
	}
	has := then.tested(in.Context(), a, leaky)
	for _, pkg := range leaky {
		was := past{tests: pkg.suspects(), left: tally{}, why: map[string]string{}}
		if !has(pkg.Path) {
			was.say("the package has no tests there")
			was.tests = nil
		}
		for round := 0; round < maxRounds && len(was.tests) > 0; round++ {
			if err := then.runAgain(in, a, pkg, &was); err != nil || in.Context().Err() != nil {
				return notes, err
			}
			was.tests = pkg.unexplained(&was)
		}
		pkg.known(&was, p.rev.name)
		for _, test := range sortedKeys(was.why) {
			notes = append(notes, fmt.Sprintf("%s: %s could not be compared with %s: %s", pkg.Path,
				cmp.Or(test, "leaks without a known test"), p.rev.name, was.why[test]))
		}
	}
	return notes, nil
}

// prepareAt prepares for runs in a worktree.
func (p *prepared) prepareAt(ctx context.Context, w *worktree) (*prepared, error) {
	r := p.request
	r.Temp = filepath.Join(r.Temp, "then")
	if err := os.Mkdir(r.Temp, 0o700); err != nil {
		return nil, err
	}
	if r.Overlay != "" && !filepath.IsAbs(r.Overlay) {
		r.Overlay = filepath.Join(p.rev.dir, r.Overlay)
	}
	r.Go.Dir = w.at()
	r.Go.Env = append(slices.Clone(r.Go.Env), "PWD="+r.Go.Dir)
	r.Vars = nil // its go.mod may ask for another release of Go
	if _, err := os.Stat(r.Go.Dir); err != nil {
		return nil, fmt.Errorf("there is no folder %s", strings.TrimSuffix(p.rev.prefix, "/"))
	}
	plan, err := inject.Prepare(ctx, r)
	return &prepared{plan: plan, request: r, rev: p.rev}, err
}

// tested returns what tells whether a package has tests.
func (p *prepared) tested(ctx context.Context, a *Args, packages []*Package) func(path string) bool {
	paths := make([]string, len(packages))
	for i, pkg := range packages {
		paths[i] = pkg.Path
	}
	list, err := p.plan.Go.List(ctx, a.files, paths)
	return func(path string) bool {
		// What cannot be listed is not built either, and the build says why.
		return err != nil || path == byFiles || slices.ContainsFunc(list, func(l inject.Package) bool {
			return l.ImportPath == path && l.HasTests()
		})
	}
}

// runAgain runs the tests of was in a package, each in a process of its own.
func (p *prepared) runAgain(in *Interrupts, a *Args, pkg *Package, was *past) error {
	var build strings.Builder
	again := rerun{plan: p.plan, dir: p.request.Temp, drop: "run skip bench", packages: a.patterns(pkg), build: &build}
	for _, test := range was.tests {
		again.spec.Steps = append(again.spec.Steps, append(a.only(test), a.limit()))
	}
	runs, err := p.repeated(in, a, again)
	if err != nil {
		return err
	}
	if len(runs[pkg.Path]) == 0 {
		was.say("the package does not build there: " + firstProblem(build.String()))
	}
	for _, s := range runs[pkg.Path] {
		if s.number < len(was.tests) {
			was.add(was.tests[s.number], s)
		}
	}
	return nil
}

// firstProblem is the first line by which a build says what is wrong.
func firstProblem(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return "go test does not say why"
}

func isBenchmark(test string) bool { return strings.HasPrefix(test, "Benchmark") }

func (w *past) say(why string) {
	for _, test := range w.tests {
		w.why[test] = why
	}
}

// add takes what one run of a test left.
func (w *past) add(test string, s *step) {
	delete(w.why, test)
	switch t := s.tests; {
	case t == nil && len(s.reports) == 0:
		w.why[test] = "it did not finish there"
	case t != nil && slices.Contains(t.Failed, test):
		w.why[test] = "it fails there"
	case t != nil && test != "" && t.Skipped > 0:
		w.why[test] = "it is skipped there"
	case t != nil && len(s.reports) == 0 && !isBenchmark(test) && t.Checked+t.Unchecked+t.Skipped+len(t.Failed) == 0:
		w.why[test] = "there is no such test"
	}
	now := tally{}
	for _, f := range each(s.reports) {
		for _, leaf := range f.Leaves() {
			now[leftBy{topTest(f), ratchet.KeyOf(&leaf.Example)}] += leaf.Count
		}
	}
	for by, n := range now {
		w.left[by] = max(w.left[by], n)
	}
}

// tally is how many goroutines of each stack the tests left.
type tally map[leftBy]int

// leftBy is a stack that a test left.
type leftBy struct {
	test string
	key  baseline.Key
}

// take takes at most so many of one stack that a test left, and returns how many
// there were. How often a benchmark runs, and so how many it leaves, is a matter of
// time.
func (t tally) take(by leftBy, most int) int {
	n := min(most, t[by])
	switch {
	case n > 0 && isBenchmark(by.test):
		return most
	case n > 0:
		t[by] -= n
	}
	return n
}

// unexplained are the tests that leave what they did not leave then, so far. A
// test that could not run then would not the next time.
func (p *Package) unexplained(was *past) []string {
	var tests []string
	for f, known := range p.match(was) {
		if test := topTest(f); known < f.Count && was.why[test] == "" && !slices.Contains(tests, test) {
			tests = append(tests, test)
		}
	}
	slices.Sort(tests)
	return tests
}

// match returns how many of the goroutines of each finding were left then as well.
// As in a baseline, a stack counts whichever test leaves it; the test's own come
// first.
func (p *Package) match(was *past) map[*report.Finding]int {
	free := maps.Clone(was.left)
	var all []string
	for by := range free {
		addNew(&all, by.test)
	}
	slices.Sort(all)
	known := map[*report.Finding]int{}
	take := func(from func(f *report.Finding) []string) {
		for r, f := range each(p.Reports) {
			if r.Kind != report.Outlived {
				continue
			}
			for _, leaf := range f.Leaves() {
				for _, test := range from(f) {
					known[f] += free.take(leftBy{test, ratchet.KeyOf(&leaf.Example)}, min(leaf.Count, f.Count-known[f]))
				}
			}
		}
	}
	take(func(f *report.Finding) []string { return []string{topTest(f)} })
	take(func(*report.Finding) []string { return all })
	return known
}

// known moves what was there then to p.Known. Of goroutines that have become more,
// those that came stay.
func (p *Package) known(was *past, rev string) {
	known := p.match(was)
	var reports []*report.Report
	for _, r := range p.Reports {
		var fresh, old []report.Finding
		for i := range r.Findings {
			f := r.Findings[i]
			switch n := known[&r.Findings[i]]; {
			case n == f.Count:
				old = append(old, f)
				continue
			case n > 0:
				f.AddTrend(fmt.Sprintf("%d more: %d at %s, %d now", f.Count-n, n, rev, f.Count))
				if len(f.Parts) == 0 {
					f.Count -= n
					f.Proven, f.Unreachable = min(f.Proven, f.Count), min(f.Unreachable, f.Count)
				}
			}
			fresh = append(fresh, f)
		}
		if r.Kind != report.Outlived || len(fresh)+len(r.Left) > 0 {
			reports = append(reports, about(r, fresh, r.Left))
		}
		if len(old) > 0 {
			p.Known = append(p.Known, about(r, old, nil))
		}
	}
	p.Reports = reports
}

// about returns a report like r on other findings.
func about(r *report.Report, found []report.Finding, left []report.Left) *report.Report {
	other := *r
	other.Findings, other.Left, other.Total, other.Proven, other.Unreachable = found, left, 0, 0, 0
	for i := range found {
		other.Total += found[i].Count
		other.Proven += found[i].Proven
		other.Unreachable += found[i].Unreachable
	}
	return &other
}

// knownLeaks are the goroutines that another revision leaves as well.
func (s *Summary) knownLeaks() int {
	n := 0
	for _, p := range s.Packages {
		for _, r := range p.Known {
			n += r.Total
		}
	}
	return n
}

// knownThen says what became of n goroutines that are known.
func (s *Summary) knownThen(n int) string {
	return words.Plural(n, "known leak is", "known leaks are") + " also at " + s.NewFrom
}

// printKnown names what another revision leaves as well.
func (s *Summary) printKnown(w io.Writer) {
	var all []*Package
	for _, p := range s.Packages {
		all = append(all, &Package{Path: p.Path, Reports: p.Known})
	}
	causes := causesOf(findings(all, s.Dirs))
	if len(causes) == 0 {
		return
	}
	fmt.Fprintf(w, "  known, also at %s:\n", report.Escape(s.NewFrom))
	for _, c := range causes[:min(len(causes), maxCauses)] {
		c.print(w)
	}
	if more := len(causes) - maxCauses; more > 0 {
		fmt.Fprintf(w, "  and %s\n", words.Count(more, "more known kind"))
	}
}
