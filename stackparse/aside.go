package stackparse

import (
	"bytes"

	"github.com/leakcheck-go/goroutine/stackparse/internal/unwrap"
)

const (
	mostAside = 4 << 20 // bytes

	// quietLines is after how many lines of others a dump is taken to have ended.
	quietLines = 200

	// mostRounds is how often a line is set aside, which is how many dumps may be
	// printed at the same time.
	mostRounds = 16
)

// aside holds the lines of other dumps while one is read. Two processes that end at
// the same time print theirs into one log, a line of one after a line of the other,
// each behind its own prefix.
type aside struct {
	lines  []asideLine
	bytes  int
	quiet  int         // lines of others since the last of the dump
	again  []asideLine // lines that were set aside and are read now
	rounds int
	n      int // number of the last line that was read from the input
}

type asideLine struct {
	n    int
	text []byte
}

// nextLine returns the next line of the input, or one that was set aside when the
// dump between whose lines it stood has ended.
func (s *source) nextLine() ([]byte, bool) {
	a := s.aside
	if a == nil {
		return s.lines.next()
	}
	// The dump that was read has ended, as far as can be told: the next one's turn.
	if len(a.again) == 0 && (len(a.lines) == 0 || a.quiet > quietLines || a.bytes > mostAside) {
		s.turn()
		return s.nextLine()
	}
	if len(a.again) == 0 {
		// Lines that were set aside come with their own numbers; the input goes on from its last.
		if a.n > 0 {
			s.lines.n, a.n = a.n, 0
		}
		line, ok := s.lines.next()
		if ok {
			return line, true
		}
		s.turn()
		return s.nextLine()
	}
	line := a.again[0]
	a.again = a.again[1:]
	s.lines.n, s.lines.cut = line.n, 0
	return line.text, true
}

// turn makes the lines that were set aside the next ones, if there are any.
func (s *source) turn() {
	a := s.aside
	if a.n == 0 {
		a.n = s.lines.n
	}
	if len(a.lines) == 0 {
		s.lines.n, s.aside = a.n, nil
		return
	}
	s.wrap = unwrap.Wrapping{} // the first of them is a header, which shows its prefix
	s.aside = &aside{again: a.lines, rounds: a.rounds + 1, n: a.n}
}

// setAside sets the line aside if it is of another dump than the one that is read,
// and reports whether it was.
func (s *source) setAside() bool {
	a := s.aside
	switch {
	case s.wrap.Matched:
		if a != nil {
			a.quiet = 0
		}
		return false
	case a != nil && a.rounds > mostRounds:
		return false
	// Only a header begins another dump. After it, all lines are kept that are not of this one.
	case (a == nil || len(a.lines) == 0) && !s.wrap.Other(s.raw, prefixedHeader):
		return false
	case a == nil:
		a = new(aside)
		s.aside = a
	}
	a.lines = append(a.lines, asideLine{s.lines.n, bytes.Clone(s.raw)})
	a.bytes += len(s.raw)
	a.quiet++
	return true
}
