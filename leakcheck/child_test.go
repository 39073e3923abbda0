package leakcheck_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
	dir     string
	of      map[string]*batch
	waiting *batch
	running sync.Mutex // the go command, which one batch has at a time
}{of: map[string]*batch{}}

// batch is the packages that one go command builds: those that tests ask for
// while the one before it runs. Loading the same imports for each of them would
// take as long as the rest of the build.
type batch struct {
	names []string
	build func() error
}

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

// sample is the packages below testdata that are built without CI: one for each
// door and for each thing that a report tells. The others are more shapes of tests,
// more tests at once, and the programs that have to stay silent.
var sample = []string{"verify", "testmain", "api", "hung", "bubble", "clean", "unasked", "heap", "ratchet", "things"}

// binary returns the path of the test binary of testdata/name. Without CI it skips
// t where that is not in the sample.
func binary(t testing.TB, name string) string {
	t.Helper()
	if !slices.Contains(sample, name) {
		steady.Slow(t)
	}
	children.Lock()
	b := children.of[name]
	if b == nil {
		if children.waiting == nil {
			children.waiting = newBatch()
		}
		b = children.waiting
		b.names = append(b.names, name)
		children.of[name] = b
	}
	children.Unlock()
	require.NoError(t, b.build())
	return filepath.Join(children.dir, name+".test"+exeSuffix())
}

func newBatch() *batch {
	b := &batch{}
	b.build = sync.OnceValue(func() error {
		children.running.Lock()
		defer children.running.Unlock()
		children.Lock()
		children.waiting = nil // what is asked for from now on is of the next batch
		children.Unlock()
		args := []string{"test", "-c", noDWARF, raceFlag, "-o", children.dir + string(filepath.Separator)}
		for _, name := range b.names {
			args = append(args, "./testdata/"+name)
		}
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			return errors.New(string(out))
		}
		return nil
	})
	return b
}

// exeSuffix ends the names that the go command gives to programs.
func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
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
// environment without settings of leakcheck.
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
