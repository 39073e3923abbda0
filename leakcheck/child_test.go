package leakcheck_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// binary returns the path of the test binary of testdata/name.
func binary(t *testing.T, name string) string {
	t.Helper()
	children.Lock()
	build := children.built[name]
	if build == nil {
		build = sync.OnceValues(func() (string, error) {
			path := filepath.Join(children.dir, name+".test.exe")
			out, err := exec.Command("go", "test", "-c", raceFlag, "-o", path, "./testdata/"+name).CombinedOutput()
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

// result is what a run of a test binary left.
type result struct {
	out  string
	code int
}

// run runs the tests of testdata/name as go test would, with env added to an
// environment without settings of ours.
func run(t *testing.T, name string, env []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary(t, name), args...)
	cmd.Dir = filepath.Join("testdata", name)
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "LEAKCHECK_") && !strings.HasPrefix(kv, "GODEBUG=") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, env...)
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

// test runs the one named test and requires that it failed with a report.
func failing(t *testing.T, test string, env ...string) string {
	t.Helper()
	r := run(t, "leaks", env, "-test.run=^"+test+"$")
	require.Equal(t, 1, r.code, r.out)
	require.Contains(t, r.out, "--- FAIL: "+test, "the test itself fails")
	return r.out
}

// line returns the number of the line of testdata/name/name_test.go that ends
// with the comment mark.
func line(t *testing.T, name, mark string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name, name+"_test.go"))
	require.NoError(t, err)
	for i, text := range strings.Split(string(src), "\n") {
		if strings.HasSuffix(text, "// "+mark) {
			return name + "_test.go:" + itoa(i+1)
		}
	}
	require.Fail(t, "no such mark", mark)
	return ""
}

// duration returns the time that the output gives for a test.
func duration(t *testing.T, out, test string) time.Duration {
	t.Helper()
	_, rest, ok := strings.Cut(out, ": "+test+" (")
	require.True(t, ok, out)
	text, _, _ := strings.Cut(rest, ")")
	d, err := time.ParseDuration(text)
	require.NoError(t, err)
	return d
}

// lines counts the lines from the one with the summary of the report.
func reportLines(t *testing.T, out string) int {
	t.Helper()
	_, report, ok := strings.Cut(out, "leakcheck: ")
	assert.True(t, ok, out)
	report, _, _ = strings.Cut(report, "\nFAIL")
	return 1 + strings.Count(report, "\n")
}
