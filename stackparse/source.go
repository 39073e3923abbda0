package stackparse

import (
	"bytes"

	"github.com/leakcheck-go/goroutine/stackparse/internal/unwrap"
)

// source gives the lines of a dump without what log collectors and terminals
// put around them: see package unwrap. Of a dump that nothing was put around, its
// lines are those of the input.
//
// It is the lowest layer that knows about goroutines, but only as far as to
// find their headers: from these it learns how lines are wrapped.
type source struct {
	lines lines
	wrap  unwrap.Wrapping

	raw   []byte // the line of the input, without colours
	uncut []byte // the same, or if that is a quoted value a line of the value
	line  []byte // what is left of it without a prefix
	held  bool   // line is not used yet

	inner    []byte // lines of a quoted value that are still to come
	whole    bool   // inner is more than one line: nothing after it belongs to it
	unclosed bool   // the quoted value was cut before its end
	cutEnd   bool   // and this is the empty line after it
	carry    []byte // start of a line whose rest is in the next quoted value
	bare     []byte // memory of raw, if colours were cut from it
	decoded  []byte // memory of inner

	// guard is 1 more than the tabs before "panic: " in the text before a
	// header, 0 if there was none. A panic value may forge goroutines; since Go
	// 1.23 the runtime indents its lines by a tab, so that they are known by it.
	guard int
}

// reset makes s read from src, with the buffer of before.
func (s *source) reset(l lines) {
	s.lines = l
	s.wrap = unwrap.Wrapping{}
	s.held, s.whole, s.unclosed, s.guard = false, false, false, 0
	s.inner, s.carry = nil, s.carry[:0]
}

// advance reads a line into s.line, the held one first.
func (s *source) advance() bool {
	if s.held {
		s.held = false
		return true
	}
	s.cutEnd = false
	for {
		switch {
		case len(s.inner) > 0:
			s.nextInner()
			return true
		case s.whole:
			s.whole, s.line, s.uncut = false, nil, nil
			s.cutEnd = s.unclosed
			return true
		}
		raw, ok := s.lines.next()
		if !ok {
			if len(s.carry) == 0 {
				s.line = nil
				return false
			}
			s.inner, s.carry = s.carry, nil
			continue
		}
		s.raw, s.unclosed = raw, false
		if bytes.IndexByte(raw, unwrap.Escape) >= 0 {
			s.bare = unwrap.CutColours(s.bare[:0], raw)
			s.raw = trimCR(s.bare)
		}
		s.line, s.uncut = s.raw, s.raw
		if !s.wrap.On || s.unwrap() {
			return true
		}
	}
}

// cutHere reports whether the input was cut in the middle of the line: it ends
// there, or a quoted value does.
func (s *source) cutHere() bool {
	return s.lines.open || s.unclosed && len(s.inner) == 0
}

// unwrap makes s.line what is wrapped in s.raw, if it is wrapped like the last
// header was. It returns false if the line is a quoted value that is only a
// piece of a line, or has none.
func (s *source) unwrap() bool {
	w := &s.wrap
	w.Matched = false
	if w.Quotes() {
		start, end, ok := w.Quoted(s.raw)
		if !ok {
			return true
		}
		return s.setInner(start, end)
	}
	s.line, w.Matched = w.Cut(s.raw)
	return true
}

// setInner makes the lines of the quoted value s.raw[start:end] the next ones.
// It returns whether there is a line already, which is empty then.
func (s *source) setInner(start, end int) bool {
	s.unclosed = end == len(s.raw)
	before := len(s.carry)
	s.carry = unwrap.Unquote(s.carry, s.raw[start:end])
	if s.wrap.Pieces && len(s.carry) <= maxLine && bytes.IndexByte(s.carry[before:], '\n') < 0 {
		return false // only the new part is looked at, or many pieces would take for ever
	}
	// The memory of one is that of the other the next time: what is carried is
	// never copied but for its last line.
	s.decoded, s.carry = s.carry, s.decoded[:0]
	text, rest := cutLastLine(s.decoded)
	switch {
	case !s.wrap.Pieces:
		text = bytes.TrimSuffix(s.decoded, []byte("\n"))
	case len(s.decoded) > maxLine && len(text) == 0:
		text = rest
	default:
		s.carry = append(s.carry, rest...)
	}
	if len(text) == 0 {
		s.line, s.uncut, s.wrap.Matched = nil, nil, true
		return true
	}
	s.inner = text
	s.whole = !s.wrap.Pieces && bytes.IndexByte(text, '\n') >= 0
	return false
}

// cutLastLine cuts text at its last line feed, which is in neither part.
func cutLastLine(text []byte) (lines, rest []byte) {
	i := bytes.LastIndexByte(text, '\n')
	return text[:max(i, 0)], text[i+1:]
}

// nextInner reads the next line of a quoted value.
func (s *source) nextInner() {
	line, rest, _ := bytes.Cut(s.inner, []byte("\n"))
	s.inner = rest
	line = trimCR(line)
	if bytes.IndexByte(line, unwrap.Escape) >= 0 {
		line = trimCR(unwrap.CutColours(line[:0], line))
	}
	s.uncut = line
	s.line, _ = s.wrap.Cut(s.uncut)
	s.wrap.Matched = true
}

// atHeader reports whether the line is the header of a goroutine, wrapped in
// whatever way. The lines after it are expected to be wrapped like it.
func (s *source) atHeader() bool {
	switch {
	case isHeader(s.line) && !s.isGuarded(s.uncut[:len(s.uncut)-len(s.line)]):
		if s.wrap.On && !s.wrap.Matched {
			s.wrap = unwrap.Wrapping{} // the rest is as plain as this line
		}
	case !s.findPrefixed():
		return false
	}
	s.guard = 0
	return true
}

// findPrefixed looks for a header behind a prefix. If it finds the head of a
// runtime stack instead, it learns the prefix from that.
func (s *source) findPrefixed() bool {
	at := prefixedHeader(s.uncut)
	if at <= 0 {
		return false
	}
	prefix := s.uncut[:at]
	if !s.wrap.Quotes() && unwrap.InQuotes(prefix) {
		return false // see findQuoted
	}
	if s.isGuarded(prefix) {
		return false
	}
	s.wrap.SetPrefix(prefix)
	s.line = bytes.TrimRight(s.uncut[at:], " \t")
	return string(s.line) != runtimeStack
}

// findQuoted looks for a quoted value with a header in it. If there is one the
// lines of the value are the next ones.
func (s *source) findQuoted() bool {
	if s.wrap.Quotes() && s.wrap.Matched || !mayHaveHeader(s.raw) {
		return false // the line is from such a value already, or has none
	}
	start, end := unwrap.Quoted(s.raw, mayHaveHeader)
	if start < 0 {
		return false
	}
	s.decoded = unwrap.Unquote(s.decoded[:0], s.raw[start:end])
	if !hasHeader(s.decoded) {
		return false
	}
	// Of docker a value is a line with its end, or a piece without one. Others
	// leave out the end of every line, or put a whole dump into one value.
	s.wrap.SetKey(s.raw, start)
	s.wrap.Pieces = bytes.IndexByte(s.decoded, '\n') == len(s.decoded)-1 // one line and its end
	s.carry = s.carry[:0]
	s.setInner(start, end)
	return true
}

// isGuarded reports whether a header behind prefix is part of a panic's text.
func (s *source) isGuarded(prefix []byte) bool {
	return s.guard > 0 && trailingTabs(prefix) >= s.guard
}

// watchPanic remembers the indentation of a panic's text.
func (s *source) watchPanic() {
	at := bytes.Index(s.uncut, []byte(panicPrefix))
	if at < 0 {
		return
	}
	before := bytes.TrimRight(s.uncut[:at], " \t")
	if n := len(before); n > 0 && 'a' <= before[n-1] && before[n-1] <= 'z' {
		return // "recovered panic: ..." in a log
	}
	if n := 1 + trailingTabs(s.uncut[:at]); s.guard == 0 || n < s.guard {
		s.guard = n
	}
}

// trailingTabs counts the tabs at the end of b.
func trailingTabs(b []byte) int {
	return len(b) - len(bytes.TrimRight(b, "\t"))
}
