package main

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
)

// A suite that passes with any checker proves little. So each package is run
// once more with one added test alone, which leaks: both checkers have to say
// so.

const controlTest = "TestThatLeaksOnPurpose"

// controlCode is a test for a package, with a check of its own where the package
// has no TestMain with one.
const controlCode = `package %s

import (
	"testing"

	"go.uber.org/goleak"
)

var leakedOnPurpose = make(chan struct{})

func ` + controlTest + `(t *testing.T) {
	if %t {
		defer goleak.VerifyNone(t)
	}
	go func() { <-leakedOnPurpose }()
}
`

// control runs the packages of u with a leak in each, with more flags of go test.
func (u user) control(ctx context.Context, dir, toolchain string, flags ...string) (outcome, error) {
	for _, pkg := range u.packages {
		if err := addLeak(filepath.Join(dir, pkg)); err != nil {
			return outcome{}, fmt.Errorf("%s: %s: %w", u.module, pkg, err)
		}
	}
	return u.goTest(ctx, dir, toolchain, append(flags, "-run=^"+controlTest+"$")...)
}

// found is the number of packages that failed.
func (o outcome) found() int {
	n := 0
	for _, pass := range o.packages {
		if !pass && strings.Contains(o.output, "found unexpected goroutines") {
			n++
		}
	}
	return n
}

// addLeak adds the test to the package with the checks in dir.
func addLeak(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return err
	}
	pkg, main := "", false
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if !strings.Contains(string(src), `"`+goleakModule+`"`) {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, src, parser.PackageClauseOnly)
		if err != nil {
			return err
		}
		pkg, main = tree.Name.Name, main || strings.Contains(string(src), "goleak.VerifyTestMain")
	}
	if pkg == "" {
		return fmt.Errorf("no test imports %s", goleakModule)
	}
	return modules.WriteFiles(dir, map[string]string{"leaks_on_purpose_test.go": fmt.Sprintf(controlCode, pkg, !main)})
}
