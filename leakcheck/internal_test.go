package leakcheck

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// A test's return line is all that tells a deferred Verify from one at the top.
func TestReturns(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"}":                        true,
		"return":                   true,
		"if err != nil { return }": true,
		"} // end":                 true,
		"})":                       true, // a subtest's closure
		"}},":                      true, // a closure in a table
		"leakcheck.Verify(t)":      false,
		"setup(t)":                 false,
		"defer check(t)()":         false, // check runs now
		"}()":                      false, // a closure called where it stands
		"}.Start(t)":               false, // a method of a literal
		"leakcheck.Verify(t) // }": false,
		"func TestX(t *testing.T) { defer leakcheck.Verify(t); f() }":                 true,
		"func TestX(t *testing.T) { leakcheck.Verify(t); f() }":                       false,
		`t.Run("leak", func(t *testing.T) { defer leakcheck.Verify(t); f() })`:        true,
		`t.Run("leak", func(t *testing.T) { leakcheck.Verify(t); defer f() })`:        false,
		`t.Run("leak", func(t *testing.T) { defer check(t)(); leakcheck.Verify(t) })`: false,
	} {
		assert.Equal(t, want, returns(line), "line %q", line)
	}
}

// What the user's Cleanup does must not reach the exit code.
func TestCleanupIsContained(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(int){
		"panic":  func(int) { panic(errors.New("boom")) },
		"goexit": func(int) { runtime.Goexit() },
		"return": func(int) {},
	} {
		var stderr strings.Builder
		<-callCleanup(f, 1, &stderr)
		assert.Equal(t, name == "panic", strings.Contains(stderr.String(), "boom"), name)
	}
}

// Annotations name files below the repository, which a module need not fill.
func TestInRepository(t *testing.T) {
	t.Parallel()
	repo := t.TempDir()
	module := filepath.Join(repo, "go", "shop")
	require.NoError(t, os.MkdirAll(module, 0o777))
	assert.Empty(t, inRepository(filepath.Join(module, "not", "there")), "no repository at all")
	require.NoError(t, os.WriteFile(filepath.Join(repo, ".git"), []byte("gitdir: elsewhere\n"), 0o666))
	assert.Equal(t, "go/shop", inRepository(module), "also in a worktree, where .git is a file")
	assert.Empty(t, inRepository(repo))
	assert.Empty(t, inRepository(""), "a binary without its source")
}

// A report marshals to the documented form, a clean one as well.
func TestReportMarshals(t *testing.T) {
	t.Parallel()
	leaks := []report.Leak{{Goroutine: stackparse.Goroutine{ID: 7, State: "chan send"}}}
	for _, r := range []*Report{{}, {r: report.Build("TestX", leaks, source.Here())}} {
		data, err := json.Marshal(r)
		require.NoError(t, err)
		back, err := report.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		assert.Equal(t, r.Len(), back.Total)
	}
}

func TestBaselineOption(t *testing.T) {
	t.Parallel()
	golden.Panics(t, "no path", func() { Baseline("") })
	a, b := newConfig([]Option{Baseline("testdata/a.json")}), newConfig([]Option{Baseline("testdata/b.json"), Baseline("testdata/../testdata/a.json")})
	assert.Same(t, a.Baseline, b.Baseline, "one file has one count, and the last option counts")
	assert.Nil(t, newConfig(nil).Baseline)
}
