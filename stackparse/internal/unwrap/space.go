package unwrap

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// byteOrderMark starts files that Windows wrote.
const byteOrderMark = "\ufeff"

// CutMark returns the first line of an input without a byte order mark.
func CutMark(line []byte) []byte { return bytes.TrimPrefix(line, []byte(byteOrderMark)) }

// noBreakSpace is what web pages and chats make of a space.
const noBreakSpace = "\u00a0"

// Spaces writes line to dst with its white space as the runtime prints it: a tab
// for an indentation that has spaces of other alphabets in it, and a space for
// each no-break space of a line that words says is of the runtime. It returns
// false if line has neither.
func Spaces(dst, line []byte, words func(line []byte) bool) ([]byte, bool) {
	text := bytes.TrimLeft(line, " \t")
	rest := bytes.TrimLeftFunc(text, isSpace)
	indented := len(rest) < len(text)
	if indented {
		dst = append(dst, '\t')
	} else {
		rest = line
	}
	if bytes.Contains(rest, []byte(noBreakSpace)) {
		if plain := bytes.ReplaceAll(rest, []byte(noBreakSpace), []byte(" ")); words(plain) {
			return append(dst, plain...), true
		}
	}
	return append(dst, rest...), indented
}

// isSpace reports whether r takes room and shows nothing. The mark and the
// zero-width space are no white space for package unicode, and what is below a
// space may be part of a path.
func isSpace(r rune) bool {
	return r == '\t' || r >= ' ' && unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b'
}

// IsASCII reports whether line has ASCII alone.
func IsASCII(line []byte) bool {
	// Eight bytes at a time: this is asked of every header of a dump.
	const high = 0x8080808080808080
	for ; len(line) >= 8; line = line[8:] {
		if binary.LittleEndian.Uint64(line)&high != 0 {
			return false
		}
	}
	for _, c := range line {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// IsPlain reports whether line has only ASCII, nothing below a space, and no
// space at its end, so that there is nothing to remove from it or to change.
func IsPlain(line []byte) bool {
	if len(line) > 0 && line[len(line)-1] == ' ' {
		return false
	}
	const (
		high   = 0x8080808080808080
		spaces = 0x2020202020202020
	)
	for ; len(line) >= 8; line = line[8:] {
		// A byte below a space borrows, which sets its high bit.
		if x := binary.LittleEndian.Uint64(line); (x|(x-spaces))&high != 0 {
			return false
		}
	}
	for _, c := range line {
		if c < ' ' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
