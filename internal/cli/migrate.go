package cli

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/leakcheck-go/goroutine/internal/atomicfile"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/internal/migrate"
)

func migrateCommand() *command {
	write := new(bool)
	return &command{
		name:  "migrate",
		args:  "[flags] files, folders or folder/...",
		short: "rewrite the calls of other leak checkers",
		long: `
Migrate rewrites the calls of goleak (go.uber.org/goleak, and leakcheck/goleak of
this module), leaktest (github.com/fortytw2/leaktest) and gleak
(github.com/onsi/gomega/gleak) into calls of leakcheck. It prints what it would
change as a diff, or writes it with -w.

Migrate reads the files of all platforms and build tags, except those below vendor
and testdata and in other modules. It changes imports, keeps comments, and formats
what it rewrites as gofmt does. It leaves a call as it is if a rewrite would change
the result of the tests, and prints on standard error where the call is, why it was
left, and what to do.

As with gofmt -d, the exit code without -w is 1 if there is something to rewrite.
With and without -w it is 1 if a call was left. After -w, add leakcheck to the
module:

	go get github.com/leakcheck-go/goroutine
	go mod tidy`,
		examples: []example{
			{"leakcheck migrate ./...", "show what would change in the module"},
			{"leakcheck migrate -w ./...", "change it"},
			{"leakcheck migrate -w ./internal/pool/pool_test.go", "change one file"},
		},
		finds: true,
		setup: func(fs *flag.FlagSet) action {
			fs.BoolVar(write, "w", false, "write the files instead of printing a diff")
			return func(e *environment, args []string) (bool, error) { return runMigrate(e, *write, args) }
		},
	}
}

func runMigrate(e *environment, write bool, args []string) (bool, error) {
	if len(args) == 0 {
		return false, usagef("name what to rewrite, as in ./...")
	}
	files, err := migrate.Files(args)
	if err != nil {
		return false, err
	}
	r, err := migrate.Run(files)
	if err != nil {
		return false, err
	}
	for _, c := range r.Changes {
		if write {
			err = rewriteFile(c.Path, c.New)
		} else {
			_, err = e.stdout.Write(diff.Diff(c.Path+".orig", c.Old, c.Path, c.New))
		}
		if err != nil {
			return false, err
		}
	}
	left, done := r.Left, "to rewrite"
	if write {
		// The calls that are left may be on other lines now.
		again, err := migrate.Run(files)
		if err != nil {
			return false, err
		}
		left, done = again.Left, "rewritten"
	}
	for _, l := range left {
		fmt.Fprintln(e.stderr, l)
	}
	fmt.Fprintf(e.stderr, "leakcheck migrate: %s %s in %s, %d left\n", words.Count(r.Calls, "call"), done,
		words.Count(len(r.Changes), "file"), len(left))
	return len(left) > 0 || !write && len(r.Changes) > 0, nil
}

// rewriteFile gives a file another content, all of it or nothing. It replaces the
// file that a link points to, and not the link.
func rewriteFile(path string, content []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o200 == 0 {
		return &fs.PathError{Op: "write", Path: path, Err: errors.New("the file is read-only")}
	}
	return atomicfile.Write(path, content, info.Mode().Perm())
}
