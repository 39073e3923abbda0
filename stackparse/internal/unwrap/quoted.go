package unwrap

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Quoted returns the first quoted value in line that wanted accepts, as
// line[start:end]; start is -1 if there is none.
func Quoted(line []byte, wanted func(value []byte) bool) (start, end int) {
	for at := 0; ; at = end + 1 {
		// A value that was cut ends with the line, and then at is one past it.
		open := bytes.IndexByte(line[min(at, len(line)):], '"')
		if open < 0 {
			return -1, 0
		}
		start = at + open + 1
		end = ClosingQuote(line, start)
		if wanted(line[start:end]) {
			return start, end
		}
	}
}

// ClosingQuote returns where the value that starts at line[start] ends: at its
// quote, or with the line if that was cut.
func ClosingQuote(line []byte, start int) int {
	for i := start; i < len(line); {
		next := bytes.IndexAny(line[i:], `"\`)
		if next < 0 {
			break
		}
		i += next
		if line[i] == '"' {
			return i
		}
		// The byte behind a backslash is no end. In a line that was cut there may be
		// none.
		i += 2
	}
	return len(line)
}

// InQuotes reports whether a quoted value is open at the end of text.
func InQuotes(text []byte) bool {
	for {
		open := bytes.IndexByte(text, '"')
		if open < 0 {
			return false
		}
		end := ClosingQuote(text, open+1)
		if end == len(text) {
			return true
		}
		text = text[end+1:]
	}
}

// keyBefore returns what names the value that starts at line[start], with its
// opening quote: `"log": "` in JSON, `stack="` in logfmt, `"log"=>"` in Ruby.
func keyBefore(line []byte, start int) []byte {
	i := start - 1
	named := i
	for i > 0 && (line[i-1] == ' ' || line[i-1] == ':' || line[i-1] == '=' || line[i-1] == '>') {
		i--
	}
	if !bytes.ContainsAny(line[i:named], ":=>") {
		return line[named:start] // an element of an array has no name
	}
	if i > 0 && line[i-1] == '"' {
		if open := bytes.LastIndexByte(line[:i-1], '"'); open >= 0 {
			return line[open:start]
		}
	}
	for i > 0 && IsWordByte(line[i-1]) {
		i--
	}
	return line[i:start]
}

// Unquote appends text without its escapes to dst: those of JSON and of Go
// strings, which logfmt uses. An escape that is neither is kept.
func Unquote(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '\\')
		// What the last backslash of a line escapes may be in the next one, or lost.
		if i < 0 || i+1 == len(text) {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		if at := bytes.IndexByte([]byte(`abfnrtv"\/'`), text[i+1]); at >= 0 {
			dst = append(dst, "\a\b\f\n\r\t\v\"\\/'"[at])
			text = text[i+2:]
			continue
		}
		var n int
		dst, n = appendEscape(dst, text[i:])
		text = text[i+n:]
	}
}

// appendEscape appends what a hexadecimal escape at the start of text stands
// for, and returns how much of text that is.
func appendEscape(dst, text []byte) ([]byte, int) {
	// The size of any other byte is 0, which hexRune refuses.
	size := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[1]]
	r, ok := hexRune(text, 2, size)
	if !ok {
		return append(dst, text[0]), 1
	}
	// Go escapes with \x what is not UTF-8, a byte at a time; \u is a whole character.
	if text[1] == 'x' {
		return append(dst, byte(r)), 4
	}
	// JSON writes a character above U+FFFF as two escapes.
	if utf16.IsSurrogate(r) && bytes.HasPrefix(text[6:], []byte(`\u`)) {
		low, ok := hexRune(text, 8, 4)
		if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
			return utf8.AppendRune(dst, pair), 12
		}
	}
	return utf8.AppendRune(dst, r), 2 + size
}

// hexRune reads size hexadecimal digits at text[at].
func hexRune(text []byte, at, size int) (rune, bool) {
	if size == 0 || len(text) < at+size {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[at:at+size]), 16, 32)
	return rune(n), err == nil
}
