package inject

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/testrun/own"
)

// Go runs the go command for [Prepare].
type Go struct {
	Dir string   // folder that the go command is to work in; "" for the current one
	Env []string // its environment, in full
	Cmd string   // the program; "" for go in the PATH
}

// Name is the program to run.
func (g Go) Name() string { return cmp.Or(g.Cmd, "go") }

// Package is the part of a package's description by go list that is used.
type Package struct {
	Dir, ImportPath           string
	TestGoFiles, XTestGoFiles []string
	TestImports, XTestImports []string
	Error                     *struct{ Err string } // such as of a folder that is not there
}

// List describes the packages that go test would test. The flags are those that
// decide which files belong to a package.
func (g Go) List(ctx context.Context, flags, patterns []string) ([]Package, error) {
	args := append([]string{"list", "-e", "-json=Dir,ImportPath,TestGoFiles,XTestGoFiles,TestImports,XTestImports,Error"},
		flags...)
	out, err := g.run(ctx, append(append(args, "--"), patterns...)...)
	if err != nil {
		return nil, err
	}
	return decode[Package](out)
}

// Module is the part of a module's description by go list that is used.
type Module struct {
	Path, Dir string
	Main      bool // it is the one that is worked on, or one of a workspace
}

// Modules describes the modules of packages, each as often as it has packages.
func (g Go) Modules(ctx context.Context, flags, patterns []string) ([]Module, error) {
	out, err := g.run(ctx, slices.Concat([]string{"list", "-e", "-json=Module"}, flags, []string{"--"}, patterns)...)
	if err != nil {
		return nil, err
	}
	list, err := decode[struct{ Module *Module }](out)
	var all []Module
	for _, p := range list {
		if p.Module != nil {
			all = append(all, *p.Module)
		}
	}
	return all, err
}

// Checker is the leak checker that the tests of p import, or "".
func (p *Package) Checker() string { return own.Checker(slices.Concat(p.TestImports, p.XTestImports)) }

// HasTests reports whether go list sees files of tests.
func (p *Package) HasTests() bool { return len(p.TestGoFiles)+len(p.XTestGoFiles) > 0 }

// TestGodebug is the default of GODEBUG that the go command links into the test
// binary of a package, named by its path or by its files.
func (g Go) TestGodebug(ctx context.Context, flags, pkg []string) (string, error) {
	args := append([]string{"list", "-e", "-test", "-f", "{{.ImportPath}} {{.DefaultGODEBUG}}"}, flags...)
	out, err := g.run(ctx, append(append(args, "--"), pkg...)...)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(out)) {
		if path, value, _ := strings.Cut(strings.TrimSpace(line), " "); strings.HasSuffix(path, ".test") {
			return value, nil
		}
	}
	return "", nil
}

// Var returns the go command's settings of these names (go help environment).
func (g Go) Var(ctx context.Context, names ...string) (map[string]string, error) {
	out, err := g.run(ctx, append([]string{"env", "-json"}, names...)...)
	if err != nil {
		return nil, err
	}
	vars := map[string]string{}
	return vars, json.Unmarshal(out, &vars)
}

// run returns what the go command prints. When the command ends with an error,
// that is what it said.
func (g Go) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, g.Name(), args...)
	cmd.Dir, cmd.Env = g.Dir, g.Env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && stderr.Len() > 0 {
		return nil, fmt.Errorf("go %s: %s", args[0], strings.TrimSpace(stderr.String()))
	}
	return out, err
}

// decode reads the concatenated values that go list -json prints.
func decode[T any](out []byte) ([]T, error) {
	var list []T
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var v T
		if err := dec.Decode(&v); err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		list = append(list, v)
	}
	return list, nil
}
