package hook

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRole(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		args   []string
		marked bool // the folder is there
		want   role
		mark   bool // the process may use it
	}{
		{"go test -json runs it", []string{jsonFlag, "-test.v=false"}, false, root, true},
		{"somebody runs what -c has built", []string{"-test.v=true"}, false, alone, false},
		{"a test starts it", []string{"-test.run=X"}, true, helper, true},
		{"a test starts it with its own arguments", []string{jsonFlag, "-test.run=X"}, true, helper, true},
		{"package testing starts it to run inputs", []string{jsonFlag, "-test.fuzzworker"}, true, worker, true},
		{"the same, with two dashes", []string{"--test.fuzzworker"}, false, worker, false},
	} {
		dir := t.TempDir()
		mark := filepath.Join(dir, markName)
		if tt.marked {
			require.NoError(t, os.Mkdir(mark, 0o700))
		}
		got, folder := findRole(tt.args, filepath.Join(dir, "x.test"))
		assert.Equal(t, tt.want, got, tt.reason)
		if tt.mark {
			assert.Equal(t, mark, folder, tt.reason)
			assert.DirExists(t, mark, tt.reason)
		} else {
			assert.Empty(t, folder, tt.reason)
		}
	}
	got, folder := findRole([]string{jsonFlag}, "")
	assert.Equal(t, root, got, "the system does not name the program")
	assert.Empty(t, folder)
	got, folder = findRole([]string{jsonFlag}, filepath.Join(t.TempDir(), "gone", "x.test"))
	assert.Equal(t, root, got, "its folder cannot be written")
	assert.Empty(t, folder)
}

// A report stands under the line of the test's function, as package testing
// names files.
func TestPlace(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "role_test.go:12", place(TestRole))
	assert.Equal(t, "?", place(nil))
	assert.Equal(t, "?", place((func())(nil)))
}
