package heap

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"time"
)

// newBuilder reads a dump. collected says that garbage was collected just before it
// was written: see the package comment.
func newBuilder(data []byte, l Limits, collected bool) *builder {
	return &builder{
		in:    &input{buf: data, deadline: time.Now().Add(l.Time)},
		l:     l,
		g:     &Graph{limits: l, collected: collected, byID: map[int64]*goroutine{}},
		names: map[string]string{},
	}
}

// expect makes room for about n objects. The number may count small objects
// that share memory, so it is only a guess.
func (b *builder) expect(n uint64) {
	size := int(min(n, uint64(b.l.Objects)))
	// An eighth more than counted: mallocs go on between the count and the dump, and
	// growing copies all of them.
	b.g.objects = make([]object, 0, size+size/8)
	b.g.edges = make([]uint32, 0, min(2*size, b.l.Edges))
}

func (b *builder) graph() (*Graph, error) {
	if err := b.read(); err != nil {
		return nil, err
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	return b.g, nil
}

// builder fills a graph while the dump is read. Objects are sorted at the end,
// so until then everything is named by its address.
type builder struct {
	in *input
	l  Limits
	g  *Graph

	big       bool   // byte order
	heapStart uint64 // from the parameters: no pointer outside is kept
	heapEnd   uint64
	own       uint64    // an address in this process's code; 0 for the dump of another
	searched  *searched // what a caller looks for; nil for nothing

	offsets []uint32 // of the pointers in the object, segment or frame that is being read
	stack   stack    // of the goroutine that is being read
	names   map[string]string

	slots   []rawSlot
	finals  []rawFinal
	hidden  []rawSlot // objects that hold the address of another as a number
	timers  []rawTimers
	funcs   []rawSlot
	pending []*rawGoroutine
}

// rawSlot is an address and what is stored there.
type rawSlot struct{ addr, value uint64 }

type rawFinal struct {
	object, fn uint64
	queued     bool
}

type rawTimers struct {
	addr uint64
	when []rawWhen
}

type rawWhen struct {
	timer uint64
	when  int64
}

type rawGoroutine struct {
	*goroutine
	pointers []rawRoot
}

type rawRoot struct {
	value uint64
	frame uint16
	maybe bool // may be left over from an earlier call
}

func (b *builder) read() error {
	in := b.in
	if head := in.bytes(len(Header)); in.err == nil && string(head) != Header {
		in.failAt(0, "no heap dump: it does not start with %q", Header)
	}
	for n := 0; in.err == nil; n++ {
		// The clock is asked seldom: most records take less time to read than it does.
		if n&0xfff == 0 && in.late() {
			break
		}
		at := in.pos
		tag := in.uint()
		if in.err != nil {
			break
		}
		// dumpgoroutine (runtime/heapdump.go) writes the frames, defers and panics of a
		// goroutine right behind it, so any other record ends it.
		if tag != tagStackFrame && tag != tagDefer && tag != tagPanic {
			b.endGoroutine()
		}
		if tag == tagEOF {
			break
		}
		// mdump writes the parameters first. Nothing can be read without the size of
		// pointers.
		if b.g.ptrSize == 0 && tag != tagParams {
			in.failAt(at, "record %d before the parameters", tag)
			break
		}
		if !b.record(tag) && in.err == nil {
			in.failAt(at, "unknown record %d", tag)
		}
	}
	return in.err
}

// record reads one record and reports whether its tag is known.
func (b *builder) record(tag uint64) bool {
	in := b.in
	switch tag {
	case tagObject:
		b.object()
	case tagOtherRoot:
		in.text()
		b.slots = append(b.slots, rawSlot{value: in.uint()})
	case tagType:
		// Nothing is kept: the runtime writes types of itabs alone (itab_callback), and
		// objects do not name theirs (dumpobj).
		in.skip(2)
		in.text()
		in.uint()
	case tagGoroutine:
		b.goroutine()
	case tagStackFrame:
		b.frame()
	case tagParams:
		b.params()
	case tagFinalizer, tagQueuedFinalizer:
		f := rawFinal{object: in.uint(), fn: in.uint(), queued: tag == tagQueuedFinalizer}
		in.skip(3)
		b.finals = append(b.finals, f)
	case tagItab:
		b.itab(in.uint())
		in.skip(1)
	case tagOSThread:
		b.g.threads = append(b.g.threads, in.uint())
		in.skip(2)
	case tagMemStats:
		in.skip(24 + 256 + 1) // as in dumpmemstats: numbers, PauseNs, NumGC
	case tagData, tagBSS:
		b.segment()
	case tagDefer:
		b.deferred()
	case tagPanic:
		in.skip(3)
		b.stack.extra(in.uint())
		in.skip(2)
	case tagMemProf:
		b.profile()
	case tagAllocSample:
		object, stack := in.uint(), in.uint()
		if b.searched != nil {
			b.searched.sample[object] = stack
		}
	default:
		return false
	}
	return true
}

// maxHeap is the range of addresses that 32 bits count in units of 8 bytes.
const maxHeap = 1<<35 - 1<<13

func (b *builder) params() {
	in := b.in
	b.big = in.uint() != 0
	size := in.uint()
	b.heapStart, b.heapEnd = in.uint(), in.uint()
	in.text()
	in.text()
	in.uint()
	if in.err != nil {
		return
	}
	if size != 4 && size != 8 {
		in.fail("pointers of %d bytes", size)
		return
	}
	if b.heapStart%8 != 0 || b.heapEnd < b.heapStart {
		in.fail("the heap lies from %#x to %#x", b.heapStart, b.heapEnd)
		return
	}
	if b.g.ptrSize != 0 { // it would move the start that the objects so far count from
		in.fail("a second record of parameters")
		return
	}
	if b.heapEnd-b.heapStart > maxHeap {
		in.stop(fmt.Errorf("%w: the heap is spread over %d GB", ErrLimit, (b.heapEnd-b.heapStart)>>30))
		return
	}
	b.g.ptrSize, b.g.base = int(size), b.heapStart
}

func (b *builder) inHeap(p uint64) bool { return p >= b.heapStart && p < b.heapEnd }

func (b *builder) unit(p uint64) uint32 { return uint32((p - b.heapStart) >> 3) }

// word returns the pointer-sized word at an offset of p, 0 outside of it.
func (b *builder) word(p []byte, off uint64) uint64 {
	size := uint64(b.g.ptrSize)
	if off > uint64(len(p)) || uint64(len(p))-off < size {
		return 0
	}
	switch {
	case size == 8 && !b.big:
		return binary.LittleEndian.Uint64(p[off:])
	case size == 8:
		return binary.BigEndian.Uint64(p[off:])
	case b.big:
		return uint64(binary.BigEndian.Uint32(p[off:]))
	}
	return uint64(binary.LittleEndian.Uint32(p[off:]))
}

// fields reads the offsets of pointers. An offset outside of the size bytes is an
// error where strict is set; the runtime's own frames may have some.
func (b *builder) fields(size int, strict bool) {
	in := b.in
	b.offsets = b.offsets[:0]
	last := uint64(size - b.g.ptrSize) // the last place for a pointer; too large if there is none
	for in.err == nil {
		kind := in.uint()
		// fieldKindEol (runtime/heapdump.go).
		if kind == 0 {
			return
		}
		off := in.uint()
		switch {
		case kind == 1 && off <= last && size >= b.g.ptrSize && len(b.offsets) < b.l.Edges:
			b.offsets = append(b.offsets, uint32(off)) // nearly all
		case in.err != nil:
		case kind > 3: // 2 and 3 were interfaces, which the runtime writes as pointers today
			in.fail("unknown kind of field %d", kind)
		case off > uint64(size) || uint64(size)-off < uint64(b.g.ptrSize):
			if strict {
				in.fail("a pointer at offset %d of %d bytes", off, size)
			}
		case len(b.offsets) >= b.l.Edges:
			in.stop(fmt.Errorf("%w: more than %d pointers", ErrLimit, b.l.Edges))
		default:
			b.offsets = append(b.offsets, uint32(off))
		}
	}
}

func (b *builder) object() {
	in := b.in
	addr := in.uint()
	// The size is that of the class that the object was allocated from, not that of its
	// type: what lies behind the object reads as zeros or as old data.
	n := in.length()
	content := in.bytes(n)
	b.keep(addr, n)
	b.fields(n, true)
	switch {
	case in.err != nil:
		return
	// Addresses are kept in units of 8 bytes: one that is no multiple would be taken for
	// its neighbour.
	case !b.inHeap(addr) || addr%8 != 0 || uint64(n) > b.heapEnd-addr:
		in.fail("an object of %d bytes at %#x, outside of the heap", n, addr)
		return
	case len(b.g.objects) >= b.l.Objects:
		in.stop(fmt.Errorf("%w: more than %d objects", ErrLimit, b.l.Objects))
		return
	}
	o := object{addr: b.unit(addr), words: uint32((n + 7) / 8), first: uint32(len(b.g.edges))}
	for i, off := range b.offsets {
		if p := b.word(content, uint64(off)); b.inHeap(p) {
			// sudog begins with the goroutine that waits and hchan does not begin with a
			// pointer: the first word tells the runtime's records apart (see findSudogs).
			if i == 0 && off == 0 {
				o.n |= flagFirst
			}
			b.g.edges = append(b.g.edges, b.unit(p))
		}
	}
	if len(b.g.edges) > b.l.Edges {
		in.stop(fmt.Errorf("%w: more than %d pointers", ErrLimit, b.l.Edges))
		return
	}
	o.n |= uint32(len(b.g.edges)) - o.first
	b.special(addr, content, &o)
	if b.searched != nil {
		if key, ok := b.searched.wanted(content); ok {
			b.searched.found[key] = append(b.searched.found[key], addr)
		}
	}
	b.g.objects = append(b.g.objects, o)
}

// special keeps of an object's content what later steps need: the address
// that a weak pointer or a coroutine hides, the time of timers, the code of a
// closure.
func (b *builder) special(addr uint64, content []byte, o *object) {
	n := len(content)
	if n < b.g.ptrSize {
		return
	}
	// Objects that hide an address, and closures, begin with a word that is not a
	// pointer. A queue of timers begins with one (timerWhen in runtime/time.go).
	if len(b.offsets) > 0 && b.offsets[0] == 0 {
		b.timerHeap(addr, content)
		return
	}
	first := b.word(content, 0)
	switch {
	case b.inHeap(first) && first%8 == 0 && n <= 16 && len(b.offsets) == 0 && b.word(content, 8) == 0:
		// The record behind a weak pointer, which fills its memory with zeros;
		// or any number of this size.
		b.g.edges = append(b.g.edges, b.unit(first))
		o.n = flagHidden | 1
	case b.inHeap(first) && first%8 == 0 && n <= 64:
		b.hidden = append(b.hidden, rawSlot{addr, first})
	case n <= 512 && b.isCode(first):
		b.funcs = append(b.funcs, rawSlot{addr, first})
	}
}

// maxText is the largest distance between two functions of one program.
const maxText = 1 << 28

// soonest is the least time, in nanoseconds since the machine started, that is
// taken for one: lengths and counters are smaller.
const soonest = 1 << 26

// timerHeap keeps the object if it has the shape of a processor's queue of
// timers: pairs of a pointer and a time, and empty places at its end.
func (b *builder) timerHeap(addr uint64, content []byte) {
	// The class of sizes may leave one half of a pair at the end.
	if rest := len(content) - 16*len(b.offsets); b.g.ptrSize != 8 || rest < 0 || rest > 8 {
		return
	}
	if int64(b.word(content, 8)) < soonest || b.word(content, 0) == 0 {
		return
	}
	var when []rawWhen
	for i, off := range b.offsets {
		p, t := b.word(content, uint64(off)), b.word(content, uint64(off)+8)
		if off != uint32(16*i) || (p == 0) != (t == 0) || (p != 0 && int64(t) < soonest) {
			return
		}
		if p != 0 {
			when = append(when, rawWhen{p, int64(t)})
		}
	}
	b.timers = append(b.timers, rawTimers{addr, when})
}

func (b *builder) segment() {
	in := b.in
	addr := in.uint()
	n := in.length()
	content := in.bytes(n)
	b.keep(addr, n)
	b.fields(n, true)
	if in.err != nil {
		return
	}
	b.g.data = cmp.Or(b.g.data, addr)
	for _, off := range b.offsets {
		switch p := b.word(content, uint64(off)); {
		case b.inHeap(p):
			b.slots = append(b.slots, rawSlot{addr + uint64(off), p})
		// Static memory: &T{} in a declaration of a variable is no object, and what it refers
		// to is listed under an address without a symbol (see named).
		case p != 0:
			b.g.statics = append(b.g.statics, rawSlot{addr + uint64(off), p})
		}
	}
}

func (b *builder) profile() {
	in := b.in
	id := in.uint()
	in.uint()
	for n := in.uint(); n > 0 && in.err == nil; n-- {
		if b.searched == nil {
			in.text()
			in.text()
			in.uint()
			continue
		}
		c := Call{Func: b.name(), File: b.name(), Line: int(in.uint())}
		b.searched.stacks[id] = append(b.searched.stacks[id], c)
	}
	in.skip(2)
}
