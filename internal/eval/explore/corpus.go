package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
)

// corpusRow is what came of a part of the corpus.
type corpusRow struct {
	name     string
	ran      int // programs or tests that pass as they are
	sites    int
	differ   []string // those that do something else after the rewriting
	failures []string // those that fail as they are, and are not compared
	notes    []string // what was not rewritten, or not in full
}

func (r *corpusRow) print(w work, unit string) {
	fmt.Fprintf(w.out, "| %s | %d %s | %d | %d | %d |\n", r.name, r.ran, unit, r.sites, len(r.differ), len(r.failures))
}

// corpus prints what the rewriting changes in programs and tests, and reports
// whether that is nothing.
func (w work) corpus(ctx context.Context, dirs []string) (bool, error) {
	fmt.Fprintf(w.out, "| corpus | compared | sites | differ | fail as they are |\n|---|---|---|---|---|\n")
	goroot, err := goroot(ctx)
	if err != nil {
		return false, err
	}
	var rows []corpusRow
	add := func(r corpusRow, unit string, err error) error {
		if err == nil {
			rows = append(rows, r)
			r.print(w, unit)
		}
		return err
	}
	r, err := w.distribution(ctx, goroot, folders)
	if err := add(r, "programs", err); err != nil {
		return false, err
	}
	r, err = w.standard(ctx, goroot, standardPackages)
	if err := add(r, "tests", err); err != nil {
		return false, err
	}
	for _, dir := range dirs {
		r, err := w.module(ctx, dir)
		if err := add(r, "tests", err); err != nil {
			return false, err
		}
	}
	same := true
	for _, r := range rows {
		same = same && len(r.differ) == 0
		for _, d := range r.differ {
			fmt.Fprintf(w.out, "\n%s: %s differs", r.name, d)
		}
		for _, n := range r.notes {
			fmt.Fprintf(w.out, "\n%s: %s", r.name, n)
		}
	}
	fmt.Fprintln(w.out)
	return same, nil
}

// goIn is where the go command runs, without flags of the user's.
func goIn(dir string) modules.Place {
	return modules.Place{Dir: dir, Env: []string{"GOWORK=off", "GOFLAGS="}}
}

// goroot is the folder of the Go distribution, with its tests of the language.
func goroot(ctx context.Context) (string, error) {
	out, err := goIn("").Output(ctx, "go", "env", "GOROOT")
	return strings.TrimSpace(out), err
}

// writePerturb writes package perturb to a folder, as the overlay has it.
func writePerturb(dir string) error {
	files, err := explore.Perturb()
	if err != nil {
		return err
	}
	return modules.WriteFiles(dir, files)
}

// folders are those of the distribution's test folder with programs that have
// channels in them.
var folders = []string{".", "chan", "ken", "typeparam", "fixedbugs", "interface", "closure", "escape"}

var channels = regexp.MustCompile(`\bchan\b|\bselect \{`)

// distributionPrograms are those of the distribution that are run as they are, and that have
// channels in them.
func distributionPrograms(goroot string, folders []string) ([]explore.Source, error) {
	var all []explore.Source
	for _, dir := range folders {
		names, err := filepath.Glob(filepath.Join(goroot, "test", dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			s := string(text)
			// A program that measures itself would measure the rewriting.
			if strings.HasPrefix(s, "// run\n") && channels.Match(text) && !strings.Contains(s, "MemStats") &&
				!strings.Contains(s, "//go:build") && strings.Contains(s, "package main") {
				all = append(all, explore.Source{Name: name, Text: text})
			}
		}
	}
	if len(all) == 0 {
		return nil, errors.New(goroot + ": the distribution has no tests")
	}
	return all, nil
}

// distribution compares what programs of the Go distribution print and how they end
// with what they do after their rewriting.
func (w work) distribution(ctx context.Context, goroot string, folders []string) (corpusRow, error) {
	r := corpusRow{name: "the language's tests of channels and select"}
	programs, err := distributionPrograms(goroot, folders)
	if err != nil {
		return r, err
	}
	plain, changed := filepath.Join(w.temp, "plain"), filepath.Join(w.temp, "changed")
	for i, src := range programs {
		rewriter := explore.Rewriter{Import: "example.com/corpus/perturb"}
		text := rewriter.Package([]explore.Source{src}, nil)[src.Name]
		r.sites += len(rewriter.Sites)
		if text == nil {
			text = src.Text
		}
		if err := errors.Join(writeProgram(plain, i, src.Text), writeProgram(changed, i, text)); err != nil {
			return r, err
		}
	}
	if err := writePerturb(filepath.Join(changed, "perturb")); err != nil {
		return r, err
	}
	for _, dir := range []string{plain, changed} {
		if err := buildPrograms(ctx, dir); err != nil {
			return r, err
		}
	}
	differ := make([]string, len(programs))
	inParallel(len(programs), func(i int) {
		out, failed := program(ctx, plain, i)
		changedOut, changedFailed := program(ctx, changed, i)
		if out != changedOut || failed != changedFailed {
			differ[i] = programs[i].Name
		}
	})
	r.ran = len(programs)
	r.differ = slices.DeleteFunc(differ, func(name string) bool { return name == "" })
	return r, ctx.Err()
}

// inParallel calls f with the numbers below n, some at a time.
func inParallel(n int, f func(int)) {
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	all.Wait()
}

func folder(i int) string { return fmt.Sprintf("p%03d", i) }

func writeProgram(dir string, i int, text []byte) error {
	return modules.WriteFiles(filepath.Join(dir, folder(i)), map[string][]byte{"main.go": text})
}

func buildPrograms(ctx context.Context, dir string) error {
	mod := []byte("module example.com/corpus\n\ngo 1.26\n")
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), mod, 0o666); err != nil {
		return err
	}
	_, err := goIn(dir).Output(ctx, "go", "build", "-o", filepath.Join(dir, "bin")+string(filepath.Separator), "./...")
	return err
}

// program runs one program and returns its output and whether it failed.
func program(ctx context.Context, dir string, i int) (out string, failed bool) {
	text, err := exec.CommandContext(ctx, filepath.Join(dir, "bin", folder(i))).CombinedOutput()
	return string(text), err != nil
}

// standardPackages are packages of the standard library with external tests whose
// selects come in all shapes, and concerned matches the names of their tests that are run.
var standardPackages = []string{"context", "io", "sync", "time", "runtime", "os/signal", "internal/singleflight"}

const concerned = "Chan|Select|Context|Cancel|Timer|Ticker|After|Pipe|Cond|Once|Mutex|WaitGroup|Signal|Sleep|Do"

var external = regexp.MustCompile(`(?m)^package \w+_test$`)

// standard runs the external tests of packages of the standard library after their
// rewriting, which pass as they are: the releases were tested.
func (w work) standard(ctx context.Context, goroot string, packages []string) (corpusRow, error) {
	r := corpusRow{name: "the standard library"}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	lib := filepath.Join(w.temp, "perturb")
	if err := writePerturb(lib); err != nil {
		return r, err
	}
	names, err := filepath.Glob(filepath.Join(lib, "*.go"))
	if err != nil {
		return r, err
	}
	for _, name := range names {
		overlay.Replace[filepath.Join(goroot, "src", "leakcheckperturb", filepath.Base(name))] = name
	}
	rewriter := explore.Rewriter{Import: "leakcheckperturb"}
	for _, pkg := range packages {
		files, err := externalTests(filepath.Join(goroot, "src", filepath.FromSlash(pkg)))
		if err != nil {
			return r, err
		}
		for name, text := range rewriter.Package(files, nil) {
			to := filepath.Join(w.temp, strings.ReplaceAll(pkg, "/", "_")+"_"+filepath.Base(name))
			if err := os.WriteFile(to, text, 0o666); err != nil {
				return r, err
			}
			overlay.Replace[name] = to
		}
	}
	r.sites = len(rewriter.Sites)
	text, err := json.Marshal(overlay)
	if err != nil {
		return r, err
	}
	file := filepath.Join(w.temp, "overlay.json")
	if err := os.WriteFile(file, text, 0o666); err != nil {
		return r, err
	}
	args := []string{"test", "-short", "-v", "-vet=off", "-count=1", "-overlay=" + file, "-run=" + concerned}
	out, err := goIn("").Output(ctx, "go", append(args, packages...)...)
	return r.count(out, err)
}

var (
	passed = regexp.MustCompile(`(?m)^--- PASS: `)
	failed = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)
)

// count reads what go test -v printed.
func (r corpusRow) count(out string, err error) (corpusRow, error) {
	r.ran = len(passed.FindAllString(out, -1))
	for _, m := range failed.FindAllStringSubmatch(out, -1) {
		r.ran++
		r.differ = append(r.differ, m[1])
	}
	if err != nil && len(r.differ) == 0 {
		return r, fmt.Errorf("%w\n%s", err, out)
	}
	return r, nil
}

// externalTests are the test files of a folder that are of a package of their own:
// what the others import imports them.
func externalTests(dir string) ([]explore.Source, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	var files []explore.Source
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if external.Match(text) {
			files = append(files, explore.Source{Name: name, Text: text})
		}
	}
	return files, nil
}

// again is how often a test may fail before it counts: some have bounds of
// milliseconds.
const again = 3

// module compares the tests of the module in a folder, each in a process of its own.
func (w work) module(ctx context.Context, dir string) (corpusRow, error) {
	r := corpusRow{name: filepath.Base(dir)}
	suite, err := w.build(ctx, dir)
	if err != nil {
		return r, err
	}
	r.sites, r.notes = len(suite.Sites), suite.Notes
	exes := map[string]string{}
	for _, pkg := range packagesOf(suite.Tests) {
		if exes[pkg], err = w.plainTests(ctx, suite.Dir(pkg)); err != nil {
			return r, err
		}
	}
	var mu sync.Mutex
	results := map[outcome][]string{}
	inParallel(len(suite.Tests), func(i int) {
		t := suite.Tests[i]
		o, runErr := compareTest(ctx, suite, t, exes[t.Package])
		mu.Lock()
		defer mu.Unlock()
		err = errors.Join(err, runErr)
		results[o] = append(results[o], t.Package+"."+t.Name)
	})
	for _, names := range results {
		slices.Sort(names)
	}
	r.ran = len(results[same]) + len(results[different])
	r.differ, r.failures = results[different], results[failing]
	return r, errors.Join(err, ctx.Err())
}

// outcome is what came of a test.
type outcome int

const (
	same      outcome = iota
	different         // it fails after the rewriting
	failing           // it fails as it is
)

func compareTest(ctx context.Context, suite *explore.Suite, t explore.Test, exe string) (outcome, error) {
	for range again {
		cmd := exec.CommandContext(ctx, exe, "-test.count=1", "-test.run=^"+t.Name+"$", "-test.timeout=20s")
		cmd.Dir = suite.Dir(t.Package)
		plain := cmd.Run()
		res, err := suite.Run(ctx, t, perturb.Plan{})
		if err != nil {
			return same, err
		}
		if !res.Failed {
			return same, nil
		}
		if plain != nil {
			return failing, nil
		}
	}
	return different, nil
}
