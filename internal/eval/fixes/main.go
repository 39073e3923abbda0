// Fixes runs "leakcheck test -fix" over the mistakes of folder examples and prints
// which of them have a change that passes its trial:
//
//	go run -C internal/eval ./fixes [-only PATTERN]
//
// The candidates themselves are golden files of package internal/fix; this program
// is the trial of all of them, which takes some minutes. It exits with 1 if fewer
// than -want pass.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/eval/modules"
)

func main() { modules.Main("fixes", run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (ok bool, err error) {
	fs := flag.NewFlagSet("fixes", flag.ContinueOnError)
	fs.SetOutput(stderr)
	only := fs.String("only", ".", "examples whose name matches this regular `expression`")
	want := fs.Int("want", 18, "so many examples have to have a change that passes")
	if err := fs.Parse(args); err != nil {
		return false, err
	}
	passed, err := try(ctx, *only, stdout)
	if err != nil {
		return false, err
	}
	fmt.Fprintf(stdout, "\n%d examples have a change that ends the leak.\n", passed)
	return passed >= *want, nil
}

// try tries all examples whose names match and prints a row of a table for each.
func try(ctx context.Context, only string, w io.Writer) (passed int, err error) {
	match, err := regexp.Compile(only)
	if err != nil {
		return 0, err
	}
	root, err := modules.Root(ctx)
	if err != nil {
		return 0, err
	}
	temp, err := os.MkdirTemp("", "fixes-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(temp)
	command, err := modules.Leakcheck(ctx, temp)
	if err != nil {
		return 0, err
	}
	tests, err := filepath.Glob(filepath.Join(root, "examples", "*", "leaky_test.go"))
	if err != nil {
		return 0, err
	}
	fmt.Fprintln(w, "| example | what was tried |\n|---|---|")
	for _, test := range tests {
		name := filepath.Base(filepath.Dir(test))
		if !match.MatchString(name) {
			continue
		}
		r, err := tried(command, root, name, filepath.Join(temp, name+".json"))
		if err != nil {
			return passed, fmt.Errorf("%s: %w", name, err)
		}
		ok := false
		for i := range r.Findings {
			f := &r.Findings[i]
			fmt.Fprintf(w, "| %s | %s |\n", name, f.Fix)
			ok = ok || f.Fix != nil && f.Fix.Trial.Passed
		}
		if ok {
			passed++
		}
	}
	return passed, nil
}

// tried is the report on the leaky tests of one example, which fail.
func tried(command, root, name, file string) (*report.Report, error) {
	cmd := exec.Command(command, "test", "-fix", "-tags=leaky", "-run=Wrong", "-o", "json="+file, "./examples/"+name)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err == nil {
		return nil, fmt.Errorf("nothing leaks:\n%s", out)
	}
	text, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	return report.Decode(text)
}
