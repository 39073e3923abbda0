package stackparse

import (
	"bytes"
	"fmt"

	"github.com/leakcheck-go/goroutine/stackparse/internal/unwrap"
)

// source gives the lines of a dump without what log collectors and terminals
// put around them: see package unwrap. A plain dump has the lines of the input.
//
// It is the lowest layer that knows about goroutines, but only as far as to
// find their headers: from these it learns how lines are wrapped.
type source struct {
	lines lines
	wrap  unwrap.Wrapping
	// around finds out what is around lines; nil where nothing is, as in a dump that
	// the process took of itself.
	around *dressing

	raw     []byte // the line of the input, without colours
	uncut   []byte // the same, or if that is a quoted value a line of the value
	line    []byte // what is left of it without a prefix, and without blanks at its end
	prefix  int    // bytes of uncut before line
	held    bool   // line is not used yet
	summary bool   // line is a header that words of goleak stand for
	noted   string // what was assumed to find the header, not yet said
	flat    bool   // the line is a dump without line ends: inner has its lines
	header  []byte // memory of line for that

	inner    []byte // lines of a quoted value that are still to come
	whole    bool   // inner is more than one line: nothing after it belongs to it
	unclosed bool   // the quoted value was cut before its end
	cutEnd   bool   // and this is the empty line after it
	carry    []byte // start of a line whose rest is in the next quoted value
	bare     []byte // memory of raw, if colours were cut from it

	dress     unwrap.Dress // undoes what is in and behind all lines; nil for nothing
	dressed   []byte       // memory of raw for that
	undressed bool         // dress has changed the line
	spaces    []byte       // memory of line, if its white space was changed
	decoded   []byte       // memory of inner

	aside *aside // lines of another dump, which is printed at the same time; nil for none

	// guard is 1 more than the tabs before "panic: " in the text before a
	// header, 0 if there was none. A panic value may forge goroutines; since Go
	// 1.23 the runtime indents its lines by a tab, so that they are known by it.
	guard int
}

// dressing is what only a dump from elsewhere needs. The functions are called by way
// of this table, so that a linker leaves them out of a program without one: they are
// 130 kB of a test binary.
type dressing struct {
	line     func(s *source, raw []byte) bool
	inner    func(*source)
	prefixed func(*source) bool
	dressed  func(s *source, text []byte) bool
	quoted   func(*source) bool
	unescape func(r *Reader, line []byte) []byte
}

var anyDressing = dressing{
	line: (*source).undress, inner: (*source).nextInner, dressed: (*source).findDressed, quoted: (*source).findInQuotes,
	prefixed: func(s *source) bool { return s.findPrefixed() || s.findSummary() },
	unescape: (*Reader).unescape,
}

// reset makes s read from src, with the buffer of before.
func (s *source) reset(l lines) {
	s.lines = l
	s.wrap = unwrap.Wrapping{}
	s.held, s.whole, s.unclosed, s.guard = false, false, false, 0
	s.noted, s.flat, s.dress, s.undressed = "", false, nil, false
	s.inner, s.carry = nil, s.carry[:0]
	s.aside = nil
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
			s.around.inner(s)
			return true
		case s.whole:
			s.whole, s.line, s.uncut = false, nil, nil
			s.cutEnd = s.unclosed
			return true
		}
		raw, ok := s.nextLine()
		if !ok {
			// A quoted value may have ended in the middle of a line whose rest never came.
			if len(s.carry) == 0 {
				s.line = nil
				return false
			}
			s.inner, s.carry = s.carry, nil
			continue
		}
		s.raw, s.unclosed = raw, false
		if s.around == nil || !s.wrap.On && unwrap.IsPlain(raw) {
			// As the runtime prints it. One look at the line tells.
			s.line, s.uncut, s.prefix = raw, raw, 0
			return true
		}
		if s.around.line(s, raw) {
			return true
		}
	}
}

// undress makes s.line what the line raw of the input is without what is around it.
// It returns false if nothing is left of it, or it is set aside.
func (s *source) undress(raw []byte) bool {
	if s.lines.n == 1 {
		s.raw = unwrap.CutMark(s.raw)
	}
	if s.dress != nil {
		s.dressed = s.dress(s.dressed[:0], raw)
		s.undressed = !bytes.Equal(s.dressed, raw)
		s.raw, raw = s.dressed, s.dressed
	}
	if unwrap.HasControl(raw) {
		s.bare = unwrap.Clean(s.bare[:0], s.raw)
		s.raw = trimCR(s.bare)
	}
	s.line, s.uncut = s.raw, s.raw
	if s.wrap.On && (!s.unwrap() || s.setAside()) {
		return false
	}
	s.tidy()
	return true
}

// tidy makes the white space around a line that of the runtime: copies from
// pages, chats and editors have blanks at the ends of lines and no-break spaces
// for tabs.
func (s *source) tidy() {
	s.prefix = len(s.uncut) - len(s.line)
	if n := len(s.line); n > 0 && (s.line[n-1] == ' ' || s.line[n-1] == '\t') {
		// The tab before a place that was cut off is no empty line.
		if line := bytes.TrimRight(s.line, blanks); len(line) > 0 || !s.cutHere() {
			s.line = line
		}
	}
	if !unwrap.IsASCII(s.line) {
		if line, ok := unwrap.Spaces(s.spaces[:0], s.line, ofRuntime); ok {
			s.spaces, s.line = line, line
		}
	}
}

// ofRuntime reports whether line starts with words of the runtime that names
// cannot start with.
func ofRuntime(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return isHeader(line) || bytes.HasPrefix(line, []byte(createdPrefix)) || isCall(line)
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
	w.Matched, w.Line = false, s.lines.n
	if w.Quotes() {
		line, start, end, ok := w.Quoted(s.raw)
		if !ok {
			return !w.Skips(s.raw)
		}
		s.raw = line
		return s.setInner(start, end)
	}
	s.line, w.Matched = w.Cut(s.raw)
	if w.Matched && (w.Part() || len(s.carry) > 0) {
		s.carry = append(s.carry, s.line...)
		// The rest is in the next lines, unless a hostile log never ends the line.
		if w.Part() && len(s.carry) <= maxLine {
			return false
		}
		s.decoded, s.carry = s.carry, s.decoded[:0]
		s.line, s.uncut = s.decoded, s.decoded
	}
	return true
}

// setInner makes the lines of the quoted value s.raw[start:end] the next ones.
// It returns whether there is a line already, which is empty then.
func (s *source) setInner(start, end int) bool {
	s.unclosed = end == len(s.raw)
	before := len(s.carry)
	s.carry = s.wrap.Unquote(s.carry, s.raw[start:end])
	if s.wrap.Pieces && len(s.carry) <= maxLine && bytes.IndexByte(s.carry[before:], '\n') < 0 {
		return false // only the new part is looked at, or many pieces would take forever
	}
	// The memory of one is that of the other the next time: what is carried is
	// never copied except for its last line.
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
	if unwrap.HasControl(line) {
		line = trimCR(unwrap.Clean(line[:0], line))
	}
	s.uncut = line
	s.line, _ = s.wrap.Cut(s.uncut)
	s.tidy()
	s.wrap.Matched = true
}

// atHeader reports whether the line is the header of a goroutine, wrapped in
// whatever way. The lines after it are expected to be wrapped like it.
func (s *source) atHeader() bool {
	s.summary = false
	switch {
	case isHeader(s.line) && !s.isGuarded(s.uncut[:s.prefix]):
		if s.line[len(s.line)-1] != ':' && s.dress == nil && len(s.inner) == 0 && s.around != nil {
			if s.around.dressed(s, s.uncut) {
				break
			}
			if s.flat {
				return false
			}
		}
		if s.wrap.On && !s.wrap.Matched && !s.undressed {
			s.wrap, s.dress = unwrap.Wrapping{}, nil // the rest is as plain as this line
		}
	case s.around == nil || !s.around.prefixed(s):
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
	if !s.wrap.Quotes() && unwrap.InQuotes(prefix) && !s.isOpenValue(prefix) {
		return false // see findQuoted
	}
	if s.isGuarded(prefix) {
		return false
	}
	s.wrap.Line = s.lines.n
	s.wrap.SetPrefix(prefix)
	s.line = bytes.TrimRight(s.uncut[at:], blanks)
	return string(s.line) != runtimeStack
}

// isOpenValue reports whether the quoted value that the header behind prefix is
// in goes on in plain lines, as a field of CSV may.
func (s *source) isOpenValue(prefix []byte) bool {
	rest := s.uncut[len(prefix):]
	return !s.cutHere() && s.lines.cut == 0 && bytes.IndexByte(rest, '"') < 0 && bytes.IndexByte(s.uncut, '\\') < 0
}

// findSummary looks for the line that goleak prints before a stack, "[Goroutine
// 7 in state select, with main.f on top of the stack:", and makes the header of
// it that the runtime prints.
func (s *source) findSummary() bool {
	text, ok := bytes.CutSuffix(bytes.TrimRight(s.uncut, blanks), []byte(" on top of the stack:"))
	if !ok {
		return false
	}
	at := bytes.LastIndex(text, []byte("Goroutine "))
	if at < 0 || s.isGuarded(text[:at]) {
		return false
	}
	id, rest, ok := bytes.Cut(text[at+len("Goroutine "):], []byte(" in state "))
	with := bytes.LastIndex(rest, []byte(", with "))
	if !ok || unwrap.Digits(id) != len(id) || len(id) == 0 || with < 0 {
		return false
	}
	// The bracket of the list stands before the first one alone.
	if prefix := bytes.TrimSuffix(text[:at], []byte("[")); len(prefix) > 0 {
		s.wrap.SetPrefix(prefix)
	}
	s.header = fmt.Appendf(s.header[:0], "%s%s [%s]:", headerPrefix, id, rest[:with])
	s.line, s.summary = s.header, true
	return true
}

// findQuoted looks for a quoted value with a header in it. If there is one the
// lines of the value are the next ones.
func (s *source) findQuoted() bool {
	if s.flat {
		s.flat = false
		return true
	}
	if s.around == nil || s.whole || s.wrap.Quotes() && s.wrap.Matched || !mayHaveHeader(s.raw) {
		return false // the line is from such a value already, or has none
	}
	return s.around.quoted(s)
}

// findInQuotes is findQuoted of a line that may have a header in it.
func (s *source) findInQuotes() bool {
	// A quote behind the header is one of a label.
	start, end := unwrap.Quoted(s.raw, mayHoldHeader)
	first, quote := bytes.Index(s.raw, []byte(headerPrefix)), bytes.IndexByte(s.raw, '"')
	if start < 0 || 0 <= first && first < quote {
		return s.findEscaped(s.raw) || s.findFlat(s.raw) || s.dress == nil && s.findDressed(s.raw) && s.holdLine()
	}
	if bytes.HasPrefix(s.raw[end:], []byte(`""`)) && s.findField(start) {
		return true // not the end: a quote of the field
	}
	s.decoded = unwrap.Unquote(s.decoded[:0], s.raw[start:end])
	if !hasHeader(s.decoded) {
		return s.findDeeper(start) || s.findEscaped(s.decoded) || s.findFlat(s.decoded)
	}
	if i := bytes.IndexByte(s.decoded, '\n'); i < 0 || i == len(s.decoded)-1 {
		if lines, ok := unwrap.Values(s.raw, start, end, isCall); ok {
			s.wrap = unwrap.Wrapping{On: true, Matched: true}
			s.inner, s.whole = lines, true
			return true
		}
	}
	// Of docker a value is a line with its end, or a piece without one. Others
	// leave out the end of every line, or put a whole dump into one value.
	s.wrap.SetKey(s.raw, start)
	s.wrap.Pieces = isPiece(s.decoded)
	s.carry = s.carry[:0]
	s.setInner(start, end)
	return true
}

// holdLine makes the line the next one again, now that it is a header.
func (s *source) holdLine() bool {
	s.held = true
	return true
}

// findField looks for a header in a field of CSV, where quotes are doubled.
func (s *source) findField(start int) bool {
	var w unwrap.Wrapping
	w.SetKey(s.raw, start)
	_, start, end, ok := w.Quoted(s.raw)
	if !ok || !hasHeader(w.Unquote(nil, s.raw[start:end])) {
		return false
	}
	s.wrap = w
	s.carry = s.carry[:0]
	s.setInner(start, end)
	return true
}

// isPiece reports whether a value is one line with its end.
func isPiece(value []byte) bool { return bytes.IndexByte(value, '\n') == len(value)-1 }

// mostLevels is how deep values are looked for in values.
const mostLevels = 4

// findDeeper looks for a header in a quoted value of the quoted value at
// raw[start:], as a service that logs JSON has it in the log of docker.
func (s *source) findDeeper(start int) bool {
	var w unwrap.Wrapping
	w.SetKey(s.raw, start)
	text := s.decoded
	for range mostLevels {
		start, end := unwrap.Quoted(text, mayHaveHeader)
		if start < 0 {
			return false
		}
		value := unwrap.Unquote(nil, text[start:end])
		w.AddKey(text, start)
		if !hasHeader(value) {
			text = value
			continue
		}
		s.wrap = w
		s.wrap.Pieces = isPiece(value)
		s.raw = bytes.Clone(text) // its own levels are off
		s.carry = s.carry[:0]
		s.setInner(start, end)
		return true
	}
	return false
}

// findEscaped looks for a dump whose line ends are escaped though it is in no
// quotes, as it is after a message with one was printed by %q and cut out.
func (s *source) findEscaped(text []byte) bool {
	if !bytes.Contains(text, []byte(`\n`)) {
		return false
	}
	text = unwrap.Unquote(nil, text)
	for range mostLevels {
		if hasHeader(text) {
			s.wrap = unwrap.Wrapping{On: true, Matched: true}
			s.inner, s.whole, s.noted = bytes.TrimSuffix(text, []byte("\n")), true, assumedEscapes
			return true
		}
		text = unwrap.Unquote(text[:0], text)
	}
	return false
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
	before := bytes.TrimRight(s.uncut[:at], blanks)
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
