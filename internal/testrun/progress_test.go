package testrun

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// The line with the progress stands below what is printed, is wiped before
// anything else is, and is gone in the end.
func TestProgressOnTerminal(t *testing.T) {
	t.Parallel()
	var stdout, terminal strings.Builder
	out := newProgress(Streams{Out: &stdout, Errors: &terminal, Terminal: true})
	w := out.stdout()
	out.count(&Package{Path: "m/a"})
	fmt.Fprint(w, "ok  \tm/a\t0.1s\n")
	out.count(&Package{Path: "m/b", Reports: []*report.Report{{Total: 1}}})
	fmt.Fprint(w, "FAIL\tm/b\t0.1s\n")
	fmt.Fprint(w, "--- FA") // a line that has not ended: the progress would stand in it
	fmt.Fprint(w, "IL: TestY\n")
	fmt.Fprint(out.stderr(), "go: downloading\n")
	out.done()
	fmt.Fprint(w, "late\n")
	fmt.Fprint(&terminal, "end")

	const wipe = "\r\x1b[K"
	want := "leakcheck: 0 packages tested" + wipe +
		"leakcheck: 1 package tested" + wipe +
		"leakcheck: 1 package tested" + wipe +
		"leakcheck: 2 packages tested, 1 with leaks" + wipe +
		"leakcheck: 2 packages tested, 1 with leaks" + wipe +
		"leakcheck: 2 packages tested, 1 with leaks" + wipe +
		"go: downloading\n" +
		"leakcheck: 2 packages tested, 1 with leaks" + wipe + "end"
	assert.Equal(t, want, terminal.String())
	assert.NotContains(t, stdout.String(), "packages tested", "the tests' own output stays alone")
}

// What is no terminal gets no such line.
func TestProgressElsewhere(t *testing.T) {
	t.Parallel()
	file, err := os.Create(t.TempDir() + "/stderr")
	require.NoError(t, err)
	defer file.Close()
	out := newProgress(Streams{Out: &strings.Builder{}, Errors: file})
	fmt.Fprint(out.stdout(), "ok  \tm/a\t0.1s\n")
	out.count(&Package{Path: "m/a"})
	out.done()
	info, err := file.Stat()
	require.NoError(t, err)
	assert.Zero(t, info.Size())
}
