package relate_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/source"
)

// TestRecordedWithSource reads the dumps with the program that made them at
// hand.
func TestRecordedWithSource(t *testing.T) {
	t.Parallel()
	dumps, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.Len(t, dumps, 4, "two releases, each with and without -race")
	here, err := filepath.Abs("testdata/program")
	require.NoError(t, err)
	for _, file := range dumps {
		dump, err := os.ReadFile(file)
		require.NoError(t, err)
		got := waits(parse(t, strings.ReplaceAll(string(dump), "/home/me/program", filepath.ToSlash(here))), &source.Tree{GoRoot: "/usr/local/go/src/"})
		golden := strings.TrimSuffix(file, ".txt") + "-source.golden"
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		assert.Equal(t, string(want), got, file)
	}
}

// ids is how a goroutine's id stands before its function in what waits prints.
var ids = regexp.MustCompile(`\b\d+ (\(\*|[a-z]+( |\.|$))`)

// TestLive runs the program with the Go release of this test and finds the
// same as in the recorded dumps, but for the ids.
func TestLive(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "run", "testdata/program/main.go")
	var problems strings.Builder
	cmd.Stderr = &problems
	dump, err := cmd.Output()
	require.NoError(t, err, problems.String())
	golden, err := os.ReadFile("testdata/go1.26-source.golden")
	require.NoError(t, err)
	lines := func(text string) []string {
		out := strings.Split(ids.ReplaceAllString(text, "$1"), "\n")
		slices.Sort(out)
		return out
	}
	got := waits(parse(t, string(dump)), source.Here())
	assert.Equal(t, lines(string(golden)), lines(got), "%s", got)
}
