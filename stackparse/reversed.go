package stackparse

import "bytes"

const (
	mostAbove     = 512     // lines
	mostAboveLine = 2 << 10 // bytes of one
)

// above holds the last lines of text. In a log that prints the newest line
// first they are the stack of the header that follows, upside down.
type above struct {
	lines [][]byte // a ring, with the memory of lines that are gone
	first int      // of the ring
	n     int
	last  int // number of the last line
}

func (a *above) reset() { a.first, a.n = 0, 0 }

// add adds a line, in place of the oldest one if there are too many.
func (a *above) add(number int, line []byte) {
	a.last = number
	line = line[:min(len(line), mostAboveLine)]
	if a.n < mostAbove {
		if a.n == len(a.lines) {
			a.lines = append(a.lines, nil)
		}
		a.lines[a.n] = append(a.lines[a.n][:0], line...)
		a.n++
		return
	}
	// The ring is full: the oldest line gives its memory to the new one.
	a.lines[a.first] = append(a.lines[a.first][:0], line...)
	a.first = (a.first + 1) % mostAbove
}

// at returns a line, counted from the last one.
func (a *above) at(i int) []byte { return a.lines[(a.first+a.n-1-i)%mostAbove] }

// mayBeStack is a quick test whether the lines directly above a header, whose
// number is given, end in a place and its call. Lines that skip knows are not
// counted.
func (a *above) mayBeStack(number int, skip func(line []byte) bool) bool {
	const mostBetween = 100 // lines of JSON between two values
	if a.n < 2 || a.last != number-1 && (number-a.last > mostBetween || !skip([]byte("{"))) {
		return false
	}
	var found [2][]byte
	n := 0
	for i := 0; i < min(a.n, mostBetween) && n < len(found); i++ {
		if line := a.at(i); !skip(line) {
			found[n] = line
			n++
		}
	}
	call := bytes.TrimRight(found[0], " \t\"}],\\nr")
	return bytes.HasSuffix(call, []byte(")")) && bytes.IndexByte(found[1], ':') > 0
}

// readReversed reads the goroutine whose header was just read from the lines
// above it, if they are its stack and those below are not.
func (r *Reader) readReversed() bool {
	if !r.above.mayBeStack(r.g.Line, r.wrap.Skips) || len(r.inner) > 0 {
		return false
	}
	// The lines above the first header are wrapped like it still, those above the
	// others are not.
	text := r.raw
	if r.wrap.Quotes() && isCall(r.above.at(0)) {
		text = r.line
	}
	text = append(bytes.Clone(text), '\n')
	for i := range r.above.n {
		text = append(append(text, r.above.at(i)...), '\n')
	}
	if r.advance() {
		r.held = true
		if isCall(r.line) {
			return false // the usual order
		}
	}
	// A Reader of its own, for it has to learn how these lines are wrapped.
	upright := Reader{Name: r.Name, SkipArgs: r.SkipArgs}
	upright.around = r.around
	upright.resetBytes(text)
	if !upright.Scan() || len(upright.g.Frames) == 0 || upright.g.Frames[0].File == "" || upright.g.ID != r.g.ID {
		return false
	}
	line := r.g.Line
	r.g = *upright.g.Clone()
	r.g.Line = line
	r.g.Truncated = false // the end of the text is not that of the input
	r.body.mixed = true
	r.assume(assumedReversed)
	return true
}
