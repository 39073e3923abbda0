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
		events bool
		args   []string
		marked bool // the folder is there
		want   role
	}{
		{"go test -json runs it", true, nil, false, root},
		{"somebody runs what -c has built", false, []string{"-test.v=true"}, false, alone},
		{"a test starts it", false, []string{"-test.run=X"}, true, helper},
		{"a test starts it with its own arguments", true, []string{"-test.run=X"}, true, helper},
		{"package testing starts it to run inputs", true, []string{"-test.fuzzworker"}, true, worker},
		{"the same, with two dashes", false, []string{"--test.fuzzworker"}, false, worker},
	} {
		dir := t.TempDir()
		mark := filepath.Join(dir, markName)
		if tt.marked {
			require.NoError(t, os.Mkdir(mark, 0o700))
		}
		got, folder := findRole(tt.events, tt.args, filepath.Join(dir, "x.test"))
		assert.Equal(t, tt.want, got, tt.reason)
		if tt.marked {
			assert.Equal(t, mark, folder, tt.reason)
		} else {
			assert.Empty(t, folder, tt.reason)
		}
	}
	got, folder := findRole(true, nil, "")
	assert.Equal(t, root, got, "the system does not name the program")
	assert.Empty(t, folder)

	dir := t.TempDir()
	assert.Equal(t, filepath.Join(dir, markName), makeMark(filepath.Join(dir, "x.test")))
	assert.DirExists(t, filepath.Join(dir, markName))
	assert.Empty(t, makeMark(filepath.Join(dir, "gone", "x.test")), "its folder cannot be written")
	assert.Empty(t, makeMark(""))
}

// A report stands under the line of the test's function, as package testing
// names files.
func TestPlace(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "role_test.go:12", place(TestRole))
	assert.Equal(t, "?", place(nil))
	assert.Equal(t, "?", place((func())(nil)))
}
