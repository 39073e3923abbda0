package testrun

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A test may change the mode of the terminal that the command was started on,
// though it does not run in the foreground of it.
func TestTerminal(t *testing.T) {
	t.Parallel()
	const helper = "LEAKCHECK_TERMINAL_TEST"
	if os.Getenv(helper) != "" {
		in := CatchInterrupts()
		defer in.Release()
		var out bytes.Buffer
		cmd := goCommand{name: "sh", args: []string{"-c", "stty sane </dev/tty"}, stdout: &out, stderr: &out}
		code, err := cmd.run(in)
		require.NoError(t, err)
		require.Zero(t, code, out.String())
		return
	}
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	defer master.Close()
	require.NoError(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0), "it begins locked")
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	defer terminal.Close()

	exe, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // for a test that fails
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, "-test.run=^TestTerminal$")
	cmd.Env = append(os.Environ(), helper+"=1")
	cmd.Stdin = terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // of its standard input
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	assert.NoError(t, cmd.Run(), out.String())
}
