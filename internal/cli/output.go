package cli

import (
	"fmt"
	"io"
	"sync"

	"github.com/leakcheck-go/goroutine/internal/testrun"
)

// output prints what go test prints and, on a terminal, a line below it with
// the progress. That line is on standard error; it is wiped away before
// anything else is printed.
type output struct {
	e     *environment
	total int // packages

	mu       sync.Mutex
	terminal bool
	shown    bool // the line is there
	midLine  bool // what was printed last did not end its line
	packages int
	leaky    int
}

func newOutput(e *environment, packages int) *output {
	o := &output{e: e, total: packages}
	o.terminal = isTerminal(e.stderr)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.show()
	return o
}

func (o *output) stdout() io.Writer { return outputWriter{o, o.e.stdout} }

func (o *output) stderr() io.Writer { return outputWriter{o, o.e.stderr} }

// count counts a package that is done.
func (o *output) count(p *testrun.Package) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wipe()
	defer o.show()
	o.packages++
	if p.Leaks() > 0 {
		o.leaky++
	}
}

func (o *output) done() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wipe()
	o.terminal = false
}

func (o *output) wipe() {
	if o.shown {
		fmt.Fprint(o.e.stderr, "\r\x1b[K")
		o.shown = false
	}
}

func (o *output) show() {
	if !o.terminal || o.midLine {
		return
	}
	fmt.Fprintf(o.e.stderr, "leakcheck: %d of %s tested", min(o.packages, o.total), count(o.total, "package"))
	if o.leaky > 0 {
		fmt.Fprintf(o.e.stderr, ", %d with leaks", o.leaky)
	}
	o.shown = true
}

// outputWriter is one of the two streams of an output.
type outputWriter struct {
	o *output
	w io.Writer
}

func (w outputWriter) Write(p []byte) (int, error) {
	w.o.mu.Lock()
	defer w.o.mu.Unlock()
	w.o.wipe()
	// An output that is lost ends no tests: they have results that the summary
	// tells, and the exit code says that the output is not whole.
	_, _ = w.w.Write(p)
	if len(p) > 0 {
		w.o.midLine = p[len(p)-1] != '\n'
	}
	w.o.show()
	return len(p), nil
}
