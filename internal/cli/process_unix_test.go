//go:build unix

package cli

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

// runReport runs leakcheck report in this process.
func runReport(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Run(append([]string{"report"}, args...), nil, &out, &errs)
	return code, out.String(), errs.String()
}

// A process that is ended by -kill leaves a dump where leakcheck says it does.
func TestReportKill(t *testing.T) {
	t.Parallel()
	s := newService()
	defer s.close()
	exe, err := os.Executable()
	require.NoError(t, err)
	dump, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	defer dump.Close()
	victim := testCommandOf(exe, "report", "-timeout", "10m", s.URL+"/slow")
	victim.Stderr = dump
	require.NoError(t, victim.Start())
	<-s.asked // it is where a dump tells something
	pid := strconv.Itoa(victim.Process.Pid)

	code, _, stderr := runReport(pid)
	assert.Equal(t, exitUsage, code, "not without being asked in so many words")
	assert.Contains(t, stderr, "-kill")

	code, stdout, stderr := runReport("-kill", pid)
	require.Equal(t, exitClean, code, stderr)
	assert.Contains(t, stdout, "process "+pid)
	if runtime.GOOS == "linux" {
		assert.Contains(t, stdout, "the file "+dump.Name())
	}
	require.Error(t, victim.Wait())
	code, stdout, stderr = runReport("-top", "0", dump.Name())
	require.Equal(t, exitClean, code, stderr)
	assert.Contains(t, stdout, "HTTP response")
	assert.Contains(t, stdout, "crash: SIGQUIT: quit")
}

func TestReportKillRefuses(t *testing.T) {
	t.Parallel()
	refuses := func(reason string, ids ...string) {
		code, _, stderr := runReport(append([]string{"-kill"}, ids...)...)
		assert.Equal(t, exitUsage, code, reason)
		golden.Words(t, reason, strings.ReplaceAll(stderr, "process "+ids[0], "process 4711"))
	}
	other := exec.Command("sleep", "600")
	require.NoError(t, other.Start())
	if runtime.GOOS == "linux" {
		refuses("not a Go program", strconv.Itoa(other.Process.Pid))
	}
	require.NoError(t, other.Process.Kill())
	require.Error(t, other.Wait())

	refuses("it has ended", strconv.Itoa(other.Process.Pid))
	refuses("leakcheck itself", strconv.Itoa(os.Getpid()))
	refuses("several", "a", "b")
}

// What a link of /proc says, in words that tell where to look.
func TestDescribe(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"":               "parent process",
		"/dev/null":      "lost",
		"pipe:[77]":      "kubectl logs --previous",
		"socket:[77]":    "journalctl",
		"/dev/pts/3":     "the terminal /dev/pts/3",
		"/var/log/x.log": "the file /var/log/x.log",
	} {
		assert.Contains(t, describe(target), want)
	}
}

// takeHangups has commands that the scripts start get SIGHUP where this process
// ignores it, as below nohup: they would inherit that, and wait forever to be
// ended by it. It is not for TestMain, which those commands run, too.
func takeHangups(t *testing.T) {
	if !signal.Ignored(syscall.SIGHUP) {
		return
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(c) }) // after the scripts, which are subtests
}
