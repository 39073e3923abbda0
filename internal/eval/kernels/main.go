// Command kernels measures the checker against the goroutine leaks that the Go
// runtime tests itself with, and prints what it found of them.
//
//	go run -C internal/eval ./kernels [-run regexp] [-mode started,called] [-go toolchain] [-evidence heap] [-markdown]
//	go run -C internal/eval ./kernels -explore 10s [-run regexp]
//
// The leaks stand below src/runtime/testdata/testgoroutineleakprofile of Go
// 1.27: small ones for each kind of wait (simple), six patterns from industrial
// code (commonpatterns), and the concurrency bugs of known projects, cut down
// to a page each (goker). They are programs that print the runtime's own leak
// profile. Here each kernel becomes a test; the sources are read where they
// are, rewritten, built into test binaries in a temporary module and run one
// process a kernel. Each is tried in two ways:
//
//   - started: the test calls the kernel, which starts its goroutines, and
//     returns without waiting. Verify has to find them.
//   - called: the test does itself what the kernel's first goroutine does, so
//     that often it is the test that hangs. VerifyTestMain has to end it.
//
// Many of the bugs need an unlucky schedule. Whether a leak happened is
// therefore decided in each run without the checker: after its verdict the
// process waits until its goroutines stand still, asks the runtime for its own
// proof and prints all stacks, and the goroutines of kernel functions in there
// are the leak. A kernel is run again, up to a bound, until it leaked.
//
// With -explore it measures "leakcheck explore" instead: how often the kernels that
// need an unlucky schedule leak by themselves, in one pass of their loops, and how
// soon a search has them leak. The exit code is 1 when one was not found.
//
// # Verdicts
//
//   - found: goroutines were left, and the test failed with a report on them
//   - explained: the test hung, and the process ended with a report
//   - no leak: in no run anything was left
//   - undecided: the test hung, and the runtime offers no proof
//   - unproven: the test went on until the limit, and the runtime does not prove
//     that it hangs
//   - partly: the report counts fewer goroutines than were proven leaked
//   - wrong: goroutines were reported that ended a moment later, or a test was
//     ended that was not proven to hang
//   - missed: goroutines were left, or the test hung provably, without a report
//   - broken: the kernel crashed
//
// A proof can be out of reach for good: a sync.Mutex that is allocated by itself
// shares 16 bytes with other small objects, and while one of those is in use the
// mutex counts as reachable. Such a test is unproven.
//
// # Evidence
//
// With -evidence heap the checker may not ask for the runtime's proof, and decides
// by the heap as it does if there is none. What it calls unreachable is compared
// with what the runtime proves after it: each kernel where the two differ is
// listed, and how many of the proven goroutines were called unreachable at once.
// Where the runtime has no proof, all goroutines that were left count instead, also
// that of NoLeakGlobal, which a variable holds.
//
// The exit code is 1 when a kernel was missed, wrong, broken or found partly, and
// 2 when the kernels could not be run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
)

func main() { modules.Main("kernels", run) }

// settings are what the command line says.
type settings struct {
	match    *regexp.Regexp
	modes    []mode
	sources  string // toolchain that has the kernels
	build    toolchain
	leaks    int           // runs with a leak that each kernel is to have
	limit    time.Duration // of one run
	evidence evidence
	markdown bool
	verbose  bool
	explored time.Duration // search for the leaks of kernels for this long each; 0 tries them in modes
}

// evidence is what the checker may decide by.
type evidence string

const (
	byProof evidence = "proof" // the runtime's where it has one
	byHeap  evidence = "heap"  // the process's own memory
)

// tries bounds the runs of a kernel for each one that is to leak.
const tries = 5

func parseFlags(args []string, stderr io.Writer) (settings, error) {
	var s settings
	fs := flag.NewFlagSet("kernels", flag.ContinueOnError)
	fs.SetOutput(stderr)
	match := fs.String("run", "", "try only the kernels whose names match this `regexp`")
	modes := fs.String("mode", "started,called", "`list` of the ways to try a kernel")
	build := fs.String("go", "local", "build and run the tests with this `toolchain` (as for GOTOOLCHAIN), optionally "+
		"followed by + and a GOEXPERIMENT")
	fs.StringVar(&s.sources, "toolchain", "go1.27.4", "read the kernels from this `toolchain`")
	fs.IntVar(&s.leaks, "n", 1, fmt.Sprintf("run each kernel until it leaked in n runs, at most %dn times", tries))
	fs.DurationVar(&s.limit, "timeout", 20*time.Second, "limit of one run")
	kind := fs.String("evidence", string(byProof), "what the checker may decide by: proof, or heap alone")
	fs.BoolVar(&s.markdown, "markdown", false, "print the table in Markdown")
	fs.DurationVar(&s.explored, "explore", 0, "run each kernel, in one pass of its loop, as it is and then under "+
		"leakcheck explore for so `long`;\nwithout -run those that leak now and then")
	fs.BoolVar(&s.verbose, "v", false, "print what each run printed")
	if err := fs.Parse(args); err != nil {
		return s, err
	}
	if fs.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	if s.leaks < 1 {
		return s, fmt.Errorf("-n %d: want at least 1", s.leaks)
	}
	if s.evidence = evidence(*kind); s.evidence != byProof && s.evidence != byHeap {
		return s, fmt.Errorf("-evidence %s: want proof or heap", *kind)
	}
	for name := range strings.SplitSeq(*modes, ",") {
		if !slices.Contains(allModes, mode(name)) {
			return s, fmt.Errorf("-mode %s: want started, called or both with a comma between", *modes)
		}
		s.modes = append(s.modes, mode(name))
	}
	s.build.name, s.build.experiment, _ = strings.Cut(*build, "+")
	var err error
	s.match, err = regexp.Compile(*match)
	if s.explored > 0 && *match == "" {
		s.match = seldom
	}
	return s, err
}

// run tries the kernels that args ask for, prints a table, and reports whether
// it holds nothing that is the checker's fault.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (ok bool, err error) {
	s, err := parseFlags(args, stderr)
	if err != nil {
		return false, err
	}
	goroot, err := toolchain{name: s.sources}.output(ctx, "", "env", "GOROOT")
	if err != nil {
		return false, err
	}
	if s.explored > 0 {
		return s.exploreAll(ctx, runtimePrograms(goroot), stdout)
	}
	version, err := s.build.output(ctx, "", "version")
	if err != nil {
		return false, err
	}
	t := table{version: version, experiment: s.build.experiment, evidence: s.evidence}
	for _, p := range runtimePrograms(goroot) {
		var rows []row
		rows, err = s.try(ctx, p, stderr)
		t.rows = append(t.rows, rows...)
		if err != nil {
			break
		}
	}
	switch {
	case len(t.rows) == 0 && err != nil:
		return false, err
	case len(t.rows) == 0:
		return false, fmt.Errorf("no kernel matches %q", s.match)
	case s.markdown:
		t.markdown(stdout)
	default:
		t.text(stdout)
	}
	// What was done before an interrupt or an error is printed anyway.
	return t.ok(), err
}

// matching returns the kernels of p that -run names.
func (s settings) matching(p program) ([]kernel, error) {
	kernels, err := p.kernels()
	return slices.DeleteFunc(kernels, func(k kernel) bool { return !s.match.MatchString(k.name) }), err
}

// try makes tests of the kernels of p and runs those that match.
func (s settings) try(ctx context.Context, p program, progress io.Writer) (rows []row, err error) {
	dir, err := os.MkdirTemp("", "kernels")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	kernels, err := s.matching(p)
	if len(kernels) == 0 {
		return nil, err
	}
	for _, m := range s.modes {
		pkg, err := s.build.binary(ctx, dir, p, m)
		if err != nil {
			return rows, err
		}
		for _, k := range kernels {
			r, err := s.repeat(ctx, pkg, k, progress)
			if err != nil {
				return rows, err
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// repeat runs one kernel until it has leaked often enough, or tried often
// enough.
func (s settings) repeat(ctx context.Context, pkg testPackage, k kernel, progress io.Writer) (row, error) {
	r := row{kernel: k, mode: pkg.mode}
	for r.leaked < s.leaks && r.tries < s.leaks*tries {
		res := pkg.run(ctx, k, s.limit, s.evidence)
		if ctx.Err() != nil {
			return r, ctx.Err() // the run was cut short and shows nothing
		}
		if s.verbose {
			fmt.Fprintf(progress, "=== %s %s\n%s", k.name, pkg.mode, res.out)
		}
		r.add(judge(res, pkg, k))
	}
	if s.verbose {
		fmt.Fprintln(progress, r)
	}
	return r, nil
}
