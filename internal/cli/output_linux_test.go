package cli

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/testrun"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// openTerminal returns a new pseudo terminal and what is on the other side of
// it, which reads what the terminal would show (pts(4)).
func openTerminal(t *testing.T) (terminal, screen *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { screen.Close() })
	fd := int(screen.Fd())
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0), "it begins locked")
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { terminal.Close() })
	_, err = term.MakeRaw(int(terminal.Fd())) // line ends stay as they are written
	require.NoError(t, err)
	return terminal, screen
}

// The line with the progress stands below what is printed, is wiped before
// anything else is, and is gone in the end.
func TestProgressOnTerminal(t *testing.T) {
	t.Parallel()
	terminal, screen := openTerminal(t)
	var stdout strings.Builder
	out := newOutput(&environment{stdout: &stdout, stderr: terminal}, 3)
	w := out.stdout()
	out.count(&testrun.Package{Path: "m/a"})
	fmt.Fprint(w, "ok  \tm/a\t0.1s\n")
	out.count(&testrun.Package{Path: "m/b", Reports: []*report.Report{{Total: 1}}})
	fmt.Fprint(w, "FAIL\tm/b\t0.1s\n")
	fmt.Fprint(w, "--- FA") // a line that has not ended: the progress would stand in it
	fmt.Fprint(w, "IL: TestY\n")
	fmt.Fprint(out.stderr(), "go: downloading\n")
	out.done()
	fmt.Fprint(w, "late\n")
	fmt.Fprint(terminal, "end")

	const wipe = "\r\x1b[K"
	want := "leakcheck: 0 of 3 packages tested" + wipe +
		"leakcheck: 1 of 3 packages tested" + wipe +
		"leakcheck: 1 of 3 packages tested" + wipe +
		"leakcheck: 2 of 3 packages tested, 1 with leaks" + wipe +
		"leakcheck: 2 of 3 packages tested, 1 with leaks" + wipe +
		"leakcheck: 2 of 3 packages tested, 1 with leaks" + wipe +
		"go: downloading\n" +
		"leakcheck: 2 of 3 packages tested, 1 with leaks" + wipe + "end"
	var shown bytes.Buffer
	for buf := make([]byte, 1024); !bytes.HasSuffix(shown.Bytes(), []byte("end")); {
		n, err := screen.Read(buf)
		require.NoError(t, err)
		shown.Write(buf[:n])
	}
	assert.Equal(t, want, shown.String())
	assert.NotContains(t, stdout.String(), "packages tested", "the tests' own output stays alone")
}

// What is no terminal gets no such line.
func TestProgressElsewhere(t *testing.T) {
	t.Parallel()
	file, err := os.Create(t.TempDir() + "/stderr")
	require.NoError(t, err)
	defer file.Close()
	out := newOutput(&environment{stdout: &strings.Builder{}, stderr: file}, 3)
	fmt.Fprint(out.stdout(), "ok  \tm/a\t0.1s\n")
	out.count(&testrun.Package{Path: "m/a"})
	out.done()
	info, err := file.Stat()
	require.NoError(t, err)
	assert.Zero(t, info.Size())
}
