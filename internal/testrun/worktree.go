package testrun

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// revision is a commit of the repository that the tests are in.
type revision struct {
	name   string // as the user calls it
	commit string
	dir    string // the folder that go test works in
	prefix string // the same as seen from the top of the repository, with slashes
}

// findRevision looks for a revision in the repository of a folder, "" for the
// current one.
func findRevision(ctx context.Context, dir, name string) (*revision, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &revision{name: name, dir: dir}
	if _, err := exec.LookPath("git"); err != nil {
		return nil, fmt.Errorf("-new-from %s: git is not installed", name)
	}
	if r.prefix, err = git(ctx, dir, "rev-parse", "--show-prefix"); err != nil {
		return nil, fmt.Errorf("-new-from %s: %s is not in a git repository: %w", name, dir, err)
	}
	r.commit, err = git(ctx, dir, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("-new-from %s: the repository has no such revision; a shallow clone has to fetch it first",
			name)
	}
	return r, nil
}

// worktree is a revision in a folder of its own.
type worktree struct {
	rev  *revision
	top  string
	link string // git's own notes on it, in the repository
}

// checkout writes the files of a revision to a new folder, top, whose name is not
// that of any other worktree. Hooks are the user's, and none runs.
func (r *revision) checkout(ctx context.Context, top string) (*worktree, error) {
	_, err := git(ctx, r.dir, "-c", "core.hooksPath="+os.DevNull, "worktree", "add", "--quiet", "--detach", top, r.commit)
	w := &worktree{rev: r, top: top}
	if text, err := os.ReadFile(filepath.Join(top, ".git")); err == nil {
		w.link = strings.TrimSpace(strings.TrimPrefix(string(text), "gitdir:"))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("-new-from %s: %w", r.name, err), w.remove())
	}
	return w, nil
}

// at is the folder of go test in w.
func (w *worktree) at() string { return filepath.Join(w.top, filepath.FromSlash(w.rev.prefix)) }

// remove takes w away, and what git notes of it. It is not interrupted.
func (w *worktree) remove() error {
	if _, err := os.Lstat(w.top); err != nil && w.link == "" {
		return nil
	}
	_, err := git(context.Background(), w.rev.dir, "worktree", "remove", "--force", "--force", w.top)
	if err == nil {
		return nil
	}
	// Git does not know a worktree yet if it was interrupted while it added it.
	problem := os.RemoveAll(w.top)
	if name := filepath.Base(w.link); problem == nil && name == filepath.Base(w.top) {
		problem = os.RemoveAll(w.link)
	}
	if problem != nil {
		return fmt.Errorf("-new-from %s: %s is left over; \"git worktree remove --force\" removes it: %w",
			w.rev.name, w.top, err)
	}
	return nil
}

// git runs git in a folder and returns what it prints. A signal that interrupts
// this process does not reach it: ctx does, so that what it began is taken back.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	var out, problems bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &problems
	// Git tells its hooks which index is locked. A worktree has one of its own.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_INDEX_FILE=") })
	cmd.Env = append(cmd.Env, "LC_ALL=C")
	cmd.Cancel, cmd.WaitDelay = func() error { interruptGroup(cmd); return nil }, grace
	ownGroup(cmd)
	err := cmd.Run()
	if said := lastLine(problems.String()); err != nil && said != "" {
		err = errors.New(said)
	}
	return strings.TrimSuffix(out.String(), "\n"), err
}

// lastLine is the last line of a text that says something.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimPrefix(lines[len(lines)-1], "fatal: ")
}
