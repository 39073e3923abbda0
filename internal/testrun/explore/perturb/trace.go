package perturb

import (
	"os"
	"strconv"
	"sync"
)

// A trace file has a line for each thing that happened at least once in a run:
//
//	p SITE          an operation began
//	q SITE SITE     an operation began after another one, anywhere in the process
//	s SITE CASE     a select took a case; -1 is its default
//	x SITE          a context was made
//	n COUNT         operations so far, at powers of two
//	k SITE          contexts were ended as this operation began
//
// It is written while the process runs, since nobody knows how it will end.
type trace struct {
	mu   sync.Mutex
	file *os.File // nil for no trace
	seen map[event]bool
	last int
	n    int
}

type event struct {
	kind byte
	a, b int
}

// maxEvents bounds a trace.
const maxEvents = 100_000

func openTrace(name string) *trace {
	t := &trace{seen: map[event]bool{}, last: -1}
	if name != "" {
		// Without a file the run is as good, but teaches nothing.
		t.file, _ = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	}
	return t
}

func (t *trace) point(site int) {
	if t.file == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(event{'p', site, 0})
	t.add(event{'q', t.last, site})
	t.last = site
	t.n++ // as run.step counts them
	if t.n&(t.n-1) == 0 {
		t.add(event{'n', t.n, 0})
	}
}

func (t *trace) chosen(site, number int) { t.locked(event{'s', site, number}) }

func (t *trace) context(site int) { t.locked(event{'x', site, 0}) }

func (t *trace) locked(e event) {
	if t.file == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(e)
}

// add writes an event the first time.
func (t *trace) add(e event) {
	if t.seen[e] || len(t.seen) >= maxEvents {
		return
	}
	t.seen[e] = true
	line := strconv.AppendInt([]byte{e.kind, ' '}, int64(e.a), 10)
	if e.kind == 'q' || e.kind == 's' {
		line = strconv.AppendInt(append(line, ' '), int64(e.b), 10)
	}
	t.file.Write(append(line, '\n'))
}
