package testrun

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// Interrupts are the signals that ask this process to end. While go test runs
// they interrupt it, and this process ends after it; before, they end the context.
type Interrupts struct {
	signals chan os.Signal
	passed  chan os.Signal // to what runs a child
	ctx     context.Context
	cancel  context.CancelFunc
	stop    chan struct{}
}

// CatchInterrupts catches these signals until Release.
func CatchInterrupts() *Interrupts {
	in := &Interrupts{signals: make(chan os.Signal, 4), passed: make(chan os.Signal, 4), stop: make(chan struct{})}
	in.ctx, in.cancel = context.WithCancel(context.Background())
	signal.Notify(in.signals, os.Interrupt, syscall.SIGTERM)
	notifyHangup(in.signals)
	ignoreTerminal()
	go func() { // ends with Release
		for {
			select {
			case s := <-in.signals:
				in.cancel()
				select {
				case in.passed <- s:
				default: // several wait already
				}
			case <-in.stop:
				return
			}
		}
	}()
	return in
}

// PassDumps has the signal that asks for a dump of the goroutines caught as well.
// It is passed on to the tests, which print theirs and end.
func (in *Interrupts) PassDumps() { notifyQuit(in.signals) }

// Context ends with the first signal.
func (in *Interrupts) Context() context.Context { return in.ctx }

// End ends the context as a signal does.
func (in *Interrupts) End() { in.cancel() }

// Release gives the signals back.
func (in *Interrupts) Release() {
	signal.Stop(in.signals)
	close(in.stop)
	in.cancel()
}

// goCommand is one run of the go command.
type goCommand struct {
	name           string // the program
	args           []string
	dir            string
	env            []string
	stdout, stderr io.Writer
}

// grace is how long children that were interrupted may take to end, and how long
// their own children may hold the output open.
const grace = 5 * time.Second

// run runs the command in a process group of its own, and returns the exit code.
// A signal interrupts all of the group, whichever signal it is: the go command
// takes its temporary files away after an interrupt alone. A second one ends the
// tests, as a first one that asks for a dump does, and once more the go command
// is left to clean up after them.
func (g *goCommand) run(in *Interrupts) (int, error) {
	cmd := exec.Command(g.name, g.args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = g.dir, g.env, g.stdout, g.stderr
	cmd.WaitDelay = grace
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	signals := 0
	var kill <-chan time.Time
	for {
		select {
		case s := <-in.passed:
			if signals++; signals == 1 && !asksForDump(s) {
				interruptGroup(cmd)
				continue
			}
			killTests(cmd)
			if kill == nil {
				kill = time.After(grace)
			}
		case <-kill:
			killGroup(cmd)
		case err := <-ended:
			if signals > 0 {
				endGroup(cmd)
				return exitFailed, nil
			}
			return exitCode(err)
		}
	}
}

// The exit codes of the go command.
const (
	exitFailed = 1 // a test failed, or the command was interrupted
	exitUsage  = 2 // it did not start
)

// exitCode sorts what Wait returns.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode(), nil
	case errors.As(err, &exit): // killed by a signal
		return exitFailed, nil
	case errors.Is(err, exec.ErrWaitDelay): // it ended well, but left a child behind
		return 0, nil
	}
	return 0, err
}
