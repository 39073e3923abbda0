package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// The report that a Dumper writes is no dump: its goroutines are in the profile
// that it writes with it.
func TestReportOfADumper(t *testing.T) {
	t.Parallel()
	stop, ready := make(chan struct{}), make(chan struct{})
	defer close(stop)
	for range 3 {
		go func() {
			ready <- struct{}{}
			hangForTest(stop)
		}()
		<-ready
	}
	text, err := leakhttp.NewDumper(t.TempDir(), nil).Dump(t.Context())
	require.NoError(t, err)
	profile := strings.TrimSuffix(text, ".txt") + ".pb.gz"
	run := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := Run(args, strings.NewReader(""), &out, &out)
		return code, out.String()
	}
	_, want := run("report", "-top", "0", profile)
	require.Contains(t, want, "TestReportOfADumper")
	first, _, _ := strings.Cut(want, " in ")

	code, got := run("report", "-top", "0", text)
	assert.NotEqual(t, 2, code, got)
	assert.True(t, strings.HasPrefix(got, first+" in "), "as many as in the profile: %s\n%s", first, got)
	assert.Contains(t, flat(got), "written with")
	_, got = run("report", "-top", "0", text, profile)
	assert.True(t, strings.HasPrefix(got, first+" in "), "both together are one dump: %s\n%s", first, got)
	_, got = run("report", "-top", "0", filepath.Join(filepath.Dir(text), "*"))
	assert.True(t, strings.HasPrefix(got, first+" in "), "so is the folder: %s\n%s", first, got)
	code, got = run("diff", text, profile)
	assert.Equal(t, 0, code, got)
	assert.Contains(t, got, "as before")

	require.NoError(t, os.Remove(profile))
	code, got = run("report", text)
	assert.Equal(t, 2, code)
	golden.Words(t, "no profile", strings.ReplaceAll(flat(got), text, "leaks.txt"))
	renamed := filepath.Join(t.TempDir(), "leaks.log")
	require.NoError(t, os.Rename(text, renamed))
	code, got = run("report", renamed)
	assert.Equal(t, 2, code)
	golden.Words(t, "renamed", strings.ReplaceAll(flat(got), renamed, "leaks.log"))
}

// flat is a text on one line: where a line breaks depends on the names in it.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }
