package heap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
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

// input reads the primitive values of a dump, which is in memory as a whole or
// arrives by and by. Its first error is sticky: later reads return zeros.
type input struct {
	buf      []byte // from offset base on; never beyond limit
	pos      int    // in buf, of what is read next
	mark     int    // what is kept in buf from here on; -1 for nothing
	base     int64
	r        io.Reader // nil where buf has all there is
	more     bool      // the limit cut off what is in buf
	limit    int64
	deadline time.Time
	err      error
}

func newInput(r io.Reader, l Limits) *input {
	return &input{r: r, mark: -1, limit: l.Bytes, deadline: time.Now().Add(l.Time)}
}

// inMemory reads a dump that is in memory.
func inMemory(data []byte, l Limits) *input {
	in := newInput(nil, l)
	in.buf = data[:min(int64(len(data)), l.Bytes)]
	in.more = len(in.buf) < len(data)
	return in
}

// off is the offset of what is read next.
func (in *input) off() int64 { return in.base + int64(in.pos) }

// stop records the first error. Nothing is read after it.
func (in *input) stop(err error) {
	if in.err == nil {
		in.err = err
		in.base, in.buf, in.pos, in.mark, in.r = in.off(), nil, 0, -1, nil
	}
}

// fail records that the dump makes no sense.
func (in *input) fail(format string, args ...any) { in.failAt(in.off(), format, args...) }

func (in *input) failAt(off int64, format string, args ...any) {
	in.stop(&FormatError{Offset: off, Msg: fmt.Sprintf(format, args...)})
}

const firstBuffer = 256 << 10

// fill reads more into the buffer and returns why it could not. The buffer
// grows as bytes arrive, never by what a length claims.
func (in *input) fill() error {
	switch {
	case in.more || in.base+int64(len(in.buf)) >= in.limit:
		return fmt.Errorf("%w: the dump is larger than %d bytes", ErrLimit, in.limit)
	case in.r == nil:
		return io.EOF
	}
	from := in.pos
	if in.mark >= 0 {
		from = in.mark
		in.mark = 0
	}
	kept := len(in.buf) - from
	if kept == cap(in.buf) {
		in.buf = append(make([]byte, 0, max(firstBuffer, 2*kept)), in.buf[from:]...)
	} else {
		copy(in.buf, in.buf[from:])
	}
	in.base, in.pos = in.base+int64(from), in.pos-from
	room := min(int64(cap(in.buf)-kept), in.limit-in.base-int64(kept))
	n, err := io.ReadAtLeast(in.r, in.buf[kept:kept+int(room)], 1)
	in.buf = in.buf[:kept+n]
	if n > 0 {
		return nil
	}
	return err
}

// has reports whether n more bytes are there, and records why not.
func (in *input) has(n int) bool {
	for len(in.buf)-in.pos < n {
		if in.err != nil {
			return false
		}
		if err := in.fill(); err != nil {
			in.endedBy(err)
			return false
		}
	}
	return in.err == nil
}

// endedBy records why the input ended.
func (in *input) endedBy(err error) {
	switch {
	case errors.Is(err, ErrLimit):
		in.stop(err)
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		in.fail("the dump ends in the middle of a record")
	default:
		in.stop(fmt.Errorf("heap dump: offset %d: %w", in.off(), err))
	}
}

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
	for {
		v, n := binary.Uvarint(in.buf[in.pos:])
		if n > 0 {
			in.pos += n
			return v
		}
		if in.err != nil {
			return 0
		}
		if n < 0 || len(in.buf)-in.pos >= binary.MaxVarintLen64 {
			in.fail("a number of more than 64 bits")
			return 0
		}
		if err := in.fill(); err != nil {
			in.endedBy(err)
			return 0
		}
	}
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
	if in.err == nil && n > uint64(in.limit-in.off()) {
		in.stop(fmt.Errorf("%w: offset %d: a length of %d bytes", ErrLimit, in.off(), n))
	}
	if in.err != nil {
		return 0
	}
	return int(n)
}

// bytes returns the n bytes that follow, valid until something else is read.
func (in *input) bytes(n int) []byte {
	if !in.has(n) {
		return nil
	}
	in.pos += n
	return in.buf[in.pos-n : in.pos]
}

// hold is bytes for what is needed beyond the next reads: held returns it, and
// the next hold frees what is held.
func (in *input) hold(n int) {
	in.mark = -1
	if in.has(n) {
		in.mark = in.pos
		in.pos += n
	}
}

// held returns n bytes of what is held.
func (in *input) held(n int) []byte {
	if in.mark < 0 {
		return nil
	}
	return in.buf[in.mark : in.mark+n]
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
