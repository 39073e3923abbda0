package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"leakcheck": func() { os.Exit(Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the scripts of testdata/script, each in a folder with the
// files of its archive. Modules and build cache are those of this process, and
// no script reaches a network. Without CI a script stops after its first commands,
// or is skipped: each command builds test binaries.
func TestScripts(t *testing.T) {
	t.Parallel()
	steady.Need(t, "git") // which tells what a command has changed
	takeHangups(t)
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	cache, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	require.NoError(t, err)
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	var dirs [2]string
	for i, f := range strings.Fields(string(cache)) {
		dirs[i] = f
	}
	testscript.Run(t, testscript.Params{
		Files: scripts,
		Setup: func(e *testscript.Env) error {
			tmp := filepath.Join(e.WorkDir, ".tmp")
			e.Vars = append(e.Vars, "GOCACHE="+dirs[0], "GOMODCACHE="+dirs[1], "GOPROXY=off", "GOFLAGS=", "GOWORK=", "GOTOOLCHAIN=local",
				"GOEXPERIMENT=", "GODEBUG=", "TMPDIR="+tmp, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
				"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com", "LEAKCHECK_MODULE="+root)
			return os.MkdirAll(tmp, 0o755)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"jsonlines": jsonLines,
			"waitfile":  waitFile,
			"unchanged": unchanged,
			"baseline":  commit,
			"verdicts":  verdicts,
		},
		Condition: func(name string) (bool, error) {
			if name != "full" {
				return false, fmt.Errorf("there is no condition %q", name)
			}
			return steady.Full(), nil
		},
	})
}

// jsonLines reports whether each line of a file is a JSON value: jsonlines FILE.
func jsonLines(ts *testscript.TestScript, neg bool, args []string) {
	lines := bufio.NewScanner(openFile(ts, args[0]))
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		if !json.Valid(lines.Bytes()) {
			ts.Fatalf("not JSON: %s", lines.Bytes())
		}
		n++
	}
	ts.Check(lines.Err())
	if n == 0 {
		ts.Fatalf("%s is empty", args[0])
	}
}

func openFile(ts *testscript.TestScript, name string) *os.File {
	f, err := os.Open(ts.MkAbs(name))
	ts.Check(err)
	ts.Defer(func() { _ = f.Close() })
	return f
}

// commit makes the current folder a git repository that holds what is there.
func commit(ts *testscript.TestScript, neg bool, args []string) {
	for _, a := range [][]string{{"init", "-q"}, {"add", "-A"}, {"commit", "-q", "-m", "fixture"}} {
		ts.Check(ts.Exec("git", a...))
	}
}

// unchanged fails when a file of the repository was changed, added, touched by
// name or taken away, empty folders included, or a temporary file is left.
func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(ts.Exec("git", "status", "--porcelain", "--ignored"))
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("git status:\n%s", out)
	}
	ts.Check(ts.Exec("find", ".", "-path", "./.git", "-prune", "-o", "-type", "d", "-empty", "-print"))
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("empty folders:\n%s", out)
	}
	left, err := os.ReadDir(ts.Getenv("TMPDIR"))
	ts.Check(err)
	if len(left) > 0 {
		ts.Fatalf("left in the temporary folder: %v", left)
	}
}

// waitFile waits until a file is there: waitfile FILE.
func waitFile(ts *testscript.TestScript, neg bool, args []string) {
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s: not there yet", args[0])
}
