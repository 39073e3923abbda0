package explore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	Module                             *struct{ Main bool }
}

// Build rewrites the packages of the main module, and builds the tests of those
// that r asks for, with the flags given to go test. A package that does not
// build is named in the notes, and where none does that is an error.
func Build(ctx context.Context, r inject.Request, flags []string, also []string) (*Suite, error) {
	s := &Suite{temp: r.Temp, binaries: map[string]string{}, dirs: map[string]string{}}
	files, err := s.rewrite(ctx, &r, also)
	if err != nil {
		return nil, err
	}
	r.Files = files
	r.Std, err = library()
	if err != nil {
		return nil, err
	}
	plan, err := inject.Prepare(ctx, r)
	if err != nil {
		return nil, err
	}
	s.env = plan.Go.Env
	s.dirs = plan.Dirs
	for _, l := range plan.Left {
		s.Notes = append(s.Notes, l.Package+": "+l.Why)
	}
	for i, pkg := range plan.Packages {
		if err := s.build(ctx, plan, flags, pkg, i); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			s.Notes = append(s.Notes, fmt.Sprintf("%s: %v", pkg, err))
		}
	}
	if len(s.binaries) == 0 && len(plan.Packages) > 0 {
		return nil, errors.New(s.Notes[len(s.Notes)-1])
	}
	return s, nil
}

// rewrite returns the changed files of the packages of the main module, and of
// those of also, by their paths. All of them are numbered together, whatever is
// to be tested, so that a plan means the same in the next run.
func (s *Suite) rewrite(ctx context.Context, r *inject.Request, also []string) (map[string][]byte, error) {
	pkgs, err := listPackages(ctx, r, also)
	if err != nil {
		return nil, err
	}
	w := Rewriter{Import: perturbPath}
	files := map[string][]byte{}
	for _, p := range pkgs {
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			path := filepath.Join(p.Dir, name)
			src, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			text, err := w.File(path, src)
			if err != nil {
				continue // the build says what is wrong with it
			}
			if text != nil {
				files[path] = text
			}
		}
	}
	s.Sites = w.Sites
	return files, nil
}

func listPackages(ctx context.Context, r *inject.Request, also []string) ([]module, error) {
	args := append([]string{"list", "-e", "-json=Dir,ImportPath,GoFiles,TestGoFiles,XTestGoFiles,Module"}, r.Flags...)
	out, err := goOutput(ctx, &r.Go, append(append(args, "./..."), also...))
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
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && stderr.Len() > 0 {
		return out, errors.New(strings.TrimSpace(stderr.String()))
	}
	return out, err
}

// build builds the tests of a package and lists them.
func (s *Suite) build(ctx context.Context, plan *inject.Plan, flags []string, pkg string, number int) error {
	exe := filepath.Join(s.temp, strconv.Itoa(number)+".test.exe")
	args := append([]string{"test", "-c", "-vet=off", "-o", exe, "-overlay=" + plan.Overlay}, flags...)
	if _, err := goOutput(ctx, &plan.Go, append(args, pkg)); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, exe, "-test.list=^Test")
	cmd.Dir, cmd.Env = plan.Dirs[pkg], plan.Go.Env
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
	out, err := cmd.CombinedOutput()
	if err != nil && !errors.As(err, new(*exec.ExitError)) && !errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
		return Result{}, err
	}
	return s.result(out, trace)
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
		one := *r
		one.Findings, one.Total, one.Proven, one.Unreachable = []report.Finding{g}, f.Count, f.Proven, f.Unreachable
		key := fmt.Sprintf("%s:%d %s:%d %s", f.At.File, f.At.Line, f.Started.File, f.Started.Line, f.Cause.ID)
		all = append(all, Leak{Key: key, Hung: r.Kind == report.Hung, Report: &one})
	}
	return all
}
