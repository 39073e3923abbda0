// Command goleakusers runs the test suites of modules that check for leaks with
// go.uber.org/goleak, as they are and with our package in goleak's place, and
// prints what each said.
//
//	go run -C internal/eval ./goleakusers [-go toolchain,...] [-runs n] [-only regexp]
//
// The modules come from the module proxy and are copied, since their go.mod has
// to change: both copies get the go line of this module (a module cannot require
// one with a later go line), and the second one replaces goleak by a shim with
// its import path, whose functions are those of leakcheck/goleak. No other file
// is touched. Only the packages whose tests import goleak are run, each copy in
// turn, without vet. The time is the processor time of the test binaries.
//
// The exit code is 1 when a package has another verdict with the shim than
// without in any run, and 2 when a suite could not be run.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == measureArg {
		os.Exit(measure(os.Args[2:]))
	}
	modules.Main("goleakusers", run)
}

// run measures what args select, reports on the way to stderr, and writes the
// tables. It reports whether the verdicts are the same.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (bool, error) {
	fs := flag.NewFlagSet("goleakusers", flag.ContinueOnError)
	fs.SetOutput(stderr)
	toolchains := fs.String("go", "local", "toolchains to run with, as for GOTOOLCHAIN, separated by commas")
	runs := fs.Int("runs", 3, "how often to run each suite")
	only := fs.String("only", "", "run the modules whose path this regular expression matches")
	if err := fs.Parse(args); err != nil {
		return false, err
	}
	match, err := regexp.Compile(*only)
	if err != nil {
		return false, fmt.Errorf("-only: %w", err)
	}
	temp, err := os.MkdirTemp("", "goleakusers-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(temp)
	shim, err := writeShim(ctx, temp)
	if err != nil {
		return false, err
	}
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	same := true
	for toolchain := range strings.SplitSeq(*toolchains, ",") {
		m := measurement{toolchain: toolchain, runs: *runs, temp: temp, shim: shim, self: self, log: stderr}
		fmt.Fprintf(stdout, header, toolchain)
		for _, u := range users {
			if !match.MatchString(u.module) {
				continue
			}
			r, err := m.of(ctx, u)
			if err != nil {
				return false, err
			}
			fmt.Fprint(stdout, r)
			same = same && r.same()
		}
		fmt.Fprintln(stdout)
	}
	return same, nil
}
