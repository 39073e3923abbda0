package heap

import (
	"reflect"
	"slices"
	"strings"
)

// maxNames is how many frames' names are kept: as many as a text dump prints
// of the innermost ones, and some that it leaves out.
const maxNames = 128

// maxStack bounds the stack of one goroutine.
const maxStack = 64 << 20

// stack collects the frames of one goroutine.
//
// The dump lists the pointers of a frame from the compiler's liveness maps.
// Two kinds of pointers are not in them: those inside a variable that only a
// pointer to it keeps alive, and those of a goroutine that was interrupted
// between calls, where the collector takes every word for a pointer. So a
// frame that something live points into is scanned word by word from there on,
// and the frame that was interrupted from its start. A pointer found in this way may
// be left over from an earlier call: it may wake the goroutine that waits for the
// object, but does not say who holds it.
type stack struct {
	g       *rawGoroutine
	frames  []stackFrame
	data    []byte
	precise []rawRoot
	whole   []int // frames that were interrupted
	extras  []uint64
}

type stackFrame struct {
	sp       uint64
	from, to int  // in data
	scanned  int  // from here on, word by word
	unread   bool // what is left over in it says nothing about the program
}

// thisPackage is how the names of this package's functions start.
var thisPackage = reflect.TypeFor[Graph]().PkgPath() + "."

// isCapture reports whether a function is the one that takes the dump. Its
// callers in this package are inlined, or not.
func isCapture(name string) bool {
	name, ok := strings.CutPrefix(name, thisPackage)
	return ok && (name == "capture" || name == "Capture" || name == "CaptureWanted")
}

// runCleanup calls the cleanups of a test, and checks are among them. Its deferred
// functions have pointers into its frame, which keeps nothing of the program. Where the
// frame lies, functions of the test have just returned.
const runCleanup = "testing.(*common).runCleanup"

// extra adds a pointer that the runtime keeps for the goroutine outside of its
// frames: a deferred call, the value of a panic.
func (s *stack) extra(p uint64) {
	if p != 0 {
		s.extras = append(s.extras, p)
	}
}

func (b *builder) goroutine() {
	in := b.in
	g := &goroutine{record: none, addr: in.uint()}
	in.uint()
	g.id = int64(in.uint())
	g.gopc = in.uint()
	g.status = in.uint()
	g.system = in.uint() != 0
	in.uint()
	g.since = in.uint()
	if f := b.g.foreign; f != nil {
		f.latest = max(f.latest, g.since)
	}
	g.reason = b.name()
	b.stack = stack{g: &rawGoroutine{goroutine: g}, frames: b.stack.frames[:0], data: b.stack.data[:0],
		precise: b.stack.precise[:0], extras: b.stack.extras[:0], whole: b.stack.whole[:0]}
	b.stack.extra(in.uint()) // the closure that it is about to call
	in.uint()
	// The innermost deferred call and panic are records of their own, but for
	// a deferred call that was allocated.
	b.stack.extra(in.uint())
	in.uint()
}

// name reads a string of which the dump has many copies.
func (b *builder) name() string {
	n := b.in.length()
	if n > 64<<10 {
		b.in.fail("a name of %d bytes", n)
		return ""
	}
	text := b.in.bytes(n)
	if s, ok := b.names[string(text)]; ok {
		return s
	}
	s := string(text)
	// A bound for dumps of others: each string is in the map for as long as the dump is
	// read.
	if len(b.names) < 1<<20 {
		b.names[s] = s
	}
	return s
}

func (b *builder) frame() {
	in, s := b.in, &b.stack
	sp := in.uint()
	in.skip(2)
	n := in.length()
	from := len(s.data)
	if n > maxStack-from {
		in.stop(ErrLimit)
		return
	}
	s.data = append(s.data, in.bytes(n)...)
	entry := in.uint()
	pc := in.uint()
	in.uint()
	name := b.name()
	b.called(name, entry)
	b.fields(n, false)
	if in.err != nil {
		return
	}
	if s.g == nil {
		in.fail("a frame before any goroutine")
		return
	}
	i := len(s.frames)
	f := stackFrame{sp: sp, from: from, to: len(s.data), unread: isCapture(name) || name == runCleanup}
	f.scanned = f.to
	s.frames = append(s.frames, f)
	// The frame that was interrupted is the one after these two.
	if name == "runtime.asyncPreempt" || name == "runtime.asyncPreempt2" ||
		i > 0 && i <= maxNames && s.g.funcs[i-1] == "runtime.asyncPreempt" {
		s.whole = append(s.whole, i)
	}
	// Text dumps print 50 frames from each end (tracebackInnerFrames in
	// runtime/traceback.go); deeper ones need no name, but their pointers still count.
	if i < maxNames {
		s.g.funcs = append(s.g.funcs, name)
		s.g.pcs = append(s.g.pcs, pc)
	}
	for _, off := range b.offsets {
		if p := b.word(s.data[from:], uint64(off)); b.inHeap(p) {
			s.precise = append(s.precise, rawRoot{value: p, frame: frameNumber(i)})
		}
	}
}

func frameNumber(i int) uint16 { return uint16(min(i, maxNames-1)) }

func (b *builder) deferred() {
	in := b.in
	in.skip(4)
	b.stack.extra(in.uint())
	in.skip(2)
}

// endGoroutine turns the collected frames into references.
func (b *builder) endGoroutine() {
	s := &b.stack
	if s.g == nil {
		return
	}
	g := s.g
	s.g = nil
	for _, f := range s.frames {
		g.stack += int64(f.to - f.from)
	}
	// They belong to no frame: the number after the last one finds the outermost function
	// of the user's (see userFunc).
	for _, p := range s.extras {
		s.precise = append(s.precise, rawRoot{value: p, frame: frameNumber(len(s.frames))})
	}
	for _, i := range s.whole {
		b.scanFrom(i, s.frames[i].sp)
	}
	// Each word is scanned at most once, so this ends.
	for i := 0; i < len(s.precise); i++ {
		// Stacks are spans of the heap's arenas, so an address in a frame passes for one in
		// the heap (stackalloc in runtime/stack.go).
		if p := s.precise[i].value; b.inHeap(p) {
			if f := s.frameAt(p); f >= 0 {
				b.scanFrom(f, p)
			}
		}
	}
	g.pointers = slices.Clone(s.precise)
	b.pending = append(b.pending, g)
}

// scanFrom takes every word of a frame from an address on for a pointer. What
// lies before the address of a variable is no part of it.
func (b *builder) scanFrom(i int, p uint64) {
	s := &b.stack
	f := &s.frames[i]
	if f.unread {
		return
	}
	size := b.g.ptrSize
	// Down to a whole word: p may point into the middle of a variable.
	from := f.from + int(p-f.sp)/size*size
	for at := from; at+size <= f.scanned; at += size {
		if p := b.word(s.data, uint64(at)); b.inHeap(p) {
			s.precise = append(s.precise, rawRoot{value: p, frame: frameNumber(i), maybe: true})
		}
	}
	f.scanned = min(f.scanned, from)
}

// frameAt returns the frame that an address lies in, or -1. Frames go up the
// stack, from low addresses to high ones.
func (s *stack) frameAt(p uint64) int {
	i, found := slices.BinarySearchFunc(s.frames, p, func(f stackFrame, p uint64) int {
		switch {
		case p < f.sp:
			return 1
		case p >= f.sp+uint64(f.to-f.from):
			return -1
		}
		return 0
	})
	if !found {
		return -1
	}
	return i
}

// isRuntimeFunc reports whether a function is the runtime's own.
func isRuntimeFunc(name string) bool {
	return strings.HasPrefix(name, "runtime.") || strings.HasPrefix(name, "internal/runtime/")
}
