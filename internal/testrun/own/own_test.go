package own

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestChecker(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "go.uber.org/goleak", Checker([]string{"testing", "go.uber.org/goleak"}))
	assert.Equal(t, "github.com/leakcheck-go/goroutine/leakcheck/gleak", Checker([]string{"github.com/leakcheck-go/goroutine/leakcheck/gleak"}))
	assert.Equal(t, "github.com/fortytw2/leaktest", Checker([]string{"github.com/fortytw2/leaktest"}))
	assert.Equal(t, "github.com/onsi/gomega/gleak", Checker([]string{"github.com/onsi/gomega", "github.com/onsi/gomega/gleak"}))
	assert.Empty(t, Checker([]string{"go.uber.org/goleaks", "github.com/onsi/gomega"}), "another package with that beginning")
}

func TestInBinary(t *testing.T) {
	t.Parallel()
	const uses = "package a\n\nimport _ \"go.uber.org/goleak\"\n"
	for _, tt := range []struct {
		reason string
		files  map[string]string
		binary string
		want   string
	}{
		{"a file of the binary imports it", map[string]string{"a_test.go": uses}, "\x00/src/m/a_test.go\x00", "go.uber.org/goleak"},
		{"the file is for another system", map[string]string{"a_windows_test.go": uses, "b_test.go": "package a"}, "\x00/src/m/b_test.go\x00go.uber.org/goleak.Find\x00", ""},
		{"it is named and not imported", map[string]string{"a_test.go": "package a\n\n// See go.uber.org/goleak.\n"}, "\x00/src/m/a_test.go\x00", ""},
		{"a package that the tests import uses it", map[string]string{"a_test.go": "package a"}, "\x00/src/m/a_test.go\x00go.uber.org/goleak.Find\x00", ""},
		{"a file that is no Go", map[string]string{"a_test.go": "go.uber.org/goleak"}, "\x00/a_test.go\x00", ""},
		{"no sources, and code of it", nil, "\x00go.uber.org/goleak.Find\x00", "go.uber.org/goleak"},
		{"no sources, and a text that names it", nil, "see go.uber.org/goleak.Find", ""},
	} {
		dir := t.TempDir()
		exe := filepath.Join(dir, "a.test")
		require.NoError(t, os.WriteFile(exe, []byte(tt.binary), 0o600))
		for name, text := range tt.files {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		}
		assert.Equal(t, tt.want, InBinary(dir, exe), tt.reason)
	}
	assert.Empty(t, InBinary(filepath.Join(t.TempDir(), "gone"), ""))
}
