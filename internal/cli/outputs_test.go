package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What cannot be written, or would destroy another file of the run, is found
// before any test runs.
func TestOutputsAreCheckedFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	known := filepath.Join(dir, "leaks.json")
	require.NoError(t, os.WriteFile(known, []byte(`{"version": 1, "leaks": []}`), 0o644))
	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink("leaks.json", link))
	for _, row := range []struct {
		args, want, reason string
	}{
		{"-o json=DIR/leaks.json -baseline DIR/leaks.json", "the file is that of -baseline", "the same name"},
		{"-o json=DIR/link -baseline DIR/leaks.json", "the file is that of -baseline", "by a link"},
		{"-o json=DIR/leaks.json -baseline DIR/link", "the file is that of -baseline", "the other way round"},
		{"-o json=DIR/./new -update-baseline -baseline DIR/new", "the file is that of -baseline", "a file that is yet to be made"},
		{"-o json=DIR/r -o html=DIR/x/../r", "the file is that of -o json=", "two reports"},
		{"-o json=DIR/none/r", "no such file", "no folder"},
		{"-o json=DIR", "is a folder", "a folder"},
		{"-update-baseline -baseline DIR/leaks.json/x", "not a directory", "a baseline below a file"},
	} {
		var out, errs bytes.Buffer
		args := append([]string{"test"}, strings.Fields(strings.ReplaceAll(row.args, "DIR", dir))...)
		args = append(args, "-C", filepath.Join(dir, "no module here"))
		assert.Equal(t, exitUsage, Run(args, strings.NewReader(""), &out, &errs), row.reason)
		assert.Contains(t, errs.String(), row.want, row.reason)
	}
	text, err := os.ReadFile(known)
	require.NoError(t, err)
	assert.Equal(t, `{"version": 1, "leaks": []}`, string(text))
}

type full struct{ after int }

var errFull = errors.New("no space left on device")

func (f *full) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// No command whose output was lost exits as if all was well.
func TestLostOutputIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dump := filepath.Join(dir, "dump.txt")
	require.NoError(t, os.WriteFile(dump, []byte("goroutine 7 [chan send, 20 minutes]:\nmain.a()\n\t/src/a.go:5 +0x1d\n"), 0o644))
	old := filepath.Join(dir, "a_test.go")
	require.NoError(t, os.WriteFile(old, []byte("package a\n\nimport (\n\t\"testing\"\n\n\t\"go.uber.org/goleak\"\n)\n\n"+
		"func TestA(t *testing.T) { defer goleak.VerifyNone(t) }\n"), 0o644))
	for _, line := range []string{
		"help", "help test", "test -h", "report -exit-zero DUMP", "report -o json -exit-zero DUMP", "diff DUMP DUMP", "diff -o json DUMP DUMP",
		"filters", "filters -syntax", "explain", "explain chan-send", "completion bash", "migrate " + old,
	} {
		for _, after := range []int{0, 30} {
			var errs bytes.Buffer
			args := strings.Fields(strings.ReplaceAll(line, "DUMP", dump))
			assert.Equal(t, exitUsage, Run(args, strings.NewReader(""), &full{after}, &errs), line)
			assert.Contains(t, errs.String(), errFull.Error(), line)
		}
	}
}
