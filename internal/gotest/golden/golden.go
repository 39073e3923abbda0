// Package golden compares what a test gets with golden files.
package golden

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Update says that golden files are to be rewritten: -update.
var Update = flag.Bool("update", false, "rewrite the golden files")

// Compare compares got with the golden file of this name, or writes it. The reasons
// for the file, if there are any, go with a failure.
func Compare(t testing.TB, name, got string, reasons ...string) {
	t.Helper()
	if *Update {
		require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	// Git writes lines of Windows there.
	assert.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), got, "%s (%s); -update rewrites it", name,
		strings.Join(reasons, ", "))
}
