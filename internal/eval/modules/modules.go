// Package modules has evaluations run the go command, and other programs, over
// copies of modules.
package modules

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// Own is the path of the module that is evaluated.
const Own = "github.com/leakcheck-go/goroutine"

// Main is the main function of an evaluation, which run does: it exits with 1 where
// run reports that not all is as it should be, and with 2 at an error.
func Main(name string, run func(ctx context.Context, args []string, stdout, stderr io.Writer) (ok bool, err error)) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ok, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(2)
	case !ok:
		os.Exit(1)
	}
}

// WriteFiles writes files, by their names, into a folder that it makes.
func WriteFiles[T string | []byte](dir string, files map[string]T) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// Place is where a program runs.
type Place struct {
	Dir string   // "" for the current folder
	Env []string // added to the environment of this process
}

// Output returns what a program prints, also when it fails. The error has what it
// says on standard error.
func (p Place) Output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = p.Dir, append(os.Environ(), p.Env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 10 * time.Second // a child that outlives the program may hold its output open
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &stderr)
	}
	return stdout.String(), err
}

// Download returns the folder of a module in the module cache. Its name is
// path@version.
func Download(ctx context.Context, module string) (string, error) {
	// Outside of a module, whose go.mod would count.
	p := Place{os.TempDir(), []string{"GOFLAGS=-mod=mod", "GOWORK=off"}}
	text, err := p.Output(ctx, "go", "mod", "download", "-json", module)
	if err != nil {
		return "", err
	}
	var info struct{ Dir string }
	err = json.Unmarshal([]byte(text), &info)
	return info.Dir, err
}

// Copy copies a module of the module cache to p.
func (p Place) Copy(ctx context.Context, module string) error {
	dir, err := Download(ctx, module)
	if err != nil {
		return err
	}
	return os.CopyFS(p.Dir, os.DirFS(dir))
}

// DropLocal drops the replacements by folders from the go.mod of a copy, which
// does not have these folders.
func (p Place) DropLocal(ctx context.Context) error {
	text, err := p.Output(ctx, "go", "mod", "edit", "-json")
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
	args := []string{"mod", "edit"}
	for _, r := range mod.Replace {
		if r.New.Version == "" {
			args = append(args, "-dropreplace="+strings.TrimSuffix(r.Old.Path+"@"+r.Old.Version, "@"))
		}
	}
	if len(args) == 2 {
		return nil // go mod edit without a flag is an error
	}
	_, err = p.Output(ctx, "go", args...)
	return err
}

// Root is the folder of the module that is evaluated.
func Root(ctx context.Context) (string, error) {
	dir, err := Place{}.Output(ctx, "go", "list", "-m", "-f={{.Dir}}", Own)
	return strings.TrimSpace(dir), err
}

// Leakcheck builds the command in a folder and returns the program.
func Leakcheck(ctx context.Context, dir string) (string, error) {
	root, err := Root(ctx)
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "leakcheck.exe") // the name that every system takes
	// In its own module, which knows all that the command needs.
	_, err = Place{Dir: root}.Output(ctx, "go", "build", "-o", program, "./cmd/leakcheck")
	return program, err
}
