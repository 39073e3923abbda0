package heap

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Tags of the records, as in runtime/heapdump.go.
const (
	tagEOF             = 0
	tagObject          = 1
	tagOtherRoot       = 2
	tagType            = 3
	tagGoroutine       = 4
	tagStackFrame      = 5
	tagParams          = 6
	tagFinalizer       = 7
	tagItab            = 8
	tagOSThread        = 9
	tagMemStats        = 10
	tagQueuedFinalizer = 11
	tagData            = 12
	tagBSS             = 13
	tagDefer           = 14
	tagPanic           = 15
	tagMemProf         = 16
	tagAllocSample     = 17
)

// Header is how a heap dump begins.
const Header = "go1.7 heap dump\n"

// input reads the primitive values of a dump. Its first error is sticky: later reads
// return zeros.
type input struct {
	buf      []byte
	pos      int // in buf, of what is read next
	deadline time.Time
	err      error
}

// stop records the first error. Nothing is read after it.
func (in *input) stop(err error) {
	if in.err == nil {
		in.err, in.buf, in.pos = err, nil, 0
	}
}

// fail records that the dump makes no sense.
func (in *input) fail(format string, args ...any) { in.failAt(in.pos, format, args...) }

func (in *input) failAt(off int, format string, args ...any) {
	in.stop(&FormatError{Offset: int64(off), Msg: fmt.Sprintf(format, args...)})
}

// ended records that the dump is shorter than it says.
func (in *input) ended() { in.fail("the dump ends in the middle of a record") }

// uint reads a varint. Most are one byte.
func (in *input) uint() uint64 {
	if p := in.pos; p < len(in.buf) && in.buf[p] < 0x80 {
		in.pos++
		return uint64(in.buf[p])
	}
	return in.long()
}

// long reads a varint of any length.
func (in *input) long() uint64 {
	v, n := binary.Uvarint(in.buf[in.pos:])
	switch {
	case n > 0:
		in.pos += n
		return v
	case n < 0:
		in.fail("a number of more than 64 bits")
	default:
		in.ended()
	}
	return 0
}

// skip reads n numbers and drops them.
func (in *input) skip(n int) {
	for range n {
		in.uint()
	}
}

// length reads a length that the rest of the dump can hold.
func (in *input) length() int {
	n := in.uint()
	if n > uint64(len(in.buf)-in.pos) {
		in.ended()
		return 0
	}
	return int(n)
}

// bytes returns the n bytes that follow. They are a part of the dump.
func (in *input) bytes(n int) []byte {
	if n > len(in.buf)-in.pos {
		in.ended()
		return nil
	}
	in.pos += n
	return in.buf[in.pos-n : in.pos]
}

// text drops a string.
func (in *input) text() { in.bytes(in.length()) }

// late reports, and records, that the time is up.
func (in *input) late() bool {
	if in.err == nil && time.Now().After(in.deadline) {
		in.stop(fmt.Errorf("%w: reading takes too long", ErrLimit))
	}
	return in.err != nil
}
