package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/leakcheck-go/goroutine/internal/eval/usage"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
)

// rounds is how often each package is measured.
const rounds = 5

// overhead prints what the tests of modules cost as they are, and rewritten and
// checked without a perturbation.
func (w work) overhead(ctx context.Context, dirs []string) error {
	fmt.Fprintf(w.out, "| module | packages | clock | rewritten | ratio | processor | rewritten | ratio |\n")
	fmt.Fprintf(w.out, "|---|---|---|---|---|---|---|---|\n")
	packages, plain, changed := 0, usage.Cost{}, usage.Cost{}
	for _, dir := range dirs {
		suite, err := w.build(ctx, dir)
		if err != nil {
			return err
		}
		var p, c usage.Cost
		pkgs := packagesOf(suite.Tests)
		for _, pkg := range pkgs {
			one, other, err := w.measure(ctx, suite, pkg)
			if err != nil {
				return err
			}
			p, c = p.Plus(one), c.Plus(other)
		}
		w.overheadRow(filepath.Base(dir), len(pkgs), p, c)
		packages, plain, changed = packages+len(pkgs), plain.Plus(p), changed.Plus(c)
	}
	w.overheadRow("all", packages, plain, changed)
	return nil
}

func (w work) overheadRow(name string, packages int, plain, changed usage.Cost) {
	fmt.Fprintf(w.out, "| %s | %d | %.2f s | %.2f s | %.2f | %.2f s | %.2f s | %.2f |\n", name, packages,
		plain.Clock.Seconds(), changed.Clock.Seconds(), usage.Ratio(changed.Clock, plain.Clock),
		plain.Processor.Seconds(), changed.Processor.Seconds(), usage.Ratio(changed.Processor, plain.Processor))
}

// packagesOf lists the packages of tests, each once.
func packagesOf(tests []explore.Test) []string {
	var all []string
	for _, t := range tests {
		if !slices.Contains(all, t.Package) {
			all = append(all, t.Package)
		}
	}
	return all
}

// measure returns the medians of what the tests of a package cost.
func (w work) measure(ctx context.Context, suite *explore.Suite, pkg string) (plain, changed usage.Cost, err error) {
	exe, err := w.plainTests(ctx, suite.Dir(pkg))
	if err != nil {
		return plain, changed, err
	}
	all := explore.Test{Package: pkg, Name: "Test.*"}
	var as, rewritten []usage.Cost
	for range rounds {
		as = append(as, took(func() {
			cmd := exec.CommandContext(ctx, exe, "-test.count=1", "-test.run=^Test")
			cmd.Dir = suite.Dir(pkg)
			_ = cmd.Run() // whether tests fail does not matter here
		}))
		rewritten = append(rewritten, took(func() {
			_, err = suite.Run(ctx, all, perturb.Plan{})
		}))
		if err != nil {
			return plain, changed, err
		}
	}
	return usage.Median(as), usage.Median(rewritten), ctx.Err()
}

// plainTests builds the tests of the package in a folder as they are.
func (w work) plainTests(ctx context.Context, dir string) (string, error) {
	f, err := os.CreateTemp(w.temp, "plain-*.test.exe")
	if err != nil {
		return "", err
	}
	exe := f.Name()
	if err := f.Close(); err != nil {
		return "", err
	}
	_, err = goIn(dir).Output(ctx, "go", "test", "-c", "-vet=off", "-o", exe, ".")
	return exe, err
}

func took(f func()) usage.Cost {
	start, before := time.Now(), usage.Children()
	f()
	return usage.Cost{Clock: time.Since(start), Processor: usage.Children() - before}
}
