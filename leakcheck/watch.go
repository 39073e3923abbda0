package leakcheck

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// watch starts the watchdog and returns what ends it. There is none where it
// could do nothing.
func watch(cfg *config, before func(*stackparse.Goroutine) bool, stderr io.Writer) (stop func()) {
	alarm := alarmTime(time.Now())
	if cfg.watchdog == 0 || alarm.IsZero() && !capture.CanProve() {
		return func() {}
	}
	w := &watchdog{
		world: live{}, quiet: cfg.watchdog, alarm: alarm,
		ignore: func(g *stackparse.Goroutine) bool { return before(g) || ownOrKnown(g) || cfg.ignores(g) },
		print: func(r *report.Report, failed []string, dump []stackparse.Goroutine) {
			printHung(stderr, r, failed)
			publish(nil, outcome{r, dump}, tell(stderr))
		},
		end: func() {
			if cfg.cleanup != nil {
				select {
				case <-callCleanup(cfg.cleanup, 1, stderr):
				case <-time.After(others): // it may need what hangs
				}
			}
			os.Exit(1)
		},
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		process.watchdog.Store(capture.SelfID())
		process.watch(true)
		defer process.watch(false)
		w.run(quit)
	}()
	return func() {
		close(quit)
		<-done
	}
}

// alarmTime is when -timeout ends a process whose tests begin now. It parses
// the command line, as M.Run is about to do.
func alarmTime(now time.Time) time.Time {
	f := flag.Lookup("test.timeout")
	if f == nil {
		return time.Time{} // not a test binary
	}
	if !flag.Parsed() {
		flag.Parse()
	}
	timeout, ok := f.Value.(flag.Getter).Get().(time.Duration)
	if !ok || timeout <= 0 {
		return time.Time{}
	}
	return now.Add(timeout)
}

// printHung prints a report of the watchdog. Tests that hang are reported as
// package testing reports failed ones, so that what reads the output of go
// test knows which failed: a line of its own at the left margin, after the
// mark that -v=test2json asks for.
func printHung(stderr io.Writer, r *report.Report, failed []string) {
	mark := ""
	if f := flag.Lookup("test.v"); f != nil && f.Value.String() == "test2json" {
		mark = "\x16"
	}
	var b strings.Builder
	for _, test := range failed {
		fmt.Fprintf(&b, "%s--- FAIL: %s (hung)\n", mark, report.Escape(test))
	}
	text := renderer(os.Stderr).String(r) + "\n"
	if len(failed) > 0 {
		text = "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
		text = strings.ReplaceAll(text, "\n    \n", "\n\n")
	}
	// Where standard error is closed, the exit code still tells.
	_, _ = io.WriteString(stderr, b.String()+text)
}
