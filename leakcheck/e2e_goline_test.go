package leakcheck_test

import (
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// Whether the runtime prints labels depends on the go line of the main module
// (its GODEBUG defaults). Tests have to be told apart with either: the one
// that this project supports first, and the one of the release that runs.
func TestE2EGoLine(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	fixture := source(t, filepath.Join("testdata", "crowd", "crowd_test.go"))
	// "go1.26.8-X:goroutineleakprofile" with an experiment: no go line says so.
	release, _, _ := strings.Cut(strings.TrimPrefix(strings.Fields(runtime.Version())[0], "go"), "-")
	lines := []string{"1.26.0"}
	if version.Lang("go"+release) != "go1.26" { // within a release the defaults are the same
		lines = append(lines, release)
	}
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "crowd")
			require.NoError(t, os.Mkdir(dir, 0o777))
			mod := "module example.com/crowd\n\ngo " + line + "\n\nrequire github.com/leakcheck-go/goroutine v0.0.0\n\n" +
				"replace github.com/leakcheck-go/goroutine => " + filepath.ToSlash(root) + "\n"
			require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o666))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "crowd_test.go"), []byte(fixture), 0o666))
			exe := filepath.Join(dir, "crowd.test.exe")
			build := exec.Command("go", "test", "-c", noDWARF, raceFlag, "-mod=mod", "-o", exe, ".")
			build.Dir = dir
			build.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local")
			out, err := build.CombinedOutput()
			require.NoError(t, err, "%s", out)
			r := runFile(t, exe, dir, append(crowdEnv, "GODEBUG=madvdontneed=1"), crowdFlags()...)
			assertCrowd(t, r)
			assert.Contains(t, r.out, "GODEBUG is madvdontneed=1\n", "the environment is as it was")
		})
	}
}
