package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/internal/fix"
	"github.com/leakcheck-go/goroutine/internal/testrun"
)

// setFix reads a value of -fix, which stands for -fix=print.
func (o *testOptions) setFix(value string) error {
	switch value {
	case "true", "print":
		o.fix = "print"
	case "false":
		o.fix = ""
	case "write":
		o.fix = "write"
	default:
		return errors.New("want print or write")
	}
	return nil
}

// checkFix looks at what -fix=write needs before any test runs.
func (o *testOptions) checkFix() error {
	o.Fix = o.fix != ""
	switch {
	case o.force && o.fix != "write":
		return usagef("-force is for -fix=write")
	case o.Fix && o.goArgs.Overlaid():
		return usagef("-fix cannot be used with -overlay: it would change other files than the tests see")
	case o.fix != "write" || o.force:
		return nil
	}
	return clean(o.goArgs.Dir())
}

// clean returns an error unless dir is in a git repository without changes in
// progress, so that what is written can be told from them and taken back.
func clean(dir string) error {
	git := func(args ...string) (string, error) {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		return string(out), err
	}
	if _, err := git("rev-parse", "--is-inside-work-tree"); err != nil {
		return errors.New("-fix=write: not in a git repository, so there is no way back; -force writes anyway")
	}
	out, err := git("status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return fmt.Errorf("-fix=write: git status: %w", err)
	}
	if first, _, _ := strings.Cut(strings.TrimSpace(out), "\n"); first != "" {
		return fmt.Errorf("-fix=write: there are changes that are not committed, such as %s; commit or stash them, "+
			"or -force writes anyway", strings.TrimSpace(first[min(2, len(first)):]))
	}
	return nil
}

// writeFixes prints the changes that passed their trial, or writes them.
func (o *testOptions) writeFixes(e *environment, s *testrun.Summary) error {
	if !o.Fix || len(s.Fixes) == 0 {
		return nil
	}
	files, err := fix.Apply(s.Fixes...)
	if err != nil {
		return err
	}
	if o.fix == "print" {
		return o.printFixes(e, files)
	}
	for i := range files {
		f := &files[i]
		now, err := os.ReadFile(f.Path)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, f.Old) {
			return fmt.Errorf("-fix=write: %s has changed since it was tried, and is left as it is", f.Name)
		}
		if !o.force && !tracked(f.Path) {
			return fmt.Errorf("-fix=write: %s is not in git, so there is no way back; -force writes anyway", f.Name)
		}
	}
	for i := range files {
		if err := rewriteFile(files[i].Path, files[i].New); err != nil {
			return err
		}
		fmt.Fprintf(e.stderr, "leakcheck: changed %s\n", fromHere(files[i].Path))
	}
	return nil
}

func tracked(path string) bool {
	cmd := exec.Command("git", "ls-files", "--error-unmatch", "--", filepath.Base(path))
	cmd.Dir = filepath.Dir(path)
	return cmd.Run() == nil
}

// printFixes prints diffs that git apply and patch take. Standard output is that of
// go test; they pass over it, but a program that reads events does not.
func (o *testOptions) printFixes(e *environment, files []fix.File) error {
	var w io.Writer = e.stdout
	if o.goArgs.Events() {
		w = e.stderr
	}
	for i := range files {
		name := fromHere(files[i].Path)
		if _, err := w.Write(diff.Diff("a/"+name, files[i].Old, "b/"+name, files[i].New)); err != nil {
			return err
		}
	}
	fmt.Fprintf(e.stderr, "leakcheck: these changes of %s passed their trial; -fix=write writes them\n",
		words.Count(len(files), "file"))
	return nil
}

// fromHere is a path as seen from the current folder, with slashes.
func fromHere(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}
