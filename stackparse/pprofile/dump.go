package pprofile

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// dump reads text: goroutines, and among the lines that are part of none, which
// may be a log's, the records of debug=1 and what the process said when it
// crashed.
type dump struct {
	r    *stackparse.Reader
	base int // lines of the input before those that r reads

	counts  *scattered
	crash   crashText
	foreign foreignText

	records []Record // found in text and not yet returned
	held    bool     // r has a goroutine that is not yet returned
	done    bool
}

func newDump(in io.Reader, name string) *dump {
	d := &dump{r: stackparse.NewReader(in), counts: newScattered(name)}
	d.r.Name = name
	d.r.Text = d.readText
	return d
}

// readText takes a line that is part of no goroutine.
func (d *dump) readText(line int, text []byte) {
	d.counts.add(line+d.base, text)
	d.crash.add(line+d.base, text)
	d.foreign.add(text)
}

func (d *dump) next(rec *Record) (bool, []error, error) {
	var problems []error
	for {
		switch {
		case len(d.records) > 0:
			*rec, d.records = d.records[0], d.records[1:]
			return true, problems, nil
		case d.held:
			d.held = false
			g := d.r.Goroutine()
			g.Line += d.base
			// Releases before Go 1.20 say less of what a goroutine waits for
			// than its calls do.
			if g.State == "semacquire" {
				g.State = lockState(g)
			}
			*rec = Record{1, g}
			return true, problems, nil
		case d.done:
			return false, problems, d.r.Err()
		}
		// Scan hands the lines before the goroutine to readText: what is found in them
		// comes first.
		d.held = d.r.Scan()
		d.done = !d.held
		// r counts the lines from where it began to read.
		for _, p := range d.r.Problems() {
			p.Line += d.base
			problems = append(problems, p)
		}
		d.records = d.counts.take(d.done)
		problems = append(problems, d.counts.takeProblems()...)
		d.crash.end()
	}
}

// lockState returns the state that Go 1.20 and later print for a goroutine in
// semacquire: that of the lock it waits for.
func lockState(g *stackparse.Goroutine) string {
	state := g.State
	for i := range g.Frames {
		fn := g.Frames[i].Func
		name, ok := strings.CutPrefix(fn, "sync.")
		if !ok {
			break
		}
		// The outermost call is what the program wrote: Lock of a sync.RWMutex
		// waits in the sync.Mutex that it has.
		switch name {
		case "(*Mutex).Lock":
			state = "sync.Mutex.Lock"
		case "(*RWMutex).Lock":
			state = "sync.RWMutex.Lock"
		case "(*RWMutex).RLock":
			state = "sync.RWMutex.RLock"
		case "(*WaitGroup).Wait":
			state = "sync.WaitGroup.Wait"
		case "(*Cond).Wait":
			if state == "semacquire" {
				state = "sync.Cond.Wait"
			}
		}
	}
	return state
}

// foreignText counts what is often taken for a goroutine dump.
type foreignText struct {
	delve, gdb, tops, java int
}

func (f *foreignText) add(text []byte) {
	text = bytes.TrimLeft(text, " \t*")
	switch {
	case bytes.HasPrefix(text, []byte("Goroutine ")) &&
		(bytes.Contains(text, []byte(" - User: ")) || bytes.Contains(text, []byte(" - Start: "))):
		f.delve++
	case bytes.HasSuffix(text, []byte(" runtime.gopark")):
		f.gdb++
	case bytes.HasPrefix(text, []byte("Showing nodes accounting for ")):
		f.tops++
	case bytes.HasPrefix(text, []byte("Full thread dump ")):
		f.java++
	}
}

// named says what the text is, as nothing of it is a goroutine.
func (d *dump) named() error {
	const reads = "leakcheck report reads goroutine dumps, as panics, SIGQUIT and /debug/pprof/goroutine?debug=2 print " +
		"them"
	several := func(n int, one, more string) error {
		if n == 1 {
			return fmt.Errorf("%s; %s", one, reads)
		}
		return fmt.Errorf("%d %s; %s", n, more, reads)
	}
	switch f := &d.foreign; {
	case d.r.Races() > 0:
		return several(d.r.Races(), "1 race report", "race reports")
	case f.delve > 0:
		return several(f.delve, "1 goroutine of delve's list, without its stack",
			"goroutines of delve's list, without their stacks")
	case f.gdb > 0:
		return several(f.gdb, "1 goroutine of gdb's list, without its stack",
			"goroutines of gdb's list, without their stacks")
	case f.tops > 0:
		return fmt.Errorf("a table of go tool pprof; %s, and the profile itself", reads)
	case f.java > 0:
		return fmt.Errorf("a thread dump of Java; %s", reads)
	}
	return errNoGoroutine
}
