package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine"
	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/atomicfile"
	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
	"github.com/leakcheck-go/goroutine/internal/inject"
)

// testOptions are our flags of "leakcheck test".
type testOptions struct {
	perPackage bool
	provenOnly bool
	noProof    bool
	ignore     []string // expressions
	outputs    []reportOutput
	baseline   string
	update     bool // the baseline

	goArgs
}

func testCommand() *command {
	o := &testOptions{}
	return &command{
		name:  "test",
		args:  "[flags] [build/test flags] [packages] [flags for the test binary]",
		short: "run go test with leak checks in packages that have none",
		long: `
Test runs "go test" with leak checks in packages that never heard of leakcheck.
No file of theirs is changed: the go command is given changed copies of the test
files (go help build, -overlay). Modules, vendor folders and workspaces work as
ever, and go.mod, go.sum and vendor stay as they are.

Every test, benchmark, fuzz callback and, where it is written as a function in
the call of t.Run, subtest is checked at its end, and every package when its
tests are over. A test fails when goroutines that it started outlive it. After
the tests, a summary on standard error sorts the leaks by their cause, and names
the packages that were not checked: those that check for leaks themselves (with
goleak, leaktest, gleak or leakcheck), and those that cannot be changed.

With -o, the report of the whole run is written to a file, or printed above the
summary: standard output is that of go test. A baseline is a file of known leaks,
which fail nothing as long as they do not become more; only a package all of
whose tests ran is told which of its entries are gone.

Flags of "go test" are taken as they are, but for its -o. Go vet, which go test
runs by itself, is left out: it cannot see the packages that are added. The tests run with the
settings tracebackancestors=10 and tracebacklabels=1 in GODEBUG and, with Go 1.26,
with GOEXPERIMENT=goroutineleakprofile, unless you set them. The tests need Go
1.26 or later, whatever go line their module has.`,
		examples: []example{
			{"leakcheck test ./...", "every package of the module"},
			{"leakcheck test -race -run=Fetch ./internal/...", "flags of go test go before the packages, or after them"},
			{"leakcheck test -per-package ./...", "a check at the end of each package alone"},
			{`leakcheck test -ignore 'created-by:"example.com/pool.New"' ./...`, "without the workers of a pool that lives as long as the process"},
			{"leakcheck test -o sarif=leaks.sarif -o html=leaks.html ./...", "reports of the whole run for programs and for people"},
			{"leakcheck test -baseline leaks.json -update-baseline ./...", "write down what leaks today; without -update-baseline, new leaks fail"},
			{"leakcheck test -json ./... >events.json", "events on standard output, the summary on standard error"},
		},
		finds: true,
		setup: o.define,
		parse: o.parse,
	}
}

func (o *testOptions) define(fs *flag.FlagSet) action {
	fs.BoolVar(&o.perPackage, "per-package", false, "check each package once, when its tests are over, and not each test")
	fs.BoolVar(&o.provenOnly, "proven-only", false, "fail on nothing but goroutines that the runtime proves to be leaked")
	fs.BoolVar(&o.noProof, "no-proof", false, "leave GOEXPERIMENT as it is and do not ask the runtime for proofs")
	fs.Func("ignore", "leave out goroutines that the `expression` matches (see package filters), such as\ncreated-by:\"example.com/pool.New\"; may be given several times", func(expr string) error {
		if _, err := filters.Parse(expr); err != nil {
			return err
		}
		o.ignore = append(o.ignore, expr)
		return nil
	})
	fs.Func("o", "write the report of the whole run as `FORMAT[=FILE]`: "+strings.Join(renderers, ", ")+";\nwithout a file it goes to standard error; may be given several times", func(value string) error {
		out, err := parseOutput(value)
		o.outputs = append(o.outputs, out)
		return err
	})
	fs.StringVar(&o.baseline, "baseline", "", "let the leaks pass that `FILE` lists, and fail on what is new or more")
	fs.BoolVar(&o.update, "update-baseline", false, "write what leaks now to the file of -baseline, and fail on no leak")
	return o.run
}

func (o *testOptions) parse(fs *flag.FlagSet, args []string) ([]string, error) {
	g, err := splitArgs(fs, args)
	if err != nil {
		return nil, err
	}
	o.goArgs = *g
	if o.provenOnly && o.noProof {
		return nil, usagef("-proven-only and -no-proof leave nothing to check")
	}
	if o.update && o.baseline == "" {
		return nil, usagef("-update-baseline needs -baseline FILE, the file to write")
	}
	if err := o.checkBaseline(); err != nil {
		return nil, err
	}
	return nil, o.checkOutputs()
}

// checkBaseline looks at the file before any test runs: each package would say
// the same of a broken one.
func (o *testOptions) checkBaseline() error {
	if o.baseline == "" {
		return nil
	}
	path, err := filepath.Abs(o.baseline)
	if err != nil {
		return err
	}
	_, err = baseline.Load(path, o.baseline)
	if o.update && (err == nil || errors.Is(err, os.ErrNotExist)) {
		// Its folder is made where there is none.
		if err := atomicfile.Check(path); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("-baseline %s: there is no such file; -update-baseline makes it", o.baseline)
	}
	return err
}

// run prepares the checks, runs go test and sums up.
func (o *testOptions) run(e *environment, _ []string) (bool, error) {
	temp, err := os.MkdirTemp(os.Getenv("GOTMPDIR"), "leakcheck-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(temp)
	in := catchInterrupts()
	defer in.release()
	s, err := o.settle(in.context(), temp)
	if err == nil {
		var plan *inject.Plan
		if plan, err = inject.Prepare(in.context(), s.request); err == nil {
			return o.test(e, in, s, plan)
		}
	}
	if in.context().Err() != nil {
		return true, nil // interrupted: as go test, say no more
	}
	return false, err
}

// settings are what a run of go test needs beside its arguments.
type settings struct {
	request inject.Request
	env     []string
	json    bool // go test prints events
	reports *reportFolder
	remarks string // folder for what the checks say of packages that pass
}

// notes are what the checks say of the baseline also where all tests pass, which
// go test then does not print.
func (s *settings) notes() []string {
	var notes []string
	files, _ := filepath.Glob(filepath.Join(s.remarks, "*")) // the pattern is good
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			text = []byte(err.Error())
		}
		for line := range strings.Lines(string(text)) {
			notes = append(notes, strings.TrimSpace(line))
		}
	}
	slices.Sort(notes)
	return slices.Compact(notes)
}

// settle finds out about the go command that will run.
func (o *testOptions) settle(ctx context.Context, temp string) (*settings, error) {
	env, err := o.goEnv(temp)
	if err != nil {
		return nil, err
	}
	g := inject.Go{Dir: o.dir, Env: env}
	if err := o.askForProofs(ctx, &g); err != nil {
		return nil, err
	}
	vars, err := g.Var(ctx, "GOFLAGS", "GO111MODULE")
	if err != nil {
		return nil, err
	}
	if vars["GO111MODULE"] == "off" {
		return nil, errors.New("GO111MODULE=off: packages outside of modules cannot be given checks; unset it")
	}
	r := inject.Request{
		Go: g, Flags: o.files, Patterns: o.packages, Overlay: o.overlay,
		Temp: temp, Sources: goroutine.Sources, PerPackage: o.perPackage,
	}
	json := o.json
	for _, f := range splitGoFlags(vars["GOFLAGS"]) {
		switch name, value, _ := strings.Cut(strings.TrimLeft(f, "-"), "="); {
		case name == "overlay" && r.Overlay == "":
			r.Overlay = value
		case name == "json":
			json = value != "false"
		}
	}
	if o.provenOnly {
		r.Options = append(r.Options, "leakcheck.ProvenOnly()")
	}
	for _, expr := range o.ignore {
		r.Options = append(r.Options, fmt.Sprintf("leakcheck.Ignore(filters.MustParse(%q))", expr))
	}
	reports, err := newReportFolder(temp, os.Getenv(reportVariable))
	if err != nil {
		return nil, err
	}
	remarks := filepath.Join(temp, "notes")
	return &settings{r, append(g.Env, reportVariable+"="+reports.dir, "LEAKCHECK_NOTES="+remarks), json, reports, remarks}, nil
}

// goEnv is the environment for the go command. Its working files go below temp,
// so that they are gone even when it is killed.
func (o *testOptions) goEnv(temp string) ([]string, error) {
	work := filepath.Join(temp, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		return nil, err
	}
	env := append(os.Environ(), "GOTMPDIR="+work, "GODEBUG="+addGodebug(os.Getenv("GODEBUG")))
	if o.dir != "" {
		dir, err := filepath.Abs(o.dir)
		if err != nil {
			return nil, err
		}
		env = append(env, "PWD="+dir)
	}
	if o.noProof {
		env = append(env, "LEAKCHECK_PROOF=off")
	}
	if o.baseline != "" {
		path, err := filepath.Abs(o.baseline)
		if err != nil {
			return nil, err
		}
		env = append(env, "LEAKCHECK_BASELINE="+path)
	}
	if o.update {
		env = append(env, "LEAKCHECK_UPDATE_BASELINE=1")
	}
	return env, nil
}

// addGodebug adds what leak checks can use to the user's GODEBUG.
func addGodebug(user string) string {
	for _, setting := range []string{"tracebackancestors=10", "tracebacklabels=1"} {
		key, _, _ := strings.Cut(setting, "=")
		if !strings.Contains(","+user, ","+key+"=") {
			user = strings.TrimPrefix(user+","+setting, ",")
		}
	}
	return user
}

// askForProofs has the runtime offer proofs where that is an experiment that the
// go command knows, and sees to it that the release is not too old.
func (o *testOptions) askForProofs(ctx context.Context, g *inject.Go) error {
	plain := g.Env
	experiment := strings.TrimPrefix(os.Getenv("GOEXPERIMENT")+",goroutineleakprofile", ",")
	if !o.noProof {
		g.Env = append(slices.Clone(plain), "GOEXPERIMENT="+experiment)
	}
	ok, err := g.Knows(ctx, inject.Release)
	if err != nil && !o.noProof {
		g.Env = plain
		ok, err = g.Knows(ctx, inject.Release)
	}
	if err == nil && !ok {
		err = fmt.Errorf("the checks need %s or later; choose a release by GOTOOLCHAIN", inject.Release)
	}
	return err
}

// test runs go test and prints the summary.
func (o *testOptions) test(e *environment, in *interrupts, s *settings, plan *inject.Plan) (bool, error) {
	out := newOutput(e, len(plan.Packages))
	results := newResults(s.json, out.count)
	cmd := goCommand{args: o.args(plan.Overlay, plan.Files), dir: o.dir, env: s.env, stdout: out.tee(results), stderr: out.stderr()}
	code, err := cmd.run(in)
	out.done()
	if err != nil {
		return false, err
	}
	if code == exitUsage && results.tested() == 0 {
		return false, errors.New("go test did not start, see above")
	}
	index, err := s.reports.read()
	if err != nil { // the tests' own output has it, too
		fmt.Fprintf(e.stderr, "leakcheck test: %v\n", err)
	}
	findings, reports, missing := index.detail(results.findings())
	merged := merge(reports, plan.Dirs)
	if len(missing) > 0 {
		merged.Notes = append(merged.Notes, "not in this report: the leaks of "+strings.Join(missing, ", ")+", which were printed but not written to "+reportVariable)
	}
	if n := untested(plan, results.tested()); n > 0 {
		merged.Notes = append(merged.Notes, fmt.Sprintf("%d of %s not tested, as the output of go test says why", n, count(len(plan.Packages), "package")))
	}
	interrupted := in.context().Err() != nil
	if interrupted {
		merged.Notes = append(merged.Notes, "interrupted: this report is partial, as not all tests ran to their end")
	}
	// A file may be a pipe that nobody reads, so the summary comes before.
	err = o.writeOutputs(e, merged, false)
	locate(findings, plan.Dirs)
	summary{findings, plan, results.tested(), interrupted, s.notes()}.print(e.stderr)
	return code != 0, errors.Join(err, o.writeOutputs(e, merged, true))
}

// locate names files as seen from the current folder: reports name them as seen
// from the folder of their package.
func locate(findings []finding, dirs map[string]string) {
	wd, err := os.Getwd()
	if err != nil {
		return
	}
	for i := range findings {
		f := &findings[i]
		for _, place := range []*string{&f.at, &f.started, &f.called} {
			*place = relative(wd, dirs[f.pkg], *place)
		}
	}
}

// relative turns a place as seen from dir into one as seen from wd. What is not
// there, such as a file of the standard library, and what lies elsewhere keeps
// its name.
func relative(wd, dir, place string) string {
	i := strings.LastIndexByte(place, ':')
	if dir == "" || i < 0 {
		return place
	}
	path := filepath.FromSlash(place[:i])
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if _, err := os.Stat(path); err != nil {
		return place
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || filepath.IsAbs(place[:i]) && strings.HasPrefix(rel, "..") {
		return place
	}
	return filepath.ToSlash(rel) + place[i:]
}

// splitGoFlags splits the value of GOFLAGS: at spaces, but a flag may stand in
// quotes (go help environment).
func splitGoFlags(value string) []string {
	var flags []string
	for value = strings.TrimSpace(value); value != ""; value = strings.TrimSpace(value) {
		end := " "
		if value[0] == '\'' || value[0] == '"' {
			end, value = value[:1], value[1:]
		}
		var f string
		f, value, _ = strings.Cut(value, end)
		flags = append(flags, f)
	}
	return flags
}

// sortedKeys returns the keys of m in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
