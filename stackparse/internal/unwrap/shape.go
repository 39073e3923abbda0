package unwrap

import "bytes"

// shape is a prefix of a line with its times left open: lines of one dump have
// the same prefix but for when they were logged.
type shape []piece

// piece is a part of a shape.
type piece struct {
	kind pieceKind
	text []byte // for literal
}

type pieceKind uint8

const (
	fixed  pieceKind = iota
	stamp            // date, time of day, seconds since an epoch
	month            // of a syslog date, with the day after it
	criTag           // of the Kubernetes runtime interface: F for a full line, P for a part
)

// newShape makes a shape of a prefix. Which parts of it change is known from
// what they look like, not from a second line: the next line may be the first
// that is there.
func newShape(prefix []byte) shape {
	var s shape
	text := 0 // start of the literal in the making
	for i := 0; i < len(prefix); {
		kind, n := nonLiteral(prefix, i)
		if n == 0 {
			i++
			continue
		}
		if i > text {
			s = append(s, piece{fixed, bytes.Clone(prefix[text:i])})
		}
		s = append(s, piece{kind: kind})
		i += n
		text = i
	}
	if len(prefix) > text {
		s = append(s, piece{fixed, bytes.Clone(prefix[text:])})
	}
	return s
}

// match returns how much of line the shape takes. White space at the end of
// the prefix may be missing where nothing follows it.
func (s shape) match(line []byte) (int, bool) {
	i := 0
	for k, p := range s {
		// Levels, names and numbers of processes have to be the same: they tell
		// apart who writes to the log.
		if p.kind == fixed {
			if bytes.HasPrefix(line[i:], p.text) {
				i += len(p.text)
				continue
			}
			last := k == len(s)-1 && k > 0 || len(s) == 1 && len(bytes.TrimSpace(p.text)) > 0
			return len(line), last && bytes.Equal(line[i:], bytes.TrimRight(p.text, " \t"))
		}
		kind, n := nonLiteral(line, i)
		if n == 0 || kind != p.kind {
			return 0, false
		}
		i += n
	}
	return i, true
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
	const longest = 64
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
	case colons >= 2 && digits >= 5, dashes >= 2 && digits >= 6, dots == 1 && colons == 0 && dashes == 0, digits >= 10 && digits == n:
		return n
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
	if at := bytes.Index([]byte(months), text[:3]); at < 0 || at%3 != 0 {
		return 0
	}
	day := bytes.TrimLeft(text[3:], " ")
	n := digits(day)
	if n == 0 || n > 2 || len(text)-len(day) > 5 {
		return 0
	}
	return len(text) - len(day) + n
}
