package unwrap

import (
	"bytes"
	"slices"
	"unicode"
)

// shape is a prefix of a line with its times left open: lines of one dump have
// the same prefix except for when they were logged.
type shape []piece

// piece is a part of a shape.
type piece struct {
	kind pieceKind
	text []byte // for fixed

	// For number: what it was in which line of the input, and whether it has
	// counted lines since.
	value  int64
	line   int
	counts bool
}

type pieceKind uint8

const (
	fixed  pieceKind = iota
	stamp            // date, time of day, seconds since an epoch
	month            // of a syslog date, with the day after it
	number           // with the spaces before it: fixed, or the number of the line
	criTag           // of the Kubernetes runtime interface: F for a full line, P for a part
)

// newShape makes a shape of a prefix, which is in the given line of the input.
// Which parts of it change is known from
// what they look like, not from a second line: the next line may be the first
// that is there.
func newShape(prefix []byte, line int) shape {
	var s shape
	text := 0 // start of the literal in the making
	for i := 0; i < len(prefix); {
		kind, n := nonLiteral(prefix, i)
		if n == 0 {
			kind, n = numberAt(prefix, i)
		}
		if n == 0 {
			i++
			continue
		}
		if i > text {
			s = append(s, piece{kind: fixed, text: bytes.Clone(prefix[text:i])})
		}
		p := piece{kind: kind}
		if kind == number {
			p.value, p.line = valueOf(prefix[i:i+n]), line
		}
		s = append(s, p)
		i += n
		text = i
	}
	if len(prefix) > text {
		s = append(s, piece{kind: fixed, text: bytes.Clone(prefix[text:])})
	}
	return s
}

// match returns how much of line the shape takes, which is line at of the input.
// White space at the end of the prefix may be missing where nothing follows it.
func (s shape) match(line []byte, at int) (int, bool) {
	i := 0
	for k := range s {
		p := &s[k]
		// Levels, names and numbers of processes have to be the same: they tell
		// apart who writes to the log.
		if p.kind == fixed {
			if bytes.HasPrefix(line[i:], p.text) || s.numbered() && isContext(line[i:], p.text) {
				i += len(p.text)
				continue
			}
			// A prefix of blanks alone must not take every empty line for one of its
			// own.
			last := k == len(s)-1 && k > 0 || len(s) == 1 && len(bytes.TrimSpace(p.text)) > 0
			return len(line), last && bytes.Equal(line[i:], bytes.TrimRight(p.text, " \t"))
		}
		if p.kind == number {
			n := spacedDigits(line[i:])
			if n == 0 || !p.accepts(valueOf(line[i:i+n]), at) {
				return 0, false
			}
			i += n
			continue
		}
		kind, n := nonLiteral(line, i)
		if n == 0 || kind != p.kind {
			return 0, false
		}
		i += n
	}
	return i, true
}

// isPart reports whether a prefix that s matches says that the line goes on in the
// next one (the tag P of the Kubernetes runtime interface).
func (s shape) isPart(prefix []byte) bool {
	n := len(s)
	return n > 1 && s[n-2].kind == criTag && bytes.HasSuffix(prefix, []byte("P ")) ||
		n > 0 && s[n-1].kind == criTag && bytes.HasSuffix(prefix, []byte("P"))
}

// accepts reports whether a number may stand in line at: it is the one of before,
// as that of a process is, or has grown by as many as there were lines since.
// Two processes that take turns differ by something else. Once a number has
// counted, lines of it may be missing.
func (p *piece) accepts(value int64, at int) bool {
	const mostMissing = 10_000
	grown, lines := value-p.value, int64(at-p.line)
	switch {
	case grown == 0 && !p.counts:
		return true
	case lines <= 0, grown != lines && !(p.counts && 0 < grown && grown < mostMissing):
		return false
	}
	p.value, p.line, p.counts = value, at, true
	return true
}

// named reports whether the prefix has words, which tell who writes.
func (s shape) named() bool {
	return slices.ContainsFunc(s, func(p piece) bool {
		return p.kind == fixed && bytes.ContainsFunc(p.text, unicode.IsLetter)
	})
}

// numbered reports whether the prefix may count lines.
func (s shape) numbered() bool {
	return slices.ContainsFunc(s, func(p piece) bool { return p.kind == number })
}

// isContext reports whether line starts with text except for a dash in place of a
// colon, which is how grep marks the lines around the one that it looked for.
func isContext(line, text []byte) bool {
	if len(line) < len(text) {
		return false
	}
	for i, c := range text {
		if line[i] != c && !(c == ':' && line[i] == '-') {
			return false
		}
	}
	return true
}

// numberAt returns the length of the number, with the spaces before it, that
// starts at prefix[i] and may count lines. One in a name does not.
func numberAt(prefix []byte, i int) (pieceKind, int) {
	if i > 0 && (IsWordByte(prefix[i-1]) || bytes.IndexByte([]byte("-./ "), prefix[i-1]) >= 0) {
		return 0, 0
	}
	if i > 1 && prefix[i-1] == '[' && IsWordByte(prefix[i-2]) {
		return 0, 0 // the id of a process, "app[77]"
	}
	n := spacedDigits(prefix[i:])
	rest := prefix[i+n:]
	if len(rest) > 0 && IsWordByte(rest[0]) ||
		len(rest) > 1 && bytes.IndexByte([]byte(".,:/-"), rest[0]) >= 0 && Digits(rest[1:]) > 0 {
		return 0, 0 // part of a name or a time
	}
	return number, n
}

// spacedDigits returns the length of the spaces and digits that text starts
// with, 0 if there are no digits or too many for a count.
func spacedDigits(text []byte) int {
	const most = 12
	digits := Digits(bytes.TrimLeft(text, " "))
	if digits == 0 || digits > most {
		return 0
	}
	return len(text) - len(bytes.TrimLeft(text, " ")) + digits
}

// valueOf returns the number in what spacedDigits accepts.
func valueOf(text []byte) int64 {
	var n int64
	for _, c := range bytes.TrimLeft(text, " ") {
		// Twelve digits at most, so that it cannot overflow.
		n = n*10 + int64(c-'0')
	}
	return n
}

// nonLiteral returns what of a prefix starts at line[i] that changes from line
// to line, and its length.
func nonLiteral(line []byte, i int) (pieceKind, int) {
	if i > 0 && (IsWordByte(line[i-1]) || bytes.IndexByte([]byte("-.:/"), line[i-1]) >= 0) {
		return 0, 0 // part of a name: "web-1", "10.0.0.1"
	}
	if n := stampLen(line[i:]); n > 0 {
		return stamp, n
	}
	if n := monthLen(line[i:]); n > 0 {
		return month, n
	}
	if i > 4 && i+1 < len(line) && line[i+1] == ' ' && (line[i] == 'F' || line[i] == 'P') &&
		(bytes.HasSuffix(line[:i], []byte("stderr ")) || bytes.HasSuffix(line[:i], []byte("stdout "))) {
		return criTag, 1
	}
	return 0, 0
}

// stampLen returns the length of the date or time that text starts with: digits
// with ":", "/", "-", "." or "T" between them, and a zone. A number without
// any of these is one if it is as long as a Unix time.
func stampLen(text []byte) int {
	// Bounded, or a line of numbers with commas between them would be read once for
	// each.
	const longest = 64
	if n := elapsedLen(text); n > 0 {
		return n
	}
	n, digits, colons, dots, dashes := 0, 0, 0, 0, 0
scan:
	for ; n < min(len(text), longest); n++ {
		switch c := text[n]; {
		case '0' <= c && c <= '9':
			digits++
		case n == 0:
			return 0
		case c == ':':
			colons++
		case c == '.' || c == ',':
			dots++
		case c == '/' || c == '-':
			dashes++
		case c == 'T' || c == 'Z' || c == '+':
		default:
			break scan
		}
	}
	for n > 0 && (text[n-1] < '0' || text[n-1] > '9') && text[n-1] != 'Z' {
		n-- // punctuation after it
	}
	switch {
	case n < len(text) && IsWordByte(text[n]):
		return 0
	case colons >= 2 && digits >= 5, dashes >= 2 && digits >= 6, dots == 1 && colons == 0 && dashes == 0,
		digits >= 10 && digits == n:
		return n
	}
	return 0
}

// elapsedLen returns the length of the time with a unit that text starts with, as
// "120ms" since a process started.
func elapsedLen(text []byte) int {
	n := Digits(text)
	if n == 0 {
		return 0
	}
	if n+1 < len(text) && text[n] == '.' {
		n += 1 + Digits(text[n+1:])
	}
	for _, unit := range []string{"ns", "us", "µs", "ms", "s"} {
		if rest := text[n:]; bytes.HasPrefix(rest, []byte(unit)) && (len(rest) == len(unit) || !IsWordByte(rest[len(unit)])) {
			return n + len(unit)
		}
	}
	return 0
}

// monthLen returns the length of the month and day that text starts with, as
// in "Jan  2".
func monthLen(text []byte) int {
	const months = "JanFebMarAprMayJunJulAugSepOctNovDec"
	if len(text) < 6 || text[3] != ' ' {
		return 0
	}
	// "anF" is in the list as well, at no multiple of three.
	if at := bytes.Index([]byte(months), text[:3]); at < 0 || at%3 != 0 {
		return 0
	}
	day := bytes.TrimLeft(text[3:], " ")
	n := Digits(day)
	// One blank before the day, or two where it has one digit.
	if n == 0 || n > 2 || len(text)-len(day) > 5 {
		return 0
	}
	return len(text) - len(day) + n
}
