package perturb

import (
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

// A trace file has a line for each thing that happened at least once in a run:
//
//	p SITE          an operation began
//	r SITE          it began another time
//	q SITE SITE     an operation began after another one, anywhere in the process
//	s SITE CASE     a select took a case; -1 is its default
//	x SITE          a context was made
//	t SITE          a timer was made
//	n COUNT         operations so far, at powers of two
//	k SITE          contexts were ended as this operation began
//
// It is written while the process runs, since nobody knows how it will end.
type trace struct {
	file *os.File // nil for no trace
	last atomic.Int64
	n    atomic.Int64

	// What was seen, by its hash: an operation that adds nothing takes no lock. Two
	// events with one hash are one, which only costs the search a hint.
	seen [1 << 12]atomic.Uint64

	mu      sync.Mutex
	written map[event]bool
}

type event struct {
	kind byte
	a, b int
}

// maxEvents bounds a trace.
const maxEvents = 100_000

func openTrace(name string) *trace {
	t := &trace{written: map[event]bool{}}
	t.last.Store(-1)
	if name != "" {
		// Without a file the run is as good, but teaches nothing.
		t.file, _ = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	}
	return t
}

// point notes an operation, and the one before it.
func (t *trace) point(site int) {
	if t.file == nil {
		return
	}
	last := int(t.last.Swap(int64(site)))
	n := t.n.Add(1) // as run.step counts them
	if n&(n-1) == 0 {
		t.add(event{'n', int(n), 0})
	}
	switch {
	case t.fresh('p', site, 0):
		t.add(event{'p', site, 0})
	case t.fresh('r', site, 0):
		t.add(event{'r', site, 0})
	}
	if t.fresh('q', last, site) {
		t.add(event{'q', last, site})
	}
}

func (t *trace) chosen(site, number int) {
	if t.file != nil && t.fresh('s', site, number) {
		t.add(event{'s', site, number})
	}
}

func (t *trace) context(site int) { t.add(event{'x', site, 0}) }

func (t *trace) timer(site int) { t.add(event{'t', site, 0}) }

// fresh reports whether an event is seen for the first time.
func (t *trace) fresh(kind byte, a, b int) bool {
	h := (uint64(kind)<<56 ^ uint64(uint32(a))<<24 ^ uint64(uint32(b))) * 0x9e3779b97f4a7c15
	bit := uint64(1) << (h >> 58)
	word := &t.seen[h>>40&(1<<12-1)]
	return word.Load()&bit == 0 && word.Or(bit)&bit == 0
}

// add writes an event the first time.
func (t *trace) add(e event) {
	if t.file == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.written[e] || len(t.written) >= maxEvents {
		return
	}
	t.written[e] = true
	line := strconv.AppendInt([]byte{e.kind, ' '}, int64(e.a), 10)
	if e.kind == 'q' || e.kind == 's' {
		line = strconv.AppendInt(append(line, ' '), int64(e.b), 10)
	}
	t.file.Write(append(line, '\n'))
}
