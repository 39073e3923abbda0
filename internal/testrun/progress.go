package testrun

import (
	"fmt"
	"io"
	"sync"

	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Streams are where a run prints.
type Streams struct {
	Out, Errors io.Writer
	Terminal    bool // Errors is a terminal
}

// progress prints what go test prints and, on a terminal, a line below it with
// the progress. That line is on standard error; it is wiped away before
// anything else is printed.
type progress struct {
	out, errors io.Writer

	mu       sync.Mutex
	terminal bool
	shown    bool // the line is there
	midLine  bool // what was printed last did not end its line
	packages int
	leaky    int
}

func newProgress(s Streams) *progress {
	o := &progress{out: s.Out, errors: s.Errors, terminal: s.Terminal}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.show()
	return o
}

func (o *progress) stdout() io.Writer { return progressWriter{o, o.out} }

func (o *progress) stderr() io.Writer { return progressWriter{o, o.errors} }

// count counts a package that is done.
func (o *progress) count(p *Package) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wipe()
	defer o.show()
	o.packages++
	if p.Leaks() > 0 {
		o.leaky++
	}
}

func (o *progress) done() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wipe()
	o.terminal = false
}

func (o *progress) wipe() {
	if o.shown {
		fmt.Fprint(o.errors, "\r\x1b[K")
		o.shown = false
	}
}

func (o *progress) show() {
	if !o.terminal || o.midLine {
		return
	}
	fmt.Fprintf(o.errors, "leakcheck: %s tested", words.Count(o.packages, "package"))
	if o.leaky > 0 {
		fmt.Fprintf(o.errors, ", %d with leaks", o.leaky)
	}
	o.shown = true
}

// progressWriter is one of the two streams of a progress.
type progressWriter struct {
	o *progress
	w io.Writer
}

func (w progressWriter) Write(p []byte) (int, error) {
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
