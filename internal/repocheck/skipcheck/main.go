// Command skipcheck reads the events of go test -json on standard input and
// fails if a test failed or was skipped.
//
// It prints what plain go test prints: the closing line of each package, what
// a failed test wrote, and compiler errors. It also prints what a skipped test
// wrote, and ends with a list of the skipped tests.
//
// A package without tests is not a skipped test, and a skipped benchmark is
// allowed. A stream that names no package, or that stops before a package
// ends, fails: such a run has shown nothing.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/gotest"
)

func main() {
	ok, err := run(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "skipcheck:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// pkgState holds what is known of a package that has not ended.
type pkgState struct {
	own   strings.Builder             // output that belongs to no test
	tests map[string]*strings.Builder // output of tests that have not ended
}

// checker is the state of one run.
type checker struct {
	out     *bufio.Writer
	open    map[string]*pkgState
	ended   int
	failed  bool
	skipped []string
}

// run reads events from r and writes the readable result to w. It reports
// whether every package ended and no test failed or was skipped.
func run(r io.Reader, w io.Writer) (ok bool, err error) {
	c := &checker{out: bufio.NewWriter(w), open: map[string]*pkgState{}}
	defer func() { err = errors.Join(err, c.out.Flush()) }()

	// A line that is no event is passed on: the go command writes some of its own
	// complaints as plain text.
	events := gotest.Writer{Event: c.event, Text: c.print}
	buf := make([]byte, 64<<10)
	for {
		n, readErr := r.Read(buf)
		_, _ = events.Write(buf[:n])
		// Packages end far apart, and someone may be watching.
		if err := c.out.Flush(); err != nil {
			return false, err
		}
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			return false, fmt.Errorf("read events: %w", readErr)
		}
	}
	events.Flush()
	return c.finish(), nil
}

func (c *checker) event(ev *gotest.Event) {
	switch ev.Action {
	case "build-output":
		c.print(ev.Output)
		return
	case "build-fail":
		c.failed = true
		return
	}
	if ev.Package == "" {
		return
	}
	p := c.open[ev.Package]
	if p == nil {
		p = &pkgState{tests: map[string]*strings.Builder{}}
		c.open[ev.Package] = p
	}
	if ev.Test == "" {
		c.packageEvent(p, ev)
		return
	}
	c.testEvent(p, ev)
}

func (c *checker) packageEvent(p *pkgState, ev *gotest.Event) {
	switch ev.Action {
	case "output":
		p.own.WriteString(ev.Output)
	case "pass", "skip":
		for line := range strings.Lines(p.own.String()) {
			if isClosing(line) {
				c.print(line)
			}
		}
		c.end(ev.Package)
	case "fail":
		c.failed = true
		// A test that took the process down with it has no end of its own.
		for _, name := range slices.Sorted(maps.Keys(p.tests)) {
			c.print(p.tests[name].String())
		}
		c.print(p.own.String())
		c.end(ev.Package)
	}
}

func (c *checker) testEvent(p *pkgState, ev *gotest.Event) {
	text := p.tests[ev.Test]
	// With -cpu and -count a test runs several times under one name.
	if text == nil || ev.Action == "run" {
		text = &strings.Builder{}
		p.tests[ev.Test] = text
	}
	switch ev.Action {
	case "output":
		text.WriteString(ev.Output)
	case "pass", "bench":
		delete(p.tests, ev.Test)
	case "fail":
		c.failed = true
		c.print(text.String())
		delete(p.tests, ev.Test)
	case "skip":
		delete(p.tests, ev.Test)
		if strings.HasPrefix(ev.Test, "Benchmark") {
			return
		}
		c.print(text.String())
		c.skipped = append(c.skipped, ev.Package+" "+ev.Test)
	}
}

func (c *checker) end(pkg string) {
	delete(c.open, pkg)
	c.ended++
}

// finish prints what the whole stream showed and reports whether it is good.
func (c *checker) finish() bool {
	ok := !c.failed
	for _, pkg := range slices.Sorted(maps.Keys(c.open)) {
		ok = false
		c.print(fmt.Sprintf("skipcheck: %s did not end\n", pkg))
	}
	if c.ended == 0 {
		ok = false
		c.print("skipcheck: no package was tested\n")
	}
	slices.Sort(c.skipped)
	for _, name := range slices.Compact(c.skipped) {
		ok = false
		c.print("skipcheck: skipped: " + name + "\n")
	}
	return ok
}

// print writes text; the writer keeps its first error until it is flushed.
func (c *checker) print(text string) {
	_, _ = c.out.WriteString(text)
}

// isClosing reports whether line is the line go test prints last for a
// package.
func isClosing(line string) bool {
	return strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "?   \t")
}
