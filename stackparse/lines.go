package stackparse

import (
	"bytes"
	"errors"
	"io"
)

const (
	// maxLine is where a line is cut. Nothing in the runtime bounds a label or
	// a path, so 64 KiB, where bufio.Scanner gives up, is within reach.
	maxLine = 1 << 20

	firstBuffer = 4 << 10
	usualBuffer = 64 << 10
)

var errBadCount = errors.New("stackparse: reader returned an impossible count from Read")

// lines cuts its input into lines. It is not a bufio.Scanner because that ends
// at the first line that is too long, and this goes on after it.
type lines struct {
	src io.Reader // nil if buf is all the input; buf is then never written to
	buf []byte
	pos int // buf[pos:end] is not read yet
	end int

	n      int   // number of the line that next returned
	cut    int   // bytes that were cut from its end
	open   bool  // it had no line end, because the input ends there
	filled bool  // the last read filled the buffer
	total  int64 // bytes that src gave
	err    error // why src gave no more, io.EOF included
}

// readErr returns why reading ended, nil for the end of the input.
func (l *lines) readErr() error {
	if l.err == io.EOF {
		return nil
	}
	return l.err
}

// size returns how many bytes the input has, when all are read.
func (l *lines) size() int64 {
	if l.src == nil {
		return int64(l.end)
	}
	return l.total
}

// next returns the next line without its line end. The line is valid until
// the next call.
func (l *lines) next() ([]byte, bool) {
	// IndexByte is vector code; all of a dump goes through it once.
	i := bytes.IndexByte(l.buf[l.pos:l.end], '\n')
	if i < 0 || i > maxLine {
		return l.nextSlow(i)
	}
	line := l.buf[l.pos : l.pos+i]
	l.pos += i + 1
	l.n++
	l.cut = 0
	return trimCR(line), true
}

// nextSlow is next for a line that is not all in the buffer, is the last one,
// or is too long. i is where it ends, or -1.
func (l *lines) nextSlow(i int) ([]byte, bool) {
	for seen := l.end - l.pos; i < 0 && seen <= maxLine && l.fill(); {
		if i = bytes.IndexByte(l.buf[l.pos+seen:l.end], '\n'); i >= 0 {
			i += seen
		}
		seen = l.end - l.pos
	}
	size, whole := i, i >= 0
	if !whole {
		size = l.end - l.pos
	}
	if size == 0 && !whole {
		return nil, false
	}
	l.n++
	l.open = !whole
	keep := min(size, maxLine)
	l.cut = size - keep
	// The rest of an overlong line is dropped while it is read, not kept in a larger buffer.
	if l.cut > 0 && !whole && l.src != nil {
		return trimCR(l.discard(keep)), true
	}
	line := l.buf[l.pos : l.pos+keep]
	l.pos += size
	if whole {
		l.pos++
	}
	return trimCR(line), true
}

// discard reads on to the end of the line at buf[pos:end] and returns its
// first keep bytes. It reads into the room behind them, which is there
// because the largest buffer is larger than a line.
func (l *lines) discard(keep int) []byte {
	// To the start of the buffer, so that the whole rest of it is free for what is thrown
	// away.
	line := l.buf[:copy(l.buf, l.buf[l.pos:l.pos+keep])]
	for {
		l.pos, l.end = keep, keep
		if !l.read() {
			return line
		}
		if i := bytes.IndexByte(l.buf[l.pos:l.end], '\n'); i >= 0 {
			l.pos += i + 1
			l.cut += i
			l.open = false
			return line
		}
		l.cut += l.end - l.pos
	}
}

// fill reads more behind buf[pos:end], which it first moves to the start of
// the buffer. It reports whether there was more.
func (l *lines) fill() bool {
	if l.src == nil || l.err != nil {
		return false
	}
	if l.pos > 0 {
		copy(l.buf, l.buf[l.pos:l.end])
		l.end -= l.pos
		l.pos = 0
	}
	// A source that fills a small buffer has more: fewer, larger reads are cheaper.
	if l.end == len(l.buf) || l.filled && len(l.buf) < usualBuffer {
		// The largest buffer is a line and some: discard needs the rest.
		size := min(max(2*len(l.buf), firstBuffer), maxLine+usualBuffer)
		l.buf = append(make([]byte, 0, size), l.buf[:l.end]...)[:size]
	}
	return l.read()
}

// read reads once into the free end of the buffer, which must not be empty. A
// reader may return nothing without an error, but not forever.
func (l *lines) read() bool {
	for range 100 {
		if l.err != nil {
			return false
		}
		n, err := l.src.Read(l.buf[l.end:])
		l.filled = n == len(l.buf)-l.end
		// As bufio.Scanner does: a broken Reader must not make a slice panic.
		if n < 0 || n > len(l.buf)-l.end {
			n, err = 0, errBadCount
		}
		l.end += n
		l.total += int64(n)
		l.err = err
		if n > 0 {
			return true
		}
	}
	if l.err == nil {
		l.err = io.ErrNoProgress
	}
	return false
}

// blanks mean nothing at the end of a line.
const blanks = " \t\r"

// trimCR removes the CR of a CR LF. More than one goes too, so that no text
// that is kept ends in what a second reading would remove.
func trimCR(line []byte) []byte {
	for len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	return line
}
