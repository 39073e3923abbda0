package leakcheck_test

import (
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
)

// The tests in the files e2e_*_test.go hold the promises that only a real test
// binary can keep or break. The packages that they run are in testdata, and
// comments there mark the lines that an output has to name.

// marked returns file:line, as a report names it, of the one line in a fixture
// that ends with the comment mark.
func marked(t *testing.T, fixture, mark string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", fixture, "*_test.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var found []string
	for _, file := range files {
		for i, text := range strings.Split(source(t, file), "\n") {
			if strings.HasSuffix(text, " // "+mark) {
				found = append(found, filepath.Base(file)+":"+strconv.Itoa(i+1))
			}
		}
	}
	require.Len(t, found, 1, "lines of %s marked %q", fixture, mark)
	return found[0]
}

func source(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// only is the flag that runs just the given tests.
func only(tests ...string) string { return "-test.run=^(" + strings.Join(tests, "|") + ")$" }

// took returns the time that the binary printed for a test of this outcome.
func took(t *testing.T, out, outcome, test string) time.Duration {
	t.Helper()
	_, rest, ok := strings.Cut(out, "--- "+outcome+": "+test+" (")
	require.True(t, ok, "no line --- %s: %s in\n%s", outcome, test, out)
	text, _, _ := strings.Cut(rest, ")")
	d, err := time.ParseDuration(text)
	require.NoError(t, err)
	return d
}

// noWait bounds the time of a test that must not wait for a goroutine that
// sleeps. It is less than the five seconds that such a wait takes, and more
// than a loaded machine needs for an empty test.
const noWait = 4500 * time.Millisecond

// reportOn returns the report on a test, up to the next line that is not a
// part of it.
func reportOn(t *testing.T, out, subject string) string {
	t.Helper()
	lines := strings.Split(out, "\n")
	for i, line := range lines {
		at := strings.Index(line, "leakcheck: ")
		if at < 0 || !strings.Contains(line+" ", " outlived "+subject+" ") {
			continue
		}
		margin := len(line) - len(strings.TrimLeft(line, " "))
		for n := i + 1; ; n++ {
			if n == len(lines) || lines[n] != "" && !strings.HasPrefix(lines[n], strings.Repeat(" ", margin+1)) {
				return strings.Join(lines[i:n], "\n")
			}
		}
	}
	require.Fail(t, "no report", "on %s in\n%s", subject, out)
	return ""
}

// row returns the text of a row of a report: "at", "started", "ignore".
func row(t *testing.T, report, name string) string {
	t.Helper()
	for line := range strings.Lines(report) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
			return strings.TrimSpace(text)
		}
	}
	require.Fail(t, "no row "+name, "%s", report)
	return ""
}

// title is the title of a cause, as a report prints it.
func title(t *testing.T, id string) string {
	t.Helper()
	c, ok := cause.ByID(id)
	require.True(t, ok, id)
	return c.Title
}

// fails runs one test of a fixture, which has to fail, and returns its output.
func fails(t *testing.T, fixture, test string, env ...string) string {
	t.Helper()
	r := run(t, fixture, env, "-test.v", only(test))
	require.Equal(t, 1, r.code, "%s", r.out)
	require.Contains(t, r.out, "--- FAIL: "+test+" (", "the test itself has to fail")
	return r.out
}

// The tests that use the fixtures compile them; this one compares them with the
// rules for every other file of the repository.
func TestE2EFixturesAreOurs(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("testdata/*/*_test.go")
	require.NoError(t, err)
	require.NotEmpty(t, dirs, "without fixtures these tests show nothing")
	for _, file := range dirs {
		dir := path.Dir(filepath.ToSlash(file))
		assert.Contains(t, source(t, file), "package "+path.Base(dir)+"\n", "%s: the reports that tests expect name the package", file)
	}
}
