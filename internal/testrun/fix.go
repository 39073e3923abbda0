package testrun

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/fix"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// fixing looks for changes that end the leaks of one package.
type fixing struct {
	p        *prepared
	in       *Interrupts
	args     *Args
	deadline time.Time
	pkg      *Package
	dir      string        // for files
	module   inject.Module // of the package

	problems []*problem
	before   map[spot]int    // what the tests left at first
	left     int             // descriptors and child processes that they left
	failing  map[string]bool // tests that fail for another reason
	accepted []fix.Candidate
	race     bool          // the tests can be run with the race detector
	compared map[bool]bool // with it or without, whether it is known which fail without a change
	number   int           // of the next folder
}

// problem is a finding that changes are tried for.
type problem struct {
	spot spot
	todo []fix.Candidate
	fix  *report.Fix
}

// spot is what tells a leak from others when lines have moved.
type spot struct{ test, cause, started, startedAt, at, atLine string }

func spotOf(f *report.Finding) spot {
	// The numbers of literals change with the literals before them.
	started, at := source.Declared(f.Started.Func), source.Declared(f.At.Func)
	return spot{f.Test, f.Cause.ID, started, f.Started.Code(), at, f.At.Code()}
}

// fixRuns is how often a test runs with a change, and with -race as often again.
const fixRuns = 5

// fix tries changes for the leaks of all packages, as long as time is left, and adds
// what came of it to their findings.
func (p *prepared) fix(in *Interrupts, a *Args, limit time.Duration, sum *Summary) error {
	if a.bench || a.fuzz || a.list {
		return nil
	}
	deadline := time.Now().Add(limit)
	for i, pkg := range sum.Packages {
		if len(pkg.suspects()) == 0 || in.Context().Err() != nil {
			continue
		}
		module := p.moduleOf(in.Context(), a, pkg)
		if module.Dir == "" {
			sum.Notes = append(sum.Notes, pkg.Path+": no change was tried: it is not a package of the main module")
			continue
		}
		x := &fixing{p: p, in: in, args: a, deadline: deadline, pkg: pkg, module: module, before: map[spot]int{},
			failing: map[string]bool{}, compared: map[bool]bool{}, race: true,
			dir: filepath.Join(p.request.Temp, "fix", strconv.Itoa(i))}
		if err := os.MkdirAll(x.dir, 0o700); err != nil {
			return err
		}
		if err := x.run(); err != nil {
			return err
		}
		for _, note := range x.notes() {
			sum.Notes = append(sum.Notes, pkg.Path+": "+note)
		}
		sum.Fixes = append(sum.Fixes, x.accepted...)
	}
	return nil
}

// moduleOf is the module of a package, and the zero Module where that is not the main
// one, or one of a workspace.
func (p *prepared) moduleOf(ctx context.Context, a *Args, pkg *Package) inject.Module {
	list, err := p.plan.Go.Modules(ctx, a.files, a.patterns(pkg))
	if err != nil || len(list) == 0 || !list[0].Main {
		return inject.Module{}
	}
	return list[0]
}

func (x *fixing) run() error {
	x.base()
	chains := x.chains()
	code := fix.NewSource(x.module.Dir)
	for r, f := range each(x.pkg.Reports) {
		if r.Kind != report.Outlived || f.Growth.Bounded() {
			continue
		}
		pr := &problem{spot: spotOf(f), fix: &report.Fix{}}
		var refused []string
		pr.todo, refused = code.Candidates(x.leak(f, chains[pr.spot]))
		for _, why := range refused {
			pr.fix.Trial.Failed = append(pr.fix.Trial.Failed, report.Tried{Why: why})
		}
		f.Fix = pr.fix
		x.problems = append(x.problems, pr)
	}
	return x.search()
}

// base records what is there before any change.
func (x *fixing) base() {
	for _, r := range x.pkg.Reports {
		x.left += len(r.Left)
	}
	for _, f := range each(x.pkg.Reports) {
		x.before[spotOf(f)] += f.Count
	}
	if x.pkg.Tests != nil {
		for _, t := range x.pkg.Tests.Failed {
			x.failing[t] = true
		}
	}
}

// chains runs the tests that leaked once more, with a runtime that remembers who
// called whom, and functions of the module that are not inlined, so that it can.
func (x *fixing) chains() map[spot]*stackparse.Goroutine {
	files := x.args.patterns(x.pkg)
	r := again{
		flags:   []string{"-gcflags=" + x.module.Path + "/...=-l"},
		godebug: x.args.ancestors(x.in.Context(), x.p.plan.Go, files), pkg: files,
		tests: slices.DeleteFunc(x.pkg.suspects(), func(test string) bool { return test == "" }),
	}
	found := map[spot]*stackparse.Goroutine{}
	left, err := x.p.again(x.in, x.args, r)
	if err != nil {
		return found
	}
	for _, f := range each(left) {
		found[spotOf(f)] = &f.Example
	}
	return found
}

// leak is a finding in the form that package fix reads. Example is one of its
// goroutines with its ancestors, or nil.
func (x *fixing) leak(f *report.Finding, example *stackparse.Goroutine) *fix.Leak {
	l := &fix.Leak{Cause: f.Cause.ID}
	if example == nil {
		example = &f.Example
	}
	for i := range example.Frames {
		l.Chain = append(l.Chain, x.call(example.Frames[i].Func, example.Frames[i].File, example.Frames[i].Line))
	}
	l.Spawn = len(l.Chain)
	tree := source.Of([]stackparse.Goroutine{*example}, x.module.Dir)
	start := example.Creator
	for i := range example.Ancestors {
		frames := example.Ancestors[i].Frames
		for j := range frames {
			// Of ancestors the runtime prints where calls return to.
			line := frames[j].Line
			if j == 0 && start != nil {
				line = start.Line
			} else if at, ok := tree.CallLine(frames[j].File, line, frames[max(j-1, 0)].Func); j > 0 && ok {
				line = at
			}
			l.Chain = append(l.Chain, x.call(frames[j].Func, frames[j].File, line))
		}
		start = example.Ancestors[i].Creator
	}
	if len(example.Ancestors) == 0 && example.Creator != nil {
		c := example.Creator
		l.Chain = append(l.Chain, x.call(c.Func, c.File, c.Line))
	}
	return l
}

func (x *fixing) call(fn, file string, line int) fix.Call {
	rel, err := filepath.Rel(x.module.Dir, filepath.FromSlash(file))
	own := err == nil && filepath.IsAbs(filepath.FromSlash(file)) && filepath.IsLocal(rel) &&
		!strings.Contains("/"+filepath.ToSlash(rel), "/vendor/")
	return fix.Call{Func: fn, File: filepath.FromSlash(file), Line: line, Own: own}
}

// notes say what of the trial was not as it should be.
func (x *fixing) notes() []string {
	var notes []string
	if len(x.accepted) > 0 && !x.race {
		notes = append(notes, "the changes were tried without -race, as the tests cannot be built or run with it")
	}
	return notes
}
