//go:build unix

package repocheck_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// TestFirstTenMinutes does what a new user does: it follows the first part of
// the tutorial, runs its commands in a shell, writes its files, applies its
// diffs, and compares the outputs. It clones the repository from this folder and
// uses no network.
func TestFirstTenMinutes(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	touchSources(t)
	text, _, found := strings.Cut(page(t, "docs/tutorial.md"), "\n## ")
	require.True(t, found)

	u := newUser(t)
	blocks := regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(text, -1)
	require.Greater(t, len(blocks), 8)
	for _, b := range blocks {
		u.follow(b[1], b[2])
	}
	assert.Equal(t, 3, u.runs["go test"], "it passes, it fails, it passes")
}

// user follows a document at a shell.
type user struct {
	*testing.T
	env  []string
	home string
	dir  string // the shell is here, below home
	runs map[string]int
}

func newUser(t *testing.T) *user {
	steady.Need(t, "git") // the tutorial clones the repository
	root, home := published(t), t.TempDir()
	bin := filepath.Join(home, "bin")
	return &user{T: t, home: home, dir: home, runs: map[string]int{}, env: append(steady.Env(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=url.file://"+root+".insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/leakcheck-go/goroutine",
		"GOBIN="+bin, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"GOPROXY=off", "GOFLAGS=", "GOWORK=off")}
}

// follow does what a fenced block says.
func (u *user) follow(language, text string) {
	u.Helper()
	switch language {
	case "sh":
		for line := range strings.Lines(text) {
			out, err := u.shell(line)
			require.NoError(u, err, "%s\n%s", line, out)
		}
	case "console":
		for _, part := range strings.Split("\n"+text, "\n$ ")[1:] {
			line, shown, _ := strings.Cut(part, "\n")
			out, err := u.shell(line)
			var exit *exec.ExitError
			require.True(u, err == nil || errors.As(err, &exit), "%s: %v", line, err)
			assert.Equal(u, strings.Contains(shown, "FAIL") || strings.Contains(shown, " leaks in "), err != nil, "%s", out)
			assert.NoError(u, steady.Compare(strings.TrimSuffix(shown, "\n")+"\n", out), "$ %s\n%s", line, out)
		}
	case "go":
		first, _, _ := strings.Cut(text, "\n")
		name, found := strings.CutPrefix(first, "// ")
		require.True(u, found, "the file's name is missing:\n%s", text)
		writeFile(u.T, u.dir, name, text)
	case "diff":
		u.patch(text)
	default:
		require.Fail(u, "what to do with this?", "%s", language)
	}
}

// shell runs a line where the one before it ended, and returns what it printed.
func (u *user) shell(line string) (string, error) {
	line = strings.TrimSpace(line)
	u.runs[line]++
	where := filepath.Join(u.home, "where")
	cmd := exec.Command("sh", "-c", line+"\nstatus=$?\npwd >"+where+"\nexit $status")
	cmd.Dir, cmd.Env = u.dir, u.env
	if strings.Contains(line, " install ") {
		// The folder is another one in each run. Without its name in what is
		// built, the build cache knows the packages nevertheless.
		cmd.Env = append(slices.Clip(u.env), "GOFLAGS=-trimpath")
	}
	out, err := cmd.CombinedOutput()
	if dir, readErr := os.ReadFile(where); readErr == nil {
		u.dir = strings.TrimSpace(string(dir))
	}
	return string(out), err
}

// patch changes the one Go file here that has the lines of the diff that are
// there before.
func (u *user) patch(diff string) {
	u.Helper()
	var before, after string
	for line := range strings.Lines(diff) {
		switch rest := line[1:]; line[0] {
		case '-':
			before += rest
		case '+':
			after += rest
		default:
			before, after = before+rest, after+rest
		}
	}
	names, err := filepath.Glob(filepath.Join(u.dir, "*.go"))
	require.NoError(u, err)
	changed := 0
	for _, name := range names {
		source, err := os.ReadFile(name)
		require.NoError(u, err)
		if bytes.Count(source, []byte(before)) == 1 {
			changed++
			writeFile(u.T, "", name, strings.Replace(string(source), before, after, 1))
		}
	}
	require.Equal(u, 1, changed, "files with these lines:\n%s", before)
}

// published makes a repository of what lies here and returns where it is.
func published(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".git": // a folder, or in a work tree of its own a file
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(dir, path), 0o777)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, path), text, 0o666)
	})
	require.NoError(t, err)
	for _, args := range []string{"init -q", "add -A", "-c user.name=t -c user.email=t@example.com commit -qm all"} {
		cmd := exec.Command("git", strings.Fields(args)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "git %s\n%s", args, out)
	}
	return filepath.ToSlash(dir)
}
