package stackparse

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrIncomplete is wrapped by the [SyntaxError] that says that a dump is not
// all there: it ends in the middle of a goroutine, or is as large as the
// runtime makes dumps at most.
var ErrIncomplete = errors.New("incomplete dump")

const (
	// mostProfile is where the goroutine profile with debug=2 ends, whatever
	// there still is to print (writeRuntimeGoroutineStacks in
	// runtime/pprof/pprof.go).
	mostProfile = 64 << 20

	// bufferUnit divides the size of every buffer that anyone reads a dump
	// into with runtime.Stack, which fills it and stops.
	bufferUnit = 1 << 10
)

// checkEnd looks whether the input ended in the middle of the goroutine.
func (r *Reader) checkEnd() {
	// The runtime prints at least one of these for every goroutine.
	b := &r.body
	empty := len(r.frames) == 0 && r.g.Creator == nil && len(r.ancestors) == 0 && !r.g.Unavailable
	cut := b.cutHalf || b.broken && r.cutHere() || empty || r.cutEnd || r.fullBuffer()
	if !cut {
		return
	}
	r.g.Truncated = true
	r.reportIncomplete("dump ends in the middle of goroutine %d", r.g.ID)
}

// reportCut says that a line was longer than is read, once for all that are
// quoted in it.
func (r *Reader) reportCut() {
	r.report(r.lines.n, "line cut at %d bytes, %d more skipped", maxLine, r.lines.cut)
	r.lines.cut = 0
}

// fullBuffer reports whether the input looks like a buffer that was too small:
// it ends within a line, and has the size of a buffer.
func (r *Reader) fullBuffer() bool {
	return r.lines.size() == mostProfile || r.lines.open && r.lines.size()%bufferUnit == 0
}

// checkSize is for a dump that was cut off after the empty line that follows a
// goroutine.
func (r *Reader) checkSize() {
	switch {
	case r.lines.size() == mostProfile:
		r.reportIncomplete("dump has %d bytes, where the goroutine profile ends", mostProfile)
	case r.lines.open && isCut(r.raw, headerPrefix):
		r.reportIncomplete("dump ends in a header")
	}
}

func (r *Reader) reportIncomplete(format string, args ...any) {
	if r.incomplete {
		return
	}
	r.incomplete = true
	r.addProblem(r.lines.n, fmt.Sprintf(format, args...))
	r.problems[len(r.problems)-1].Err = ErrIncomplete
}

// isCutLine reports whether the last line of the input, which has no end, may
// be the start of one that the runtime prints. Names have no white space.
func isCutLine(line []byte) bool {
	if isCut(line, createdPrefix) || isCut(line, ancestorPrefix) || isCut(line, foreignCall) || isCut(line, "...") {
		return true
	}
	name := true
	for _, c := range line {
		if c == ' ' || c == '\t' {
			return false
		}
		name = name && !('A' <= c && c <= 'Z')
	}
	return name || bytes.IndexByte(line, '.') > 0 // and not "FAIL"
}

// isCut reports whether line and start are the same as far as they go.
func isCut(line []byte, start string) bool {
	n := min(len(line), len(start))
	return n > 0 && string(line[:n]) == start[:n]
}
