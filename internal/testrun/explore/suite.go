package explore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// Suite is the tests of packages, built so that they can be perturbed.
type Suite struct {
	Sites []Site
	Tests []Test
	Notes []string // on what is not explored

	// Missing is what the go command says of packages that it does not find.
	Missing []string

	broken   int // the number of the last of Notes on a package that could not be built
	temp     string
	env      []string
	binaries map[string]string // by import path
	dirs     map[string]string
	runs     atomic.Int64
}

// module is what go list tells of a package of the main module.
type module struct {
	Dir, ImportPath                    string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Module                             *struct{ Path, GoVersion string }
}

// Packages say what is explored.
type Packages struct {
	Patterns []string // packages with the tests, as go test takes them
	Flags    []string // of go test, those that go list takes as well
	Also     []string // packages outside of the main module that are rewritten as well
}

// Build rewrites the packages of the main module, and builds the tests of those
// that are asked for. A package that does not build is named in the notes, and
// where none does that is an error.
//
// The rewriting knows few types. Where the compiler refuses a file for that, less
// of it is rewritten.
func Build(ctx context.Context, r inject.Request, p Packages) (*Suite, error) {
	pkgs, err := listPackages(ctx, &r.Go, &p)
	if err != nil {
		return nil, err
	}
	tests, err := r.Go.List(ctx, p.Flags, p.Patterns)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(tests, func(t inject.Package) bool { return t.HasTests() }) {
		// There may be nothing at all: List accepts what does not exist.
		if _, err := goOutput(ctx, &r.Go, slices.Concat([]string{"list"}, p.Flags, []string{"--"}, p.Patterns)); err != nil {
			return nil, err
		}
	}
	base, err := filepath.Abs(r.Go.Dir)
	if err != nil {
		return nil, err
	}
	flags := append(languages(pkgs), p.Flags...)
	levels := map[string]Level{}
	for try := 0; ; try++ {
		r := r
		r.Temp = filepath.Join(r.Temp, strconv.Itoa(try))
		if err := os.Mkdir(r.Temp, 0o700); err != nil {
			return nil, err
		}
		s := &Suite{temp: r.Temp, binaries: map[string]string{}, dirs: map[string]string{}}
		refused, err := s.build(ctx, r, buildOf{pkgs, tests, levels, flags})
		if err != nil {
			return nil, err
		}
		if try == maxTries || !lower(levels, refused) {
			for _, name := range slices.Sorted(maps.Keys(levels)) {
				s.Notes = append(s.Notes, within(base, name)+": "+levels[name].String())
			}
			for i := range tests {
				if e := tests[i].Error; e != nil && tests[i].Dir == "" {
					s.Missing = append(s.Missing, tests[i].ImportPath+": "+strings.Join(strings.Fields(e.Err), " "))
				}
			}
			return s, s.problem()
		}
	}
}

// within is the name of a file as seen from a folder, if it is in it.
func within(dir, name string) string {
	if rel, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return name
}

// minLanguage is what the rewritten files need: package perturb has generic functions.
const minLanguage = "go1.21"

// languages are the flags for the go command by which it compiles the packages of
// modules that are written in an older Go. What is different in later versions, up
// to this one, such modules do not use.
func languages(pkgs []module) []string {
	var flags []string
	for _, p := range pkgs {
		if p.Module == nil || p.Module.GoVersion != "" && version.Compare("go"+p.Module.GoVersion, minLanguage) >= 0 {
			continue
		}
		flag := "-gcflags=" + p.Module.Path + "/...=-lang=" + minLanguage
		if !slices.Contains(flags, flag) {
			flags = append(flags, flag)
		}
	}
	return flags
}

// maxTries bounds the builds with less rewriting.
const maxTries = 4

// buildOf is what a build needs besides a request.
type buildOf struct {
	pkgs   []module
	tests  []inject.Package // those with the tests
	levels map[string]Level // by file
	flags  []string         // of go test
}

// lower has the files rewritten less that the compiler refused, and reports whether
// there are any.
func lower(levels map[string]Level, refused []string) bool {
	lowered := false
	for _, name := range refused {
		if levels[name] < Left {
			levels[name]++
			lowered = true
		}
	}
	return lowered
}

// String says what is not explored in a file.
func (l Level) String() string {
	switch l {
	case Points:
		return "its select statements and contexts cannot be changed"
	case Left:
		return "it cannot be changed"
	}
	return "changed"
}

// problem is the error of a suite without any tests that could be built.
func (s *Suite) problem() error {
	if len(s.binaries) == 0 && s.broken > 0 {
		return errors.New(s.Notes[s.broken-1])
	}
	return nil
}

// waitLimit bounds the wait for goroutines at the end of a test. One that only
// sleeps, or that a ticker wakes, is no finding of a search, and would hold up
// each run for as long as in "leakcheck test". This is for those that block for
// good soon after.
const waitLimit = 500 * time.Millisecond

// build rewrites the packages and builds their tests. It returns the files that
// were rewritten and that the compiler complained about.
func (s *Suite) build(ctx context.Context, r inject.Request, b buildOf) (refused []string, err error) {
	if r.Files, err = s.rewrite(b.pkgs, b.levels); err != nil {
		return nil, err
	}
	if r.Std, err = library(); err != nil {
		return nil, err
	}
	r.Options.Tell, r.Options.Failed, r.Options.Wait = true, true, waitLimit
	r.Options.Quiet = true // what a run prints is its failures
	plan, err := inject.Prepare(ctx, r)
	if err != nil {
		return nil, err
	}
	s.env = plan.Go.Env
	base, err := filepath.Abs(r.Go.Dir)
	if err != nil {
		return nil, err
	}
	for i := range b.tests {
		switch own := b.tests[i].Checker(); {
		case !b.tests[i].HasTests():
			continue
		case own != "":
			s.Notes = append(s.Notes, b.tests[i].ImportPath+": it has its own checks by "+own)
			continue
		}
		pkg := b.tests[i].ImportPath
		s.dirs[pkg] = b.tests[i].Dir
		err := s.buildTests(ctx, plan, b.flags, pkg)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		refused = append(refused, complaints(err.Error(), base, r.Files, b.pkgs)...)
		s.Notes = append(s.Notes, fmt.Sprintf("%s: %v", pkg, err))
		s.broken = len(s.Notes)
	}
	return refused, nil
}

// Of what the go command prints: the package that a complaint is about, and the
// position of one.
var (
	complaintOf = regexp.MustCompile(`^# ([^ \n]+)`)
	complaintAt = regexp.MustCompile(`^(\S.*\.go):\d+(:\d+)?: `)
)

// complaints are the rewritten files that the compiler complains about. Where it
// names others, as after a line directive, they are all of the package.
func complaints(text, base string, files map[string][]byte, pkgs []module) []string {
	var all []string
	pkg, named := "", true
	whole := func() {
		if named {
			return
		}
		for _, p := range pkgs {
			for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
				if path := filepath.Join(p.Dir, name); strings.TrimSuffix(pkg, "_test") == p.ImportPath && files[path] != nil {
					all = append(all, path)
				}
			}
		}
	}
	for line := range strings.Lines(text) {
		if m := complaintOf.FindStringSubmatch(line); m != nil {
			whole()
			pkg, named = m[1], false
		}
		if m := complaintAt.FindStringSubmatch(line); m != nil {
			path := m[1]
			if !filepath.IsAbs(path) {
				path = filepath.Join(base, path)
			}
			if files[path] != nil {
				all, named = append(all, path), true
			}
		}
	}
	whole()
	slices.Sort(all)
	return slices.Compact(all)
}

// rewrite returns the changed files of packages, by their paths. All of them are
// numbered together, whatever is to be tested, so that a plan means the same in
// the next run.
func (s *Suite) rewrite(pkgs []module, levels map[string]Level) (map[string][]byte, error) {
	w := Rewriter{Import: perturbPath, Levels: levels}
	imports := newLocal(pkgs)
	files := map[string][]byte{}
	for _, p := range pkgs {
		for _, group := range [][]string{slices.Concat(p.GoFiles, p.TestGoFiles), p.XTestGoFiles} {
			sources, err := p.read(group)
			if err != nil {
				return nil, err
			}
			maps.Copy(files, w.Package(sources, imports))
		}
	}
	s.Sites = w.Sites
	return files, nil
}

// read reads files of a package.
func (p *module) read(names []string) ([]Source, error) {
	var all []Source
	for _, name := range names {
		path := filepath.Join(p.Dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		all = append(all, Source{path, text})
	}
	return all, nil
}

func listPackages(ctx context.Context, g *inject.Go, p *Packages) ([]module, error) {
	args := append([]string{"list", "-e", "-json=Dir,ImportPath,GoFiles,TestGoFiles,XTestGoFiles,Module"}, p.Flags...)
	out, err := goOutput(ctx, g, append(append(args, "./..."), p.Also...))
	if err != nil {
		return nil, err
	}
	var all []module
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p module
		if err := dec.Decode(&p); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return slices.CompactFunc(all, func(a, b module) bool { return a.ImportPath == b.ImportPath }), nil
}

// goOutput runs the go command. Its own words are the error.
func goOutput(ctx context.Context, g *inject.Go, args []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, g.Name(), args...)
	cmd.Dir, cmd.Env = g.Dir, g.Env
	group(cmd)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && stderr.Len() > 0 {
		return out, errors.New(strings.TrimSpace(stderr.String()))
	}
	return out, err
}

// buildTests builds the tests of a package and lists them.
func (s *Suite) buildTests(ctx context.Context, plan *inject.Plan, flags []string, pkg string) error {
	exe := filepath.Join(s.temp, strconv.Itoa(len(s.dirs))+".test.exe")
	args := append([]string{"test", "-c", "-vet=off", "-o", exe, "-overlay=" + plan.Overlay}, flags...)
	if _, err := goOutput(ctx, &plan.Go, append(args, pkg)); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, exe, "-test.list=^Test")
	cmd.Dir, cmd.Env = s.dirs[pkg], plan.Go.Env
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("its tests cannot be listed: %w", err)
	}
	s.binaries[pkg] = exe
	for line := range strings.Lines(string(out)) {
		if name := strings.TrimSpace(line); strings.HasPrefix(name, "Test") {
			s.Tests = append(s.Tests, Test{pkg, name})
		}
	}
	return nil
}

// Dir is the folder of a package.
func (s *Suite) Dir(pkg string) string { return s.dirs[pkg] }

// runLimit is how long a run may take. One that hangs without a proof is ended
// and shows nothing.
const runLimit = 20 * time.Second

// Run runs a test once under a plan. It is a [Runner].
func (s *Suite) Run(ctx context.Context, t Test, plan perturb.Plan) (Result, error) {
	dir := filepath.Join(s.temp, fmt.Sprintf("run%d", s.runs.Add(1)))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(dir)
	// Each run has a binary of its own name, by which the checks know that they
	// are not in a child of another run.
	exe := filepath.Join(dir, "explore.test.exe")
	if err := os.Link(s.binaries[t.Package], exe); err != nil {
		return Result{}, err
	}
	trace := filepath.Join(dir, "trace")
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, "-test.v=test2json", "-test.v=false", "-test.paniconexit0", "-test.count=1",
		"-test.timeout="+(runLimit-time.Second).String(), "-test.run=^"+t.Name+"$")
	cmd.Dir = s.dirs[t.Package]
	cmd.Env = append(slices.Clip(s.env), perturb.PlanVariable+"="+plan.String(), perturb.TraceVariable+"="+trace)
	cmd.WaitDelay = time.Second
	group(cmd)
	out, err := cmd.CombinedOutput()
	endGroup(cmd)
	failed := err != nil
	if err != nil && !errors.As(err, new(*exec.ExitError)) && !errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
		return Result{}, err
	}
	res, err := s.result(out, trace)
	res.Failed = failed
	if plan.Cancel != nil && endedFirst(res.Events, plan.Cancel.Site) {
		res.Decided = AtOnce
	}
	if err == nil && failed && cutShort(cmd.Dir, t.Name, failure(out)) {
		res.Leaks = slices.DeleteFunc(res.Leaks, func(l Leak) bool { return !l.Hung })
	}
	return res, err
}

// endedFirst reports whether contexts were ended before the first one was made at a
// site: those that are made there later end at once.
func endedFirst(events []Event, site int) bool {
	for _, e := range events {
		switch {
		case e.Kind == 'k':
			return true
		case e.Kind == 'x' && e.A == site:
			return false
		}
	}
	return false
}

// result reads what a run left.
func (s *Suite) result(out []byte, trace string) (Result, error) {
	res := Result{Decided: -1}
	if f, err := os.Open(trace); err == nil {
		res.Events = readTrace(f)
		f.Close()
	}
	for _, e := range res.Events {
		if e.Kind == 'k' {
			res.Decided = e.A
		}
	}
	var d frame.Decoder
	_, found := d.Text(string(out))
	for _, m := range found {
		if m.Report == nil {
			continue
		}
		r, err := report.Decode(bytes.NewReader(m.Report))
		if err != nil {
			return res, err
		}
		if r.Kind == report.Hung && len(m.Failed) > 0 {
			continue // it went on after an assertion that failed
		}
		res.Leaks = append(res.Leaks, leaks(r)...)
	}
	return res, nil
}

// leaks returns the findings that no later event of the run could end: what is
// only still there under a perturbation may be late.
func leaks(r *report.Report) []Leak {
	var all []Leak
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Proven == 0 && f.Unreachable == 0 {
			continue
		}
		g := *f
		g.Ignore = "" // explore has no such flag
		// The select is a statement in the code that the user knows.
		g.Stack = slices.DeleteFunc(g.Stack, func(s report.Site) bool { return strings.HasPrefix(s.Func, perturbPath+".") })
		one := *r
		one.Findings, one.Total, one.Proven, one.Unreachable = []report.Finding{g}, f.Count, f.Proven, f.Unreachable
		key := fmt.Sprintf("%s:%d %s:%d %s", f.At.File, f.At.Line, f.Started.File, f.Started.Line, f.Cause.ID)
		all = append(all, Leak{Key: key, Hung: r.Kind == report.Hung, Report: &one})
	}
	return all
}
