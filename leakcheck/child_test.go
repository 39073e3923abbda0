package leakcheck_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// The tests of this file's users run real test binaries, because that is where
// the checker works, and read what they print.

// children builds each package below testdata once for the process, into a
// folder that TestMain takes away.
var children = struct {
	sync.Mutex
	dir   string
	built map[string]func() (string, error)
}{built: map[string]func() (string, error){}}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "leakcheck")
	if err != nil {
		panic(err)
	}
	children.dir = dir
	if os.Getenv(exampleVariable) == "" { // else inProcess has chosen
		unsetenv()
	}
	// The children mostly wait, so more of them fit than there are processors.
	// A -parallel on the command line is parsed later and wins.
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// noDWARF has the linker leave out what debuggers read, as go test does for a binary
// that it runs. That is half of the linker's work.
const noDWARF = "-ldflags=-w"

// binary returns the path of the test binary of testdata/name.
func binary(t testing.TB, name string) string {
	t.Helper()
	children.Lock()
	build := children.built[name]
	if build == nil {
		build = sync.OnceValues(func() (string, error) {
			path := filepath.Join(children.dir, name+".test.exe")
			out, err := exec.Command("go", "test", "-c", noDWARF, raceFlag, "-o", path, "./testdata/"+name).CombinedOutput()
			if err != nil {
				err = errors.New(string(out))
			}
			return path, err
		})
		children.built[name] = build
	}
	children.Unlock()
	path, err := build()
	require.NoError(t, err)
	return path
}

// unsetenv takes what changes how the checker reports out of the environment:
// examples print reports in this process.
func unsetenv() {
	kept := steady.Env()
	for _, kv := range os.Environ() {
		if !slices.Contains(kept, kv) {
			name, _, _ := strings.Cut(kv, "=")
			os.Unsetenv(name)
		}
	}
}

// result is what a run of a test binary left.
type result struct {
	out  string
	code int
}

// run runs the tests of testdata/name as go test would, with env added to an
// environment without settings of ours.
func run(t testing.TB, name string, env []string, args ...string) result {
	t.Helper()
	return runIn(t, filepath.Join("testdata", name), name, env, args...)
}

// runIn is run in another folder, for a binary that writes files.
func runIn(t testing.TB, dir, name string, env []string, args ...string) result {
	t.Helper()
	return runFile(t, binary(t, name), dir, env, args...)
}

// runFile is runIn for a binary that a test built itself.
func runFile(t testing.TB, file, dir string, env []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.Dir = dir
	cmd.Env = append(steady.Env(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		require.NoError(t, err, out.String())
	}
	for _, c := range out.Bytes() {
		if c < ' ' && c != '\n' && c != '\t' {
			require.Fail(t, "raw control character in the output", "%q", out.String())
		}
	}
	return result{out.String(), cmd.ProcessState.ExitCode()}
}
