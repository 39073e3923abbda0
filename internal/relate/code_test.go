package relate_test

import (
	"os"
	"path/filepath"
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
