package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
	"github.com/leakcheck-go/goroutine/internal/gotest"
)

const (
	goleakModule = "go.uber.org/goleak"
	goLine       = "1.26.0"
)

// shimCode is package goleak under its own import path.
const shimCode = `package goleak

import "github.com/leakcheck-go/goroutine/leakcheck/goleak"

type (
	Option   = goleak.Option
	TestingM = goleak.TestingM
	TestingT = goleak.TestingT
)

var (
	Cleanup           = goleak.Cleanup
	Find              = goleak.Find
	IgnoreAnyFunction = goleak.IgnoreAnyFunction
	IgnoreCreatedBy   = goleak.IgnoreCreatedBy
	IgnoreCurrent     = goleak.IgnoreCurrent
	IgnoreTopFunction = goleak.IgnoreTopFunction
	RunOnFailure      = goleak.RunOnFailure
)

// VerifyNone is a function so that a failure stands at its caller's line.
func VerifyNone(t TestingT, options ...Option) {
	if h, ok := t.(interface{ Helper() }); ok {
		h.Helper()
	}
	goleak.VerifyNone(t, options...)
}

func VerifyTestMain(m TestingM, options ...Option) { goleak.VerifyTestMain(m, options...) }
`

// linked are the folders of what a test binary links of this module.
var linked = []string{"leakcheck", "filters", "stackparse", "internal"}

// writeShim writes below temp what replaces goleak, and a copy of what it needs
// of this module, without the requirements of our tests and tools: they would
// raise the versions that a user's suite is built with.
func writeShim(ctx context.Context, temp string) (replace map[string]string, err error) {
	root, err := modules.Root(ctx)
	if err != nil {
		return nil, err
	}
	replace = map[string]string{modules.Own: filepath.Join(temp, "own"), goleakModule: filepath.Join(temp, "shim")}
	for _, name := range linked {
		if err := os.CopyFS(filepath.Join(replace[modules.Own], name), os.DirFS(filepath.Join(root, name))); err != nil {
			return nil, err
		}
	}
	head := func(module string) string { return "module " + module + "\n\ngo " + goLine + "\n" }
	return replace, errors.Join(
		modules.WriteFiles(replace[modules.Own], map[string]string{"go.mod": head(modules.Own)}),
		modules.WriteFiles(replace[goleakModule], map[string]string{
			"go.mod":    head(goleakModule) + "\nrequire " + modules.Own + " v0.0.0\n",
			"goleak.go": shimCode,
		}),
	)
}

// place is where the go command runs in a copy.
func place(dir, toolchain string) modules.Place {
	p := modules.Place{Dir: dir, Env: []string{"GOFLAGS=-mod=mod", "GOWORK=off"}}
	if toolchain != "" {
		p.Env = append(p.Env, "GOTOOLCHAIN="+toolchain)
	}
	return p
}

// prepare copies the module of u to dir and changes its go.mod.
func (u user) prepare(ctx context.Context, dir string, replace map[string]string) error {
	if err := place(dir, "").Copy(ctx, u.module+"@"+u.version); err != nil {
		return err
	}
	return edit(ctx, dir, replace)
}

// edit changes the go line of the module in dir, and has it replace modules. What
// it replaces by folders next to it, which are not in the module cache, is taken
// as released.
func edit(ctx context.Context, dir string, replace map[string]string) error {
	at := place(dir, "")
	if err := at.DropLocal(ctx); err != nil {
		return err
	}
	args := []string{"mod", "edit", "-go=" + goLine}
	for path, by := range replace {
		args = append(args, "-replace="+path+"="+by)
	}
	if replace != nil {
		args = append(args, "-require="+modules.Own+"@v0.0.0")
	}
	_, err := at.Output(ctx, "go", args...)
	return err
}

// limit bounds one run of a suite, its build included.
const limit = 10 * time.Minute

// goTest runs the tests of u in dir, with more flags, and returns what they did.
func (u user) goTest(ctx context.Context, dir, toolchain string, flags ...string) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	args := append([]string{"test", "-json", "-count=1", "-vet=off"}, flags...)
	out, err := place(dir, toolchain).Output(ctx, "go", append(args, u.packages...)...)
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		return outcome{}, err
	}
	o, readErr := readEvents(strings.NewReader(out))
	if readErr != nil || len(o.packages) == 0 {
		return o, fmt.Errorf("%s: no tests ran: %w", u.module, errors.Join(err, readErr))
	}
	if strings.Contains(o.output, " [setup failed]\n") || strings.Contains(o.output, " [build failed]\n") {
		return o, fmt.Errorf("%s: a package was not built: %w", u.module, err)
	}
	return o, nil
}

// outcome is what one run of a suite did.
type outcome struct {
	packages map[string]bool // whether each passed
	failed   []string        // tests that failed, as "package.TestX", without subtests
	seconds  float64         // of processor time, of all packages; 0 where nothing measured it
	output   string          // of the packages that failed
}

// readEvents reads the events of go test -json.
func readEvents(r io.Reader) (outcome, error) {
	o, texts := outcome{packages: map[string]bool{}}, map[string]*strings.Builder{}
	err := gotest.Read(r, func(e *gotest.Event) {
		if texts[e.Package] == nil {
			texts[e.Package] = &strings.Builder{}
		}
		texts[e.Package].WriteString(e.Output)
		o.seconds += cpuSeconds(e.Output)
		switch pass := e.Action == "pass"; {
		case !pass && e.Action != "fail":
		case strings.Contains(e.Test, "/"): // its parent fails with it
		case e.Test != "" && !pass:
			o.failed = append(o.failed, e.Package+"."+e.Test)
		case e.Test == "":
			o.packages[e.Package] = pass
			if !pass {
				o.output += texts[e.Package].String()
			}
		}
	})
	return o, err
}
