package inject

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Go runs the go command for [Prepare].
type Go struct {
	Dir string   // folder that the go command is to work in; "" for the current one
	Env []string // its environment, in full
}

// goPackage is the part of a package's description by go list that is used.
type goPackage struct {
	Dir, ImportPath, Name     string
	GoFiles                   []string
	TestGoFiles, XTestGoFiles []string
	Standard                  bool
	Module                    *goModule
	Error                     *struct{ Pos, Err string }
}

type goModule struct {
	Path, Dir string
	Main      bool
}

// list describes the packages that go test would test.
func (g Go) list(ctx context.Context, flags, patterns []string) ([]goPackage, error) {
	args := append([]string{"list", "-e", "-json=Dir,ImportPath,Name,GoFiles,TestGoFiles,XTestGoFiles,Standard,Module,Error"}, flags...)
	out, err := g.run(ctx, append(append(args, "--"), patterns...)...)
	if err != nil {
		return nil, err
	}
	return decode[goPackage](out)
}

// mainModules describes the module that is worked in, or those of the workspace.
func (g Go) mainModules(ctx context.Context, flags []string) ([]goModule, error) {
	out, err := g.run(ctx, append([]string{"list", "-m", "-json=Path,Dir,Main"}, flags...)...)
	if err != nil {
		return nil, err
	}
	return decode[goModule](out)
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

// Knows reports whether the go command has this release tag, such as go1.26.
// With an environment that it rejects it returns an error.
func (g Go) Knows(ctx context.Context, tag string) (bool, error) {
	out, err := g.run(ctx, "list", "-f", `{{range context.ReleaseTags}}{{println .}}{{end}}`, "unsafe")
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(string(out)) {
		if strings.TrimSpace(line) == tag {
			return true, nil
		}
	}
	return false, nil
}

// run returns what the go command prints. When the command ends with an error,
// that is what it said.
func (g Go) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
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
