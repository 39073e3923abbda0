//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The go command sends SIGQUIT to the process that measures. It is the measured
// one that has to end.
func TestMeasurePassesSignalsOn(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	const script = `trap 'echo quits; exit 3' QUIT; echo ready; for i in $(seq 1000); do sleep 0.01; done` // or it ends by itself
	cmd := exec.CommandContext(t.Context(), self, measureArg, "sh", "-c", script)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", first)

	require.NoError(t, cmd.Process.Signal(syscall.SIGQUIT))

	rest, err := io.ReadAll(lines) // to the end of both processes
	require.NoError(t, err)
	assert.Regexp(t, `^quits\n`+cpuLine+`\d`, string(rest))
	assert.ErrorAs(t, cmd.Wait(), new(*exec.ExitError))
	assert.Equal(t, 3, cmd.ProcessState.ExitCode())
}
