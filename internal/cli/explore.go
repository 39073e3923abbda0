package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/internal/testrun"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// exploreOptions are the flags of "leakcheck explore".
type exploreOptions struct {
	limit  time.Duration
	run    string
	seed   uint64
	replay string
	also   []string
	race   bool
	tags   string
}

func exploreCommand() *command {
	o := &exploreOptions{}
	return &command{
		name:  "explore",
		args:  "[flags] [packages]",
		short: "find leaks that the tests do not trigger, with other schedules and early cancellation",
		long: `
Explore runs each test many times, each time in a process of its own, and changes
what may differ between runs: a goroutine comes late to a channel operation, a lock
or a go statement, a select takes another case, a context that the code or the test
made ends early. Explore goes on from the runs that reached new cases or orders of
operations. No file is changed: an overlay (go help build, -overlay) has changed
copies of the files of the main module.

A test that fails under such a change is not a finding. A finding is a goroutine that
can never run again: proven by the runtime, or unreachable in the heap. The report
says what has to happen for the leak, reduced to the fewest changes that still show
it, and how to run it again (-replay).

Only packages of the main module and of -pkg are changed. A search ends after -for,
or when it is interrupted, and reports what it has found.`,
		examples: []example{
			{"leakcheck explore ./...", "all tests, for a minute"},
			{"leakcheck explore -for 10m -run Fetch ./internal/fetch", "some tests, for longer"},
			{"leakcheck explore -replay 'TestFetch:c334@1' ./internal/fetch", "what a report named, 10 times"},
		},
		finds: true,
		setup: o.define,
	}
}

func (o *exploreOptions) define(fs *flag.FlagSet) action {
	fs.DurationVar(&o.limit, "for", time.Minute, "search for this long, without the time to build the tests")
	fs.StringVar(&o.run, "run", "", "explore only tests whose names match the `regexp`")
	fs.Uint64Var(&o.seed, "seed", 1, "start the choices of the search from this number")
	fs.StringVar(&o.replay, "replay", "", "run one test under one `TEST:PLAN`, as a report names it")
	fs.Func("pkg", "also change the packages that the `pattern` matches; may be given several times",
		func(p string) error {
			o.also = append(o.also, p)
			return nil
		})
	fs.BoolVar(&o.race, "race", false, "build the tests with the race detector")
	fs.StringVar(&o.tags, "tags", "", "build the tests with these `tags`")
	return o.explore
}

func (o *exploreOptions) explore(e *environment, packages []string) (bool, error) {
	match, err := regexp.Compile(o.run)
	if err != nil {
		return false, usagef("-run: %w", err)
	}
	if o.limit <= 0 {
		return false, usagef("-for %v: want a time to search", o.limit)
	}
	temp, err := os.MkdirTemp("", "leakcheck-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(temp)
	in := testrun.CatchInterrupts()
	defer in.Release()
	if len(packages) == 0 {
		packages = []string{"."}
	}
	bar := newProgress(e.stderr)
	bar.say("building the tests")
	suite, err := o.build(in.Context(), temp, packages)
	bar.wipe()
	if err != nil {
		if in.Context().Err() != nil {
			return false, nil
		}
		return false, err
	}
	for _, note := range suite.Notes {
		fmt.Fprintf(e.stderr, "leakcheck explore: not explored: %s\n", report.Escape(note))
	}
	for _, m := range suite.Missing {
		fmt.Fprintf(e.stderr, "leakcheck explore: %s\n", report.Escape(m))
	}
	found, err := o.use(in.Context(), e, suite, match)
	if !found && err == nil && len(suite.Missing) > 0 {
		err = errSaid
	}
	return found, err
}

// use explores the tests that match, or runs one again.
func (o *exploreOptions) use(
	ctx context.Context, e *environment, suite *explore.Suite, match *regexp.Regexp,
) (bool, error) {
	if o.replay != "" {
		return o.again(ctx, e, suite)
	}
	tests := slices.DeleteFunc(slices.Clone(suite.Tests), func(t explore.Test) bool { return !match.MatchString(t.Name) })
	if len(tests) == 0 {
		fmt.Fprintln(e.stderr, "leakcheck explore: no tests to explore")
		return false, nil
	}
	return o.search(ctx, e, suite, tests)
}

func (o *exploreOptions) build(ctx context.Context, temp string, packages []string) (*explore.Suite, error) {
	var flags []string
	if o.race {
		flags = append(flags, "-race")
	}
	if o.tags != "" {
		flags = append(flags, "-tags="+o.tags)
	}
	return explore.Build(ctx, inject.Request{
		Go: inject.Go{Env: os.Environ()}, Temp: temp, Kept: inject.KeptDir(), Sources: goroutine.Sources,
		Proofs: true,
	}, explore.Packages{Patterns: packages, Flags: flags, Also: o.also})
}

// search explores tests and prints what it finds.
func (o *exploreOptions) search(
	ctx context.Context, e *environment, suite *explore.Suite, tests []explore.Test,
) (bool, error) {
	interrupted := ctx
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	bar := newProgress(e.stderr)
	var last explore.Progress
	s := explore.Search{
		Run: suite.Run, Sites: suite.Sites, Seed: o.seed, Workers: runtime.GOMAXPROCS(0), Patience: interrupted,
		Report: func(p explore.Progress) {
			last = p
			bar.say(fmt.Sprintf("%s, %s, %d states reached, %s", words.Count(len(tests), "test"), words.Count(p.Runs, "run"),
				p.States, words.Count(p.Findings, "leak")))
		},
	}
	found, err := s.Explore(ctx, tests)
	bar.wipe()
	if err != nil {
		return false, err
	}
	for i, f := range found {
		if i > 0 {
			fmt.Fprintln(e.stdout)
		}
		if err := printExplored(e.stdout, suite, f); err != nil {
			return false, err
		}
	}
	if len(found) > 0 {
		fmt.Fprintln(e.stdout)
	}
	ended := ""
	if interrupted.Err() != nil {
		ended = "; interrupted"
	}
	fmt.Fprintf(e.stdout, "leakcheck explore: %s in %s; %s, %d states reached%s\n", words.Count(len(found), "leak"),
		words.Count(len(tests), "test"), words.Count(last.Runs, "run"), last.States, ended)
	return len(found) > 0, nil
}

// printExplored prints the report of one run that showed the leak, and below it
// what decides whether it happens.
func printExplored(w io.Writer, suite *explore.Suite, f *explore.Finding) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	// All names of files are as seen from here, as in the words of the plan.
	r := *f.Leak.Report
	r.Findings = slices.Clone(r.Findings)
	for i := range r.Findings {
		testrun.Relocate(dir, suite.Dir(f.Test.Package), &r.Findings[i])
	}
	if err := (report.Text{All: true, Head: headOf(f)}).Write(w, &r); err != nil {
		return err
	}
	lines := []string{"seen     " + seen(f)}
	if when := f.When(suite.Sites, dir); when != "" {
		lines = append(lines, "when     "+when)
	}
	lines = append(lines, fmt.Sprintf("replay   leakcheck explore -replay '%s' %s", f.Replay(),
		place(suite.Dir(f.Test.Package), dir)))
	for _, line := range lines {
		fmt.Fprintf(w, "      %s\n", report.Escape(line))
	}
	return nil
}

func headOf(f *explore.Finding) string {
	if f.Leak.Hung {
		return f.Test.Package + ": " + f.Test.Name + " can never end"
	}
	return f.Test.Package + ": " + f.Test.Name + " leaks"
}

// seen says how often a leak happened.
func seen(f *explore.Finding) string {
	text := fmt.Sprintf("in %d of %s", f.Seen, words.Count(f.Runs, "run"))
	switch {
	case f.ByChance:
		text += "; the change that causes it was not found"
	case len(f.Plan.Parts()) > 0:
	case f.Plain == f.Seen:
		text += "; it happens without any change"
	default:
		text += fmt.Sprintf(", %d of them unchanged", f.Plain)
	}
	return text
}

// place is a folder as an argument for the go command.
func place(dir, from string) string {
	rel, err := filepath.Rel(from, dir)
	if err != nil || strings.HasPrefix(rel, "..") {
		return dir
	}
	if rel == "." {
		return "."
	}
	return "./" + filepath.ToSlash(rel)
}

// replays is how often a plan is run again.
const replays = 10

// again runs one test under one plan.
func (o *exploreOptions) again(ctx context.Context, e *environment, suite *explore.Suite) (bool, error) {
	name, plan, err := explore.ParseReplay(o.replay)
	if err != nil {
		return false, usagef("-replay %w", err)
	}
	i := slices.IndexFunc(suite.Tests, func(t explore.Test) bool { return t.Name == name })
	if i < 0 {
		return false, fmt.Errorf("-replay: there is no %s in these packages", name)
	}
	found := map[string]*explore.Finding{}
	var order []*explore.Finding
	runs := 0
	for ; runs < replays && ctx.Err() == nil; runs++ {
		res, err := suite.Run(ctx, suite.Tests[i], plan)
		if err != nil {
			return false, err
		}
		if ctx.Err() != nil {
			break // this run was cut
		}
		for _, l := range res.Leaks {
			f := found[l.Key]
			if f == nil {
				f = &explore.Finding{Test: suite.Tests[i], Leak: l, Plan: plan, Decided: res.Decided}
				found[l.Key], order = f, append(order, f)
			}
			f.Seen++
		}
	}
	for _, f := range order {
		f.Runs = runs
		if err := printExplored(e.stdout, suite, f); err != nil {
			return false, err
		}
	}
	if len(order) == 0 {
		fmt.Fprintf(e.stdout, "leakcheck explore: no leak in %s\n", words.Count(runs, "run"))
	}
	return len(order) > 0, nil
}
