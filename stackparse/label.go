package stackparse

import (
	"bytes"
	"strconv"
)

// readLabels reads labels in braces from the start of text and returns how
// many bytes they take. If they are malformed it adds none of them and
// returns 0.
func (r *Reader) readLabels(text []byte) int {
	before := len(r.labels)
	rest := text[1:] // the brace, which callers have seen
	for {
		var l Label
		var ok bool
		if l.Key, rest, ok = r.readToken(rest, ": "); !ok {
			break
		}
		if l.Value, rest, ok = r.readToken(rest, ""); !ok || len(rest) == 0 {
			break
		}
		r.labels = append(r.labels, l)
		if rest[0] == '}' {
			return len(text) - len(rest) + 1
		}
		if rest, ok = bytes.CutPrefix(rest, []byte(", ")); !ok {
			break
		}
	}
	r.labels = r.labels[:before]
	return 0
}

// readToken reads a key or value and the separator that must follow it.
func (r *Reader) readToken(text []byte, sep string) (token string, rest []byte, ok bool) {
	n := bare(text)
	if len(text) == 0 || text[0] != '"' {
		token = r.intern(text[:n])
	} else if n = literal(text); n == 0 {
		return "", text, false
	} else if bytes.IndexByte(text[:n], '\\') < 0 {
		token = r.intern(text[1 : n-1])
	} else {
		s, err := strconv.Unquote(string(text[:n]))
		if err != nil {
			return "", text, false
		}
		token = s
	}
	rest, ok = bytes.CutPrefix(text[n:], []byte(sep))
	return token, rest, ok
}

// literal returns the length of the string literal that text starts with, 0
// if it has no end.
func literal(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// bare returns how many bytes at the start of text are of the kind that the
// runtime prints without quotes.
func bare(text []byte) int {
	for i, c := range text {
		if !isBare(c) {
			return i
		}
	}
	return len(text)
}

func isBare(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '.' <= c && c <= '9' || c == '_' // '/' is between '.' and '0'
}
