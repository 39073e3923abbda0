package stackparse

import (
	"bytes"

	"github.com/leakcheck-go/goroutine/stackparse/internal/unwrap"
)

// mayHaveHeader is a quick test for hasHeader.
func mayHaveHeader(text []byte) bool {
	return bytes.Contains(text, []byte(headerPrefix)) || bytes.Contains(text, []byte(runtimeStack))
}

// mayHoldHeader is mayHaveHeader for a quoted value, which may be any line of a
// stack.
func mayHoldHeader(value []byte) bool {
	if bytes.HasPrefix(value, []byte(createdPrefix)) {
		if i := bytes.Index(value, []byte(`\n`)); i < 0 || i == len(value)-len(`\n`) {
			return false // "created by main.f in goroutine 1" alone
		}
	}
	return mayHaveHeader(value)
}

// hasHeader reports whether a line of text is a header, with or without a
// prefix.
func hasHeader(text []byte) bool {
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		if prefixedHeader(trimCR(line)) >= 0 {
			return true
		}
	}
	return false
}

// prefixedHeader returns where in line a header or the head of a runtime stack
// starts that goes on to the end of the line, -1 if there is none. It is
// stricter than isHeader, because in prose anything may stand anywhere.
func prefixedHeader(line []byte) int {
	line = bytes.TrimRight(line, blanks)
	if len(line) == 0 {
		return -1
	}
	if line[len(line)-1] == ']' {
		// gleak prints it without the colon, and indented. Other words before it
		// may be prose.
		if text := bytes.TrimLeft(line, " \t"); len(text) < len(line) && isHeader(text) {
			return len(line) - len(text)
		}
	}
	if line[len(line)-1] != ':' {
		return -1
	}
	if at := endsInWords(line, runtimeStack); at >= 0 {
		return at
	}
	bracket := bytes.LastIndexByte(line, ']')
	for at := 0; at < bracket; at += len(headerPrefix) {
		next := bytes.Index(line[at:bracket], []byte(headerPrefix))
		if next < 0 {
			return -1
		}
		at += next
		if (at == 0 || !unwrap.IsWordByte(line[at-1])) && isHeader(line[at:]) {
			return at
		}
	}
	return -1
}

// endsInWords returns where words stand at the end of line, -1 if they do not.
func endsInWords(line []byte, words string) int {
	at := len(line) - len(words)
	if at >= 0 && string(line[at:]) == words && (at == 0 || !unwrap.IsWordByte(line[at-1])) {
		return at
	}
	return -1
}
