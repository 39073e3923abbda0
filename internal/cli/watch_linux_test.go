package cli

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

// On a terminal there is a table that an interrupt ends, and then the screen is
// as it was, with the summary on it.
func TestWatchOnTerminal(t *testing.T) {
	t.Parallel()
	s := newService()
	defer s.close()
	exe, err := os.Executable()
	require.NoError(t, err)
	terminal, master := openTerminal(t)
	require.NoError(t, unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 20, Col: 100}))
	cmd := testCommandOf(exe, "watch", "-interval", "5ms", s.URL+"/leaky")
	cmd.Env = append(cmd.Env, "NO_COLOR=", "TERM=xterm")
	cmd.Stdout, cmd.Stderr = terminal, terminal
	require.NoError(t, cmd.Start())
	require.NoError(t, terminal.Close())

	var out bytes.Buffer
	chunk := make([]byte, 4096)
	grows := []byte("grows: blocked sending on a channel")
	for interrupted := false; ; { // until the other end is closed, which is an error here
		n, err := master.Read(chunk)
		out.Write(chunk[:n])
		if !interrupted && bytes.Contains(out.Bytes(), grows) {
			require.NoError(t, cmd.Process.Signal(os.Interrupt))
			interrupted = true
		}
		if err != nil {
			break
		}
	}
	require.NoError(t, cmd.Wait(), out.String())
	shown, after, ended := bytes.Cut(out.Bytes(), []byte(leaveScreen))
	require.True(t, ended, "the screen is given back")
	assert.True(t, bytes.HasPrefix(shown, []byte(enterScreen)))
	assert.Regexp(t, `now +change  trend +what they do`, string(shown))
	assert.Contains(t, string(shown), red+"      1", "growth is in colour")
	assert.Regexp(t, `\d+ samples in .*; (?s:1 kind.{1,40}grows)`, string(after))
	assert.Contains(t, string(after), "growing:")
	codes := regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)
	for _, line := range bytes.Split(codes.ReplaceAll(shown, nil), []byte("\n")) {
		assert.LessOrEqual(t, len([]rune(string(bytes.TrimRight(line, "\r")))), 100, "no line is wider than the terminal")
	}
}
