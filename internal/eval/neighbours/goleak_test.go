// Package neighbours_test runs other checkers where leakcheck is, too.
package neighbours_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
)

// guarded is a package that goleak checks. Goleak cannot read a stack that has
// ancestors, or labels, of a goroutine without a creator, as those of cleanups and
// finalizers are.
const guarded = `package guarded

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEnvironment(t *testing.T) {
	defer goleak.VerifyNone(t)
	if value, ok := os.LookupEnv("GODEBUG"); ok {
		t.Errorf("GODEBUG=%s", value)
	}
	stop := make(chan struct{})
	go func() { <-stop }()
	defer close(stop)
	for range 2 {
		func() { runtime.AddCleanup(new([64]byte), func(int) {}, 0) }()
		runtime.SetFinalizer(new([64]byte), func(*[64]byte) {})
		runtime.GC()
	}
	buf := make([]byte, 1<<20)
	dump := string(buf[:runtime.Stack(buf, true)])
	for _, ours := range []string{"originating from", "leakcheck", "labels:", "{"} {
		for line := range strings.Lines(dump) {
			if (strings.HasPrefix(line, "goroutine ") || strings.HasPrefix(line, "[")) && strings.Contains(line, ours) {
				t.Errorf("a line of the dump is not as ever: %s", line)
			}
		}
	}
	for line := range strings.Lines(dump) {
		if strings.HasPrefix(line, "leakcheck") || strings.HasPrefix(line, "created by leakcheck") {
			t.Errorf("something of leakcheck runs: %s", line)
		}
	}
}
`

// leaky leaves a goroutine that the library started, for which leakcheck test runs
// the package once more, with ancestors in its stacks.
const leaky = `package leaky

import (
	"testing"

	"example.com/m/library"
)

func TestLeak(t *testing.T) { library.Start() }
`

// TestGoleak: what leakcheck test leaves alone runs as it does without it, also
// next to what it looks at twice.
func TestGoleak(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sum, err := os.ReadFile("../go.sum")
	require.NoError(t, err)
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26.0\n\nrequire (\n\texample.com/m/library v0.0.0\n\tgo.uber.org/goleak v1.3.0\n)\n\n" +
			"replace example.com/m/library => ./library\n",
		"go.sum":                  string(sum),
		"guarded/guarded_test.go": guarded,
		"leaky/leaky_test.go":     leaky,
		"library/go.mod":          "module example.com/m/library\n\ngo 1.26.0\n",
		"library/library.go":      "package library\n\nfunc Start() { go func() { select {} }() }\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	command, err := modules.Leakcheck(t.Context(), t.TempDir())
	require.NoError(t, err)

	cmd := exec.Command(command, "test", "-mod=mod", "./guarded", "./leaky")
	cmd.Dir, cmd.Env = dir, append(without(os.Environ(), "GODEBUG", "GOFLAGS"), "GOPROXY=off")
	out, err := cmd.CombinedOutput()
	require.Error(t, err, "one package leaks")
	assert.Contains(t, string(out), "ok  \texample.com/m/guarded", "%s", out)
	assert.Contains(t, string(out), "example.com/m/guarded: uses go.uber.org/goleak")
	assert.Contains(t, string(out), "1 leak in 1 of 1 package")
	assert.Contains(t, string(out), "leaky_test.go:9", "it ran once more, and the call is known")
}

func without(env []string, names ...string) []string {
	return slices.DeleteFunc(env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(names, name)
	})
}
