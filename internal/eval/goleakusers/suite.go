package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/gotest"
)

const (
	ownModule    = "github.com/leakcheck-go/goroutine"
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
	root, err := goOutput(ctx, command{}, "list", "-m", "-f", "{{.Dir}}", ownModule)
	if err != nil {
		return nil, err
	}
	replace = map[string]string{ownModule: filepath.Join(temp, "own"), goleakModule: filepath.Join(temp, "shim")}
	for _, name := range linked {
		if err := copyTree(filepath.Join(replace[ownModule], name),
			filepath.Join(strings.TrimSpace(root), name)); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(replace[goleakModule], 0o777); err != nil {
		return nil, err
	}
	return replace, errors.Join(
		write(replace[ownModule], "go.mod", "module "+ownModule+"\n\ngo "+goLine+"\n"),
		write(replace[goleakModule], "go.mod", "module "+goleakModule+"\n\ngo "+goLine+"\n\nrequire "+ownModule+" v0.0.0\n"),
		write(replace[goleakModule], "goleak.go", shimCode),
	)
}

func write(dir, name, text string) error {
	return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666)
}

// copyTree copies the files below src. What the module cache holds is
// read-only; the copy is not.
func copyTree(dst, src string) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dst, rel)
		if d.IsDir() {
			return os.MkdirAll(to, 0o777)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o666)
	})
}

// prepare copies the module of u to dir and changes its go.mod.
func (u user) prepare(ctx context.Context, dir string, replace map[string]string) error {
	info, err := goOutput(ctx, command{dir: os.TempDir(), env: []string{"GOFLAGS=-mod=mod", "GOWORK=off"}}, "mod",
		"download", "-json", u.module+"@"+u.version)
	if err != nil {
		return err
	}
	var mod struct{ Dir string }
	if err := json.Unmarshal([]byte(info), &mod); err != nil {
		return err
	}
	if err := copyTree(dir, mod.Dir); err != nil {
		return err
	}
	return edit(ctx, dir, replace)
}

// edit changes the go line of the module in dir, and has it replace modules. What
// it replaces by folders next to it, which are not in the module cache, is taken
// as released.
func edit(ctx context.Context, dir string, replace map[string]string) error {
	text, err := goOutput(ctx, command{dir: dir}, "mod", "edit", "-json")
	if err != nil {
		return err
	}
	var mod struct {
		Replace []struct {
			Old, New struct{ Path, Version string }
		}
	}
	if err := json.Unmarshal([]byte(text), &mod); err != nil {
		return err
	}
	args := []string{"mod", "edit", "-go=" + goLine}
	for _, r := range mod.Replace {
		if strings.HasPrefix(r.New.Path, ".") {
			args = append(args, "-dropreplace="+strings.TrimSuffix(r.Old.Path+"@"+r.Old.Version, "@"))
		}
	}
	for path, at := range replace {
		args = append(args, "-replace="+path+"="+at)
	}
	if replace != nil {
		args = append(args, "-require="+ownModule+"@v0.0.0")
	}
	_, err = goOutput(ctx, command{dir: dir}, args...)
	return err
}

// command is where and how the go command runs.
type command struct {
	dir       string
	env       []string
	toolchain string
}

// limit bounds one run of a suite, its build included.
const limit = 10 * time.Minute

// goTest runs the tests of u in dir, with more flags, and returns what they did.
func (u user) goTest(ctx context.Context, dir, toolchain string, flags ...string) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	args := append([]string{"test", "-json", "-count=1", "-vet=off"}, flags...)
	out, err := goOutput(ctx, command{dir: dir, env: []string{"GOFLAGS=-mod=mod", "GOWORK=off"}, toolchain: toolchain},
		append(args, u.packages...)...)
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

// goOutput runs the go command and returns its standard output, also when it
// fails.
func goOutput(ctx context.Context, c command, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), c.env...)
	if c.toolchain != "" {
		cmd.Env = append(cmd.Env, "GOTOOLCHAIN="+c.toolchain)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, &stderr)
	}
	return stdout.String(), nil
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
