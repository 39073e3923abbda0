package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine"
	"github.com/leakcheck-go/goroutine/internal/eval/usage"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// programFolders are the modules of testdata. Each has two packages: in wrong the
// tests leak in some runs, and right has the same tests of repaired code.
var programFolders = []string{"programs", "more"}

// plainTries is how often a program runs unperturbed, to learn how often it leaks by
// itself. maxRuns bounds a search of a module: it needs a tenth of that.
const (
	plainTries = 20
	maxRuns    = 5000
)

// programs prints a table of the programs in the modules below a folder.
func (w work) programs(ctx context.Context, testdata string) (ok bool, err error) {
	ok = true
	var all usage.Cost
	fmt.Fprintf(w.out, "| program | leaks as it is | found after | when |\n|---|---|---|---|\n")
	for _, name := range programFolders {
		suite, err := w.build(ctx, filepath.Join(testdata, name))
		if err != nil {
			return false, err
		}
		wrong, right := split(suite.Tests)
		s, err := findAll(ctx, suite, wrong, goal{wrong, maxRuns})
		if err != nil {
			return false, err
		}
		all = all.Plus(s.Cost)
		twins, err := findAll(ctx, suite, right, goal{runs: s.runs})
		if err != nil {
			return false, err
		}
		if err := w.printPrograms(ctx, suite, wrong, s); err != nil {
			return false, err
		}
		for _, f := range twins.found {
			fmt.Fprintf(w.out, "\n%s is reported: %s\n", f.Test, f.Replay())
		}
		fmt.Fprintf(w.out, "\n%s: %d of %d found in %.1f s (%.1f s of processors) and %d runs; "+
			"%d of %d twins reported in %d runs\n\n", name, len(s.first), len(wrong), s.Clock.Seconds(),
			s.Processor.Seconds(), s.runs, len(twins.first), len(right), twins.runs)
		ok = ok && len(s.first) == len(wrong) && len(twins.found) == 0
	}
	fmt.Fprintf(w.out, "all: %.1f s (%.1f s of processors)\n", all.Clock.Seconds(), all.Processor.Seconds())
	return ok, nil
}

// build rewrites and builds the tests of the module in a folder.
func (w work) build(ctx context.Context, dir string) (*explore.Suite, error) {
	temp, err := os.MkdirTemp(w.temp, "built-")
	if err != nil {
		return nil, err
	}
	suite, err := explore.Build(ctx, inject.Request{
		Go:   inject.Go{Dir: dir, Env: append(os.Environ(), goIn(dir).Env...)},
		Temp: temp, Sources: goroutine.Sources, Proofs: true,
	}, explore.Packages{Patterns: []string{"./..."}})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return suite, nil
}

// split tells the tests of packages wrong from those of packages right.
func split(tests []explore.Test) (wrong, right []explore.Test) {
	for _, t := range tests {
		if path.Base(t.Package) == "wrong" {
			wrong = append(wrong, t)
		} else {
			right = append(right, t)
		}
	}
	return wrong, right
}

// searched is what a search of several tests found.
type searched struct {
	found      []*explore.Finding
	first      map[explore.Test]time.Duration // until the first leak of each
	runs       int
	usage.Cost // until the last of these, with what was reduced meanwhile
}

// goal ends a search: when there is a leak of each of these tests, or after so many
// runs. Without tests all the runs are made.
type goal struct {
	tests []explore.Test
	runs  int
}

// findAll searches tests until it is at its goal.
func findAll(ctx context.Context, suite *explore.Suite, tests []explore.Test, g goal) (searched, error) {
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	res := searched{first: map[explore.Test]time.Duration{}}
	start, before := time.Now(), usage.Children()
	s := explore.Search{Run: suite.Run, Sites: suite.Sites, Seed: 1, Workers: runtime.GOMAXPROCS(0), Patience: ctx}
	s.Report = func(p explore.Progress) {
		res.runs = p.Runs
		if p.Runs >= g.runs {
			cancel()
		}
	}
	s.Found = func(f *explore.Finding) {
		if _, ok := res.first[f.Test]; !ok {
			res.Cost = usage.Cost{Clock: time.Since(start), Processor: usage.Children() - before}
			res.first[f.Test] = res.Clock
		}
		if len(g.tests) > 0 && len(res.first) == len(g.tests) {
			cancel()
		}
	}
	var err error
	res.found, err = s.Explore(limited, tests)
	return res, errors.Join(err, ctx.Err())
}

// printPrograms prints the rows of a module.
func (w work) printPrograms(ctx context.Context, suite *explore.Suite, tests []explore.Test, s searched) error {
	for _, t := range tests {
		plain := 0
		for range plainTries {
			res, err := suite.Run(ctx, t, perturb.Plan{})
			if err != nil {
				return err
			}
			if len(res.Leaks) > 0 {
				plain++
			}
		}
		after, when := "not found", ""
		if i := slices.IndexFunc(s.found, func(f *explore.Finding) bool { return f.Test == t }); i >= 0 {
			f := s.found[i]
			after = fmt.Sprintf("%.1f s, seen in %d of %d runs", s.first[t].Seconds(), f.Seen, f.Runs)
			when = strings.ReplaceAll(f.When(suite.Sites, suite.Dir(t.Package)), "|", "\\|")
		}
		fmt.Fprintf(w.out, "| %s | %d of %d | %s | %s |\n",
			strings.TrimPrefix(t.Name, "Test"), plain, plainTries, after, when)
	}
	return nil
}
