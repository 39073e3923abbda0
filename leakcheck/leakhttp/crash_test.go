package leakhttp

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const crashVariable = "LEAKHTTP_CRASH"

// TestCrashing is the process that crashes, where the tests below start it.
func TestCrashing(t *testing.T) {
	dir, how := os.Getenv(crashVariable), os.Getenv(crashVariable+"_HOW")
	if dir == "" {
		return
	}
	if err := CrashOutput(dir, slog.New(slog.NewTextHandler(os.Stdout, nil))); err != nil {
		fmt.Println(err)
	}
	if how == "panic" {
		crash(nil)
	}
}

func crash(m map[string]int) { m["orders"]++ }

// start runs that process and returns what it logs.
func start(t *testing.T, dir, how string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashing$", "-test.count=1")
	cmd.Env = append(os.Environ(), crashVariable+"="+dir, crashVariable+"_HOW="+how)
	out, err := cmd.CombinedOutput()
	assert.Equal(t, how == "panic", err != nil, "%s", out)
	return string(out)
}

func TestCrashOutput(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a[b]*")
	assert.NotContains(t, start(t, dir, "panic"), "explained=", "it is the first one")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 1)
	assert.True(t, strings.HasSuffix(files[0].Name(), ".new"))

	log := start(t, dir, "")
	assert.Contains(t, log, " explained=")
	assert.Contains(t, log, `message="panic: assignment to entry in nil map`)
	assert.Contains(t, log, "crash_test.go:")
	assert.Contains(t, log, "leakhttp.crash")
	assert.NotContains(t, start(t, dir, ""), "explained=", "it is logged once")

	files, err = os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 2, "the crash, and the file of the last process, which has not crashed")
	kept := 0
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".txt") {
			kept++
			assert.Contains(t, read(filepath.Join(dir, f.Name())), "panic: assignment to entry in nil map")
		}
	}
	assert.Equal(t, 1, kept)
}

func TestCrashesAreBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 2 * keptCrashes {
		name := fmt.Sprintf("%s2026112%dT%02d0000.000Z-1.new", crashPrefix, i/10, i%10)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("fatal error: \x1b[2J\n\ngoroutine 1 [running]:\n"), 0o600))
	}
	other := filepath.Join(dir, "other.txt")
	require.NoError(t, os.WriteFile(other, nil, 0o600))
	log := &buffer{}
	require.NoError(t, explainCrashes(dir, slog.New(slog.NewTextHandler(log, nil))))
	assert.Equal(t, 2*keptCrashes, strings.Count(log.String(), " explained="))
	assert.NotContains(t, log.String(), "\x1b")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, files, keptCrashes+1)
	assert.FileExists(t, other, "what is not ours stays")
	assert.Error(t, CrashOutput(filepath.Join(dir, "no", "parent"), nil))
}
