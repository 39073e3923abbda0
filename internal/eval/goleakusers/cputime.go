package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// measureArg has this program run a test binary for go test -exec, and say how
// much processor time that took: what else the machine does is not in it.
const measureArg = "-measure"

// cpuLine begins the line that says it, after all that the tests print.
const cpuLine = "goleakusers: processor time "

// execFlag is the flag of go test that has self measure.
func execFlag(self string) string { return "-exec='" + self + "' " + measureArg }

// measure runs a command and returns its exit code.
func measure(args []string) int {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := runSignalled(cmd)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "goleakusers:", err)
		return 1
	}
	s := cmd.ProcessState
	fmt.Printf("%s%.3f s\n", cpuLine, (s.UserTime() + s.SystemTime()).Seconds())
	return max(s.ExitCode(), -s.ExitCode()) // -1 after a signal
}

// runSignalled runs a command and passes on to it what is to end this process: by
// SIGQUIT the go command ends a test that takes too long, and it knows this
// process alone.
func runSignalled(cmd *exec.Cmd) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGQUIT, syscall.SIGTERM)
	defer close(signals)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { // until signals is closed
		for s := range signals {
			_ = cmd.Process.Signal(s) // an error: the command has just ended
		}
	}()
	return cmd.Wait()
}

// cpuSeconds reads that line, 0 from any other.
func cpuSeconds(line string) float64 {
	_, text, _ := strings.Cut(line, cpuLine) // the tests' last line may have no end
	seconds, err := strconv.ParseFloat(strings.TrimSuffix(text, " s\n"), 64)
	if err != nil {
		return 0
	}
	return seconds
}
