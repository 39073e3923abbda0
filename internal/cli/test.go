package cli

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/atomicfile"
	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
	"github.com/leakcheck-go/goroutine/internal/testrun"
)

// testOptions are our flags of "leakcheck test", and those of go test.
type testOptions struct {
	testrun.Options
	outputs []reportOutput
	fix     string // "", "print" or "write"
	force   bool
	goArgs  *testrun.Args
}

func testCommand() *command {
	o := &testOptions{}
	return &command{
		name:  "test",
		args:  "[flags] [build/test flags] [packages] [flags for the test binary]",
		short: "run go test with leak checks in packages that have none",
		long: `
Test runs "go test" with leak checks in packages that do not use leakcheck.
No file of the module is changed or added: an overlay (go help build, -overlay)
replaces files of package testing in the standard library, which link the checks
into each test binary. Modules, vendor folders and workspaces work as usual. The
first run rebuilds everything that imports package testing, and with Go 1.26 the
whole standard library; later runs find it in the build cache, and go test repeats
the results of tests as usual. The added sources, 2 MB, are kept for a month in
the folder leakcheck of the user's cache folder (os.UserCacheDir). The linked test
binaries are kept there for two days, 1 GB at most: a test binary whose code has not
changed is copied instead of linked again. This is not done on Windows, if the C
compiler links, and with -toolexec, -a, -n or -x.

Each top-level test, benchmark and fuzz target is checked when it and its subtests
have ended, and each package when its tests and examples have ended. A test fails if
goroutines that it started outlive it. After the tests, a summary on standard error
groups the leaks by cause and lists what was not checked: tests that failed for
another reason, packages that did not build or finish, and packages that check for
leaks themselves (with goleak, leaktest, gleak or leakcheck). The latter are left
alone unless -own=also is set. If a test starts the test binary again, the leaks of
that process are reported for the package.

With -o, the report of the whole run goes to a file, or to standard error above the
summary. Standard output is the output of go test. A baseline is a file of known
leaks: they fail no test as long as their number does not grow. For packages in which
all tests ran, the summary names the entries that did not leak.

With -confirm, tests that leak run again several times in one process. Goroutines
whose number does not grow with the runs are made once per process: the summary lists
them, with entries for a baseline, and they fail nothing.
With -new-from, a leak fails nothing if another revision of the git repository, such
as main, has it as well. Only the tests that leak run there, in a worktree in a
temporary folder that is removed at the end; the repository is not changed. If a test
cannot run there, all its leaks are new, and the summary says why.
With -stress, the tests run many times, each run in a process of its own. This finds
leaks that happen only sometimes, and says how often they happen.

With -fix the command looks for changes to the code of the main module that are
likely to end a leak, and tries each: the tests see the changed files, and the files
on disk stay as they are. A change passes if the test that leaked leaves nothing in 5
runs and in 5 with -race, nothing else leaks, and no test fails that passed before.
Changes that pass are printed as a diff for "git apply"; -fix=write writes them,
unless git has uncommitted changes.

With -exec-children the command also checks Go programs that tests build with the go
command and run, and test binaries that tests start, as leakcheck.AtExit does: if
goroutines are still working when main returns, or at os.Exit(0), the test that
started the process fails. A process that is killed reports nothing; the summary
counts such processes. Other programs are left alone. Tests can see this flag: GOFLAGS
and LEAKCHECK_GOFLAGS are set for them, LEAKCHECK_CHILD for the processes they start.

All flags of "go test" work, except its -o and a -coverpkg that covers package
testing. Without -exec-children, no environment variable is set for the tests. They
need Go 1.26 or later, whatever the go line of their module says.`,
		examples: testExamples,
		finds:    true,
		setup:    o.define,
		parse:    o.parse,
	}
}

var testExamples = []example{
	{"leakcheck test ./...", "every package of the module"},
	{"leakcheck test -race -run=Fetch ./internal/...", "flags of go test go before the packages, or after them"},
	{"leakcheck test -per-package ./...", "a check at the end of each package alone"},
	{`leakcheck test -ignore 'created-by:"example.com/pool.New"' ./...`, "without the workers of a pool that lives " +
		"as long as the process"},
	{"leakcheck test -o sarif=leaks.sarif -o html=leaks.html ./...",
		"reports of the whole run for programs and for people"},
	{"leakcheck test -baseline leaks.json -update-baseline ./...", "write down what leaks today; without " +
		"-update-baseline, new leaks fail"},
	{"leakcheck test -confirm ./...", "separate what each run of a test leaks from what a process makes once"},
	{"leakcheck test -new-from main ./...", "fail only on leaks that main does not have"},
	{"leakcheck test -exec-children ./...", "check the programs that tests run, too"},
	{"leakcheck test -stress 40 -run=Fetch ./internal/fetch", "say in how many of 40 more runs each leak happened"},
	{"leakcheck test -fix ./...", "changes that end the leaks, tried, as diffs; -fix=write writes them"},
	{"leakcheck test -json ./... >events.json", "events on standard output, the summary on standard error"},
}

func (o *testOptions) define(fs *flag.FlagSet) action {
	fs.BoolVar(&o.PerPackage, "per-package", false, "check each package once, when its tests have ended, not "+
		"each test")
	fs.Func("own", "what to do with packages that check for leaks themselves: left leaves them alone, which is\n"+
		"the default, and also checks them as well (`left|also`)", func(value string) error {
		if value != "left" && value != "also" {
			return errors.New("want left or also")
		}
		o.Also = value == "also"
		return nil
	})
	fs.BoolVar(&o.ProvenOnly, "proven-only", false, "fail only on goroutines that the runtime proves to be leaked")
	fs.BoolVar(&o.NoProof, "no-proof", false, "leave GOEXPERIMENT as it is and do not ask the runtime for proofs")
	fs.Func("ignore", "leave out goroutines that the `expression` matches (see package filters), such as\n"+
		"created-by:\"example.com/pool.New\"; may be given several times", func(expr string) error {
		if _, err := filters.Parse(expr); err != nil {
			return err
		}
		o.Ignore = append(o.Ignore, expr)
		return nil
	})
	fs.Func("o", "write the report of the whole run as `FORMAT[=FILE]`: "+strings.Join(renderers, ", ")+
		";\nwithout a file it goes to standard error; may be given several times", func(value string) error {
		out, err := parseOutput(value)
		o.outputs = append(o.outputs, out)
		return err
	})
	fs.BoolVar(&o.Children, "exec-children", false, "check Go programs that tests build and run, and test binaries "+
		"that they\nstart, when main returns; tests can see this flag in their environment")
	fs.StringVar(&o.Baseline, "baseline", "",
		"allow the leaks that `FILE` lists, and fail on new ones and on more of them")
	fs.BoolVar(&o.Confirm, "confirm", false, "run each test that leaks 1, 3 and 9 times in one process: goroutines "+
		"whose number\ndoes not grow are made once per process and fail nothing; -update-baseline writes only these")
	fs.StringVar(&o.NewFrom, "new-from", "", "also run the tests that leak at the git revision `REV`, and fail "+
		"only on leaks that\nare not there")
	fs.Func("stress", "repeat the tests, each run in a process of its own, with different GOMAXPROCS, with\n"+
		"and without -race, and say how often each leak happened; `N|DURATION` is the number of runs or the time",
		func(value string) error {
			var err error
			o.Stress, err = testrun.ParseStress(value)
			return err
		})
	fs.BoolFunc("fix", "look for changes that end the leaks, try each, and print those that pass as a diff;\n"+
		"-fix=write writes the files (`print|write`)", o.setFix)
	fs.BoolVar(&o.force, "force", false, "with -fix=write, write even if git has uncommitted changes")
	fs.DurationVar(&o.FixFor, "fix-for", 10*time.Minute, "try changes for no longer than this")
	fs.BoolVar(&o.Update, "update-baseline", false, "write the current leaks to the file of -baseline, and fail "+
		"on none of them")
	return o.run
}

func (o *testOptions) parse(fs *flag.FlagSet, args []string) ([]string, error) {
	g, err := testrun.SplitArgs(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil, err
	case err != nil:
		return nil, usageError{err}
	}
	o.goArgs = g
	if o.ProvenOnly && o.NoProof {
		return nil, usagef("-proven-only and -no-proof leave nothing to check")
	}
	if o.Update && o.Baseline == "" {
		return nil, usagef("-update-baseline needs -baseline FILE, the file to write")
	}
	if o.NewFrom != "" && (o.Update || o.Stress != (testrun.Stress{})) {
		return nil, usagef("-new-from compares one run with another, without -stress and -update-baseline")
	}
	if err := o.checkBaseline(); err != nil {
		return nil, err
	}
	if err := o.checkFix(); err != nil {
		return nil, err
	}
	return nil, o.checkOutputs()
}

// checkBaseline looks at the file before any test runs: each package would say
// the same of a broken one.
func (o *testOptions) checkBaseline() error {
	if o.Baseline == "" {
		return nil
	}
	path, err := filepath.Abs(o.Baseline)
	if err != nil {
		return err
	}
	_, err = baseline.Load(path, o.Baseline)
	if o.Update && (err == nil || errors.Is(err, os.ErrNotExist)) {
		// Its folder is made if there is none.
		if err := atomicfile.Check(path); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("-baseline %s: there is no such file; -update-baseline makes it", o.Baseline)
	}
	return err
}

// run runs go test with checks, and prints the summary and the reports.
func (o *testOptions) run(e *environment, _ []string) (bool, error) {
	in := testrun.CatchInterrupts()
	defer in.Release()
	s, failed, testErr := o.Test(in, o.goArgs,
		testrun.Streams{Out: e.stdout, Errors: e.stderr, Terminal: isTerminal(e.stderr)})
	if s == nil {
		return failed, testErr
	}
	r := s.Report()
	// A file may be a pipe that nobody reads, so the summary comes before.
	err := o.writeOutputs(e, r, false)
	s.Print(e.stderr)
	return failed, errors.Join(testErr, err, o.writeOutputs(e, r, true), o.writeFixes(e, s))
}
