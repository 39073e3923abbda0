package testrun

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// byFiles is the import path of a package that is named by its files.
const byFiles = "command-line-arguments"

// patterns name a package for the go command.
func (a *Args) patterns(pkg *Package) []string {
	if pkg.Path == byFiles {
		return a.packages
	}
	return []string{pkg.Path}
}

// maxAgain bounds the packages whose leaking tests run once more.
const maxAgain = 10

// findWays runs tests once more whose goroutines a variable holds, to learn what
// leads from there to what they wait for. That needs DWARF, with which linking takes
// a quarter longer, and so it is not there in the run that decides. What goes wrong
// here only leaves it out.
func (p *prepared) findWays(in *Interrupts, a *Args, packages []*Package) {
	if a.bench || a.fuzz || a.list || a.linksOtherwise() {
		return
	}
	runs := 0
	for _, pkg := range packages {
		tests := heldByVariable(pkg.Reports)
		if len(tests) == 0 || runs == maxAgain || in.Context().Err() != nil {
			continue
		}
		runs++
		k := p.keepHeap(runs)
		left, err := p.again(in, a, again{tests: tests, pkg: a.patterns(pkg), heap: k})
		if err != nil {
			return
		}
		k.adopt(pkg.Reports, left)
		k.remove()
	}
}

// ancestors is what the linker is to set as the default of GODEBUG in the test
// binary of a package: that which it has anyway, and the setting that has the
// runtime remember.
func (a *Args) ancestors(ctx context.Context, g inject.Go, pkg []string) string {
	const setting = "tracebackancestors=10"
	defaults, err := g.TestGodebug(ctx, a.files, pkg)
	if err != nil || defaults == "" {
		return setting
	}
	return defaults + "," + setting
}

// again says how tests of one package run once more.
type again struct {
	flags      []string  // for go test, before those of the user's
	godebug    string    // the default of the test binary; "" for the usual one
	tests, pkg []string  // no tests stand for all
	heap       *keptHeap // nil: the heap is not kept
}

// again runs tests of one package once more and returns what they left.
func (p *prepared) again(in *Interrupts, a *Args, r again) (left []*report.Report, err error) {
	run := NewRun(Mode{}, io.Discard, io.Discard, func(*Package) {})
	g := p.plan.Go
	r.flags = append(r.flags, "-overlay="+p.plan.Overlay)
	cmd := goCommand{name: g.Name(), args: r.goTest(a), dir: g.Dir, env: g.Env, stdout: run, stderr: io.Discard}
	_, err = cmd.run(in)
	for _, pkg := range run.Packages() {
		left = append(left, pkg.Reports...)
	}
	return left, err
}

// goTest are the arguments for go test: those of the user's that say how to build
// and to run the tests, but not which, and where profiles go.
func (r again) goTest(a *Args) []string {
	tests := make([]string, len(r.tests))
	for i, t := range r.tests {
		tests[i] = regexp.QuoteMeta(t)
	}
	before, after := a.kept("run skip ldflags")
	ldflags := r.heap.linkerFlags() + a.linkerFlags()
	if r.godebug != "" {
		ldflags += " -X=runtime.godebugDefault=" + r.godebug
	}
	args := []string{"-vet=off", "-json", "-v=false", "-count=1", "-ldflags=" + strings.TrimSpace(ldflags)}
	if len(tests) > 0 {
		args = append(args, "-run=^("+strings.Join(tests, "|")+")$")
	}
	if r.heap != nil {
		args = append(args, "-o="+r.heap.binary)
	}
	return slices.Concat([]string{"test"}, r.flags, args, a.tools, before, r.pkg, after)
}

// kept are the arguments before and after the packages for another run of tests:
// without the packages, without what says where profiles go and how often tests
// run, and without flags of the names in but.
func (a *Args) kept(but string) (before, after []string) {
	drop := strings.Fields("count cover covermode coverpkg coverprofile blockprofile cpuprofile memprofile " +
		"mutexprofile trace outputdir artifacts overlay c x n " + but)
	flags := slices.DeleteFunc(slices.Clone(a.before), func(f string) bool { return slices.Contains(a.packages, f) })
	return without(flags, drop), without(a.after, drop)
}

// adopt takes the calls that again names over into the same findings of reports.
func adopt(reports, again []*report.Report) {
	for _, found := range each(again) {
		if len(found.Example.Ancestors) > 0 {
			adoptCall(reports, found)
		}
	}
}

// adoptCall takes over where found was called. Of an example the name is new as
// well: it has no check that would have known it.
func adoptCall(reports []*report.Report, found *report.Finding) {
	for _, f := range each(reports) {
		named := f.Test == "" && strings.HasPrefix(found.Test, "Example")
		if len(f.Example.Ancestors) > 0 || f.Started != found.Started || f.Cause.ID != found.Cause.ID ||
			f.Test != found.Test && !named {
			continue
		}
		f.Called, f.Example.Ancestors = found.Called, found.Example.Ancestors
		if named && f.Count == found.Count {
			f.Test, f.Evidence = found.Test, found.Evidence
		}
	}
}
