package leakcheck_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// published returns what the one report below parent holds, whose folder must
// be named like pattern, and makes sure that nothing else is there.
func published(t *testing.T, parent, pattern string) (r *report.Report, dump []stackparse.Goroutine) {
	t.Helper()
	entries, err := os.ReadDir(parent)
	require.NoError(t, err)
	require.Len(t, entries, 1, "one report, and nothing that is not complete")
	assert.Regexp(t, pattern, entries[0].Name())
	dir := filepath.Join(parent, entries[0].Name())
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return data
	}
	r, err = report.Decode(bytes.NewReader(read("report.json")))
	require.NoError(t, err)
	dump, err = stackparse.Parse(read("goroutines.txt"))
	require.NoError(t, err)
	return r, dump
}

const fixtures = "github.com/leakcheck-go/goroutine/leakcheck/testdata/"

// A test's result carries the number and the causes of its leaks, so that
// whatever reads go test -json, and the JUnit files made of it, has them.
func TestE2EAttributes(t *testing.T) {
	t.Parallel()
	r := run(t, "verify", nil, "-test.v", only("TestSend", "TestSendThenEmpty1"))
	assert.Contains(t, r.out, "=== ATTR  TestSend leakcheck.leaks 1\n")
	assert.Contains(t, r.out, "=== ATTR  TestSend leakcheck.causes chan-send\n")
	assert.Contains(t, r.out, "=== ATTR  TestSend leakcheck.proven ")
	assert.NotContains(t, r.out, "=== ATTR  TestSendThenEmpty1", "a clean test has none")
	r = run(t, "verify", nil, only("TestSend"))
	assert.NotContains(t, r.out, "ATTR", "they are not for people")
}

// LEAKCHECK_REPORT names a folder that need not be there; what a test leaves in
// it tells the same as the text.
func TestE2EReportFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "not", "there")
	r := run(t, "verify", []string{"LEAKCHECK_REPORT=" + dir}, only("TestSend"))
	require.Equal(t, 1, r.code, "%s", r.out)
	got, dump := published(t, dir, `^github\.com_leakcheck-go_goroutine_leakcheck_testdata_verify\.TestSend-\d+$`)
	assert.Equal(t, fixtures+"verify", got.Package)
	assert.Equal(t, "TestSend", got.Subject)
	require.Len(t, got.Findings, 1)
	assert.Equal(t, "chan-send", got.Findings[0].Cause.ID)
	assert.Contains(t, r.out, strings.TrimSpace(strings.SplitN(report.Text{}.String(got), "\n", 2)[0]))
	assert.Greater(t, len(dump), 1, "the dump has the benign ones as well")
	ids := map[int64]bool{}
	for _, g := range dump {
		ids[g.ID] = true
	}
	assert.True(t, ids[got.Findings[0].IDs[0]], "the dump is that which the report was made from")

	r = run(t, "verify", []string{"LEAKCHECK_REPORT=" + filepath.Join(t.TempDir(), "none")}, "-test.v", only("TestSendThenEmpty1"))
	assert.Zero(t, r.code, "%s", r.out)
}

// A relative folder is below that of the package, also for a test that changed
// the working directory; subtests and the process have reports of their own.
func TestE2EReportFilesOfAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := runIn(t, dir, "testmain", []string{"LEAKCHECK_REPORT=reports"}, only("TestHelperGo"))
	require.Equal(t, 1, r.code, "%s", r.out)
	got, _ := published(t, filepath.Join(dir, "reports"), `_testmain\.the_tests-\d+$`)
	assert.Equal(t, "the tests", got.Subject)
	assert.Equal(t, fixtures+"testmain", got.Package)

	dir = t.TempDir()
	r = run(t, "hung", append([]string{"LEAKCHECK_REPORT=" + dir}, quick...), only("TestReachable"), "-test.timeout=6s")
	require.Equal(t, 2, r.code, "%s", r.out)
	got, _ = published(t, dir, `_hung\.TestReachable-\d+$`)
	assert.Equal(t, report.Late, got.Kind, "the watchdog's report before the alarm")
}

// With -artifacts the report is where the test's other artifacts are.
func TestE2EArtifacts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := run(t, "verify", nil, only("TestSend"), "-test.artifacts", "-test.outputdir="+dir)
	require.Equal(t, 1, r.code, "%s", r.out)
	tests, err := filepath.Glob(filepath.Join(dir, "_artifacts", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, tests)
	var found string
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if filepath.Base(path) == "report.json" {
			found = path
		}
		return err
	}))
	require.NotEmpty(t, found, "a report below %s", dir)
	// How package testing names the folder of a test is its own affair.
	assert.Contains(t, found, filepath.Join(dir, "_artifacts")+string(filepath.Separator))

	dir = t.TempDir()
	r = run(t, "testmain", nil, only("TestHelperGo"), "-test.artifacts", "-test.outputdir="+dir)
	require.Equal(t, 1, r.code, "%s", r.out)
	got, _ := published(t, filepath.Join(dir, "_artifacts", "leakcheck", "testdata", "testmain"), `the_tests-\d+$`)
	assert.Equal(t, 1, got.Total)
}

// A folder that cannot be written is one line; the test fails as before.
func TestE2EReportNotWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o666))
	r := run(t, "verify", []string{"LEAKCHECK_REPORT=" + file}, only("TestSend"))
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, "leakcheck: 1 goroutine outlived TestSend")
	assert.Contains(t, r.out, ": mkdir "+file)
	assert.Equal(t, 2, strings.Count(r.out, "leakcheck: "))
}

// GitHub Actions reads commands from standard output, at most ten of which it
// shows, and paths from the root of the repository.
func TestE2EAnnotations(t *testing.T) {
	t.Parallel()
	env := []string{"GITHUB_ACTIONS=true"}
	r := run(t, "verify", env, only("TestSend"))
	file, line, _ := strings.Cut(marked(t, "verify", "send: wait"), ":")
	assert.Contains(t, r.out, "/testdata/verify/"+file+",line="+line+",title=leakcheck%3A 1 x "+title(t, "chan-send")+"::1 goroutine ")
	assert.Equal(t, 1, strings.Count(r.out, "::error"))

	r = run(t, "testmain", env, only("TestHelperGo"))
	assert.Equal(t, 1, strings.Count(r.out, "\n::error "), "the check of the process has them too:\n%s", r.out)

	r = run(t, "verify", env, only("TestSendSleeper", "TestSend"), "-test.count=6")
	assert.Equal(t, 12, strings.Count(r.out, " + "), "the text has all leaks")
	assert.Equal(t, 10, strings.Count(r.out, "::error "), "%s", r.out)

	assert.NotContains(t, run(t, "verify", nil, only("TestSend")).out, "::")
}

// Colours are for terminals; a pipe has them where the environment insists.
func TestE2EColors(t *testing.T) {
	t.Parallel()
	colored := func(env ...string) bool {
		cmd := exec.Command(binary(t, "verify"), only("TestSend"))
		cmd.Dir = filepath.Join("testdata", "verify")
		cmd.Env = append(steady.Env(), env...)
		out, err := cmd.Output()
		require.Error(t, err)
		require.Contains(t, string(out), "leakcheck: ")
		return bytes.Contains(out, []byte("\x1b["))
	}
	assert.False(t, colored("TERM=xterm-256color"), "a pipe")
	assert.True(t, colored("TERM=xterm-256color", "CLICOLOR_FORCE=1", "NO_COLOR="))
	assert.False(t, colored("TERM=xterm-256color", "CLICOLOR_FORCE=1", "NO_COLOR=1"))
}
