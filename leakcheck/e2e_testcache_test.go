package leakcheck_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// go test repeats an old result without running anything when nothing changed
// that the test read. A baseline is such a thing, also where only TestMain, which
// runs outside of what the testing package takes notes of, has it.
func TestE2ETestCache(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	write := func(name, text string) {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		// The go command trusts no file that changed just now.
		old := time.Now().Add(-time.Hour)
		require.NoError(t, os.Chtimes(file, old, old))
	}
	write("go.mod", "module example.com/cached\n\ngo 1.26\n\nrequire github.com/leakcheck-go/goroutine v0.0.0\n\n"+
		"replace github.com/leakcheck-go/goroutine => "+filepath.ToSlash(root)+"\n")
	// Where the baseline is named.
	places := map[string]string{
		"inmain": "func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m, leakcheck.Baseline(\"leaks.json\")) }\n" +
			"func TestX(*testing.T) { go func() { select {} }() }\n",
		"intest": "func TestX(t *testing.T) {\n\tleakcheck.Verify(t, leakcheck.Baseline(\"leaks.json\"))\n\tgo func() { select {} }()\n}\n",
	}
	for place, text := range places {
		write(place+"/x_test.go", "package cached\n\nimport (\n\t\"testing\"\n\n\t\"github.com/leakcheck-go/goroutine/leakcheck\"\n)\n\n"+text)
		write(place+"/leaks.json", "{\"version\": 1, \"leaks\": []}\n")
	}
	gotest := func(env ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "./...")
		cmd.Dir = dir
		for _, kv := range os.Environ() {
			if !strings.HasPrefix(kv, "LEAKCHECK_") && !strings.HasPrefix(kv, "GOFLAGS=") {
				cmd.Env = append(cmd.Env, kv)
			}
		}
		cmd.Env = append(cmd.Env, append(env, "GOFLAGS=-mod=mod", "GOPROXY=off")...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := gotest("LEAKCHECK_UPDATE_BASELINE=1")
	require.NoError(t, err, out)
	for place := range places {
		file := place + "/leaks.json"
		write(file, source(t, filepath.Join(dir, filepath.FromSlash(file))))
	}

	out, err = gotest()
	require.NoError(t, err, out)
	assert.NotContains(t, out, "(cached)", "the variable is another one")
	out, err = gotest()
	require.NoError(t, err, out)
	assert.Equal(t, len(places), strings.Count(out, "(cached)"), "all is as it was: %s", out)

	for place := range places {
		write(place+"/leaks.json", "{}\n")
	}
	out, err = gotest()
	assert.Error(t, err, "the files are other ones")
	assert.Equal(t, len(places), strings.Count(out, `leaks.json:1: "version" `), out)
}
