package repocheck_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a module that imports leakcheck carries. A bound that is passed by a
// little may be raised; one that is passed by much tells of a new import.
const (
	maxSumLines = 4         // of go.sum: a module of tests, and what its tests need
	maxWeight   = 3_600_000 // bytes that leakcheck adds to a test binary
)

// TestWeight builds a module as a user would start one.
func TestWeight(t *testing.T) {
	t.Parallel()
	touchSources(t)
	root, err := os.Getwd()
	require.NoError(t, err)
	dir := t.TempDir()
	writeFile(t, dir, "go.mod", fmt.Sprintf("module example.com/user\n\ngo 1.26.0\n\nrequire %[1]s v0.0.0\n\nreplace %[1]s => %[2]s\n", modulePath, root))
	for _, name := range []string{"checked", "plain"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o777))
	}
	writeFile(t, dir, "plain/a_test.go", "package a\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n")
	writeFile(t, dir, "checked/a_test.go", "package a\n\nimport (\n\t\"testing\"\n\n\t\""+modulePath+"/leakcheck\"\n)\n\n"+
		"func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m) }\n\nfunc TestA(t *testing.T) {}\n")
	env := []string{"GOFLAGS=", "GOWORK=off"}
	goCommand(t, env, "-C", dir, "mod", "tidy")

	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(mod), "require"), "no module but this one\n%s", mod)
	assert.NotContains(t, string(mod), "indirect")
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	require.NoError(t, err)
	assert.LessOrEqual(t, strings.Count(string(sum), "\n"), maxSumLines, "%s", sum)

	size := map[string]int64{}
	for _, name := range []string{"checked", "plain"} {
		goCommand(t, env, "-C", dir, "test", "-c", "-o", name+".test", "./"+name)
		info, err := os.Stat(filepath.Join(dir, name+".test"))
		require.NoError(t, err)
		size[name] = info.Size()
	}
	t.Logf("a test binary has %d bytes, and %d with leakcheck", size["plain"], size["checked"])
	assert.Less(t, size["checked"]-size["plain"], int64(maxWeight))
}
