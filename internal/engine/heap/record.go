package heap

import (
	"bufio"
	"encoding/binary"
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

const dumpHeader = "go1.7 heap dump\n"

// input reads the primitive values of a dump. Its first error is sticky: later
// reads return zeros.
type input struct {
	r        *bufio.Reader
	off      int64
	limit    int64
	deadline time.Time
	err      error
}

func newInput(r io.Reader, l Limits) *input {
	return &input{r: bufio.NewReaderSize(r, 256<<10), limit: l.Bytes, deadline: time.Now().Add(l.Time)}
}

// fail records the first error.
func (in *input) fail(format string, args ...any) {
	if in.err == nil {
		in.err = &FormatError{Offset: in.off, Msg: fmt.Sprintf(format, args...)}
	}
}

// advance counts n bytes that were read, or are about to be.
func (in *input) advance(n int64) bool {
	if in.err != nil {
		return false
	}
	if n > in.limit-in.off {
		in.err = fmt.Errorf("%w: the dump is larger than %d bytes", ErrLimit, in.limit)
		return false
	}
	in.off += n
	return true
}

// readFailed records why the input ended.
func (in *input) readFailed(err error) {
	switch {
	case in.err != nil:
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		in.fail("the dump ends in the middle of a record")
	default:
		in.err = fmt.Errorf("heap dump: offset %d: %w", in.off, err)
	}
}

// uint reads a varint.
func (in *input) uint() uint64 {
	if in.err != nil {
		return 0
	}
	// Most values are short and lie in the buffer: no call for each byte.
	if p, _ := in.r.Peek(binary.MaxVarintLen64); len(p) > 0 {
		v, n := binary.Uvarint(p)
		if n > 0 {
			_, _ = in.r.Discard(n)
			in.advance(int64(n))
			return v
		}
		if n < 0 || len(p) == binary.MaxVarintLen64 {
			in.fail("a number of more than 64 bits")
			return 0
		}
	}
	in.readFailed(io.EOF)
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
	if in.err == nil && n > uint64(in.limit-in.off) {
		in.err = fmt.Errorf("%w: offset %d: a length of %d bytes", ErrLimit, in.off, n)
	}
	if in.err != nil {
		return 0
	}
	return int(n)
}

// bytes appends the n bytes that follow to buf[:0]. It grows buf as bytes
// arrive, never by what a length claims.
func (in *input) bytes(buf []byte, n int) []byte {
	buf = buf[:0]
	const step = 1 << 20
	for n > 0 && in.err == nil {
		m := min(n, step)
		at := len(buf)
		if cap(buf)-at < m {
			buf = append(buf, make([]byte, m)...)
		} else {
			buf = buf[:at+m]
		}
		if _, err := io.ReadFull(in.r, buf[at:]); err != nil {
			in.readFailed(err)
			return buf[:at]
		}
		in.advance(int64(m))
		n -= m
	}
	return buf
}

// discard drops n bytes.
func (in *input) discard(n int) {
	for n > 0 && in.err == nil {
		m := min(n, 1<<20)
		if _, err := in.r.Discard(m); err != nil {
			in.readFailed(err)
			return
		}
		in.advance(int64(m))
		n -= m
	}
}

// text drops a string.
func (in *input) text() { in.discard(in.length()) }

// late reports, and records, that the time is up.
func (in *input) late() bool {
	if in.err == nil && time.Now().After(in.deadline) {
		in.err = fmt.Errorf("%w: reading takes too long", ErrLimit)
	}
	return in.err != nil
}
