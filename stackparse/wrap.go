package stackparse

import "bytes"

// wrapping is what stands around each line of a dump. It is learned from a
// header and used until another header is found wrapped in another way.
//
// Lines that are not wrapped like the header are taken as they are: log.Print
// puts its prefix before the first line of a dump and no other.
type wrapping struct {
	on      bool
	matched bool // the last line was wrapped in this way

	key    []byte // text before a quoted value, `"log":"`; nil if values are not quoted
	origin []byte // `"Package":"shop"`: of go test -json, to tell one test binary from another
	pieces bool   // a quoted value without a line feed at its end is not all of a line

	inner  shape  // before each line
	indent []byte // white space before the lines after the header, where that is not inner
}

// setPrefix learns the prefix of a header. If the header was in a quoted value
// so will be what follows it.
func (w *wrapping) setPrefix(prefix []byte) {
	if !w.matched {
		w.key, w.origin = nil, nil
	}
	w.on, w.matched, w.indent = true, true, nil
	if n, ok := w.inner.match(prefix); !ok || n != len(prefix) || n == 0 {
		w.inner = newShape(prefix)
	}
}

// setKey learns what is before and beside a quoted value that starts at
// line[start]. No parser of JSON is needed to find the value again in other
// lines: within a string the quotes of the key would be escaped.
func (w *wrapping) setKey(line []byte, start int) {
	*w = wrapping{on: true, key: bytes.Clone(keyBefore(line, start)), origin: bytes.Clone(originOf(line))}
}

// cut cuts the prefix or indentation from a line, and reports whether it was there.
func (w *wrapping) cut(line []byte) ([]byte, bool) {
	if len(w.inner) > 0 {
		if n, ok := w.inner.match(line); ok {
			return line[n:], true
		}
	}
	if len(w.indent) > 0 && bytes.HasPrefix(line, w.indent) {
		return line[len(w.indent):], true
	}
	return line, false
}

// learnIndent is told the first line of a body that is indented. Test logs
// indent all lines of a message but the first. It returns the line without the
// indentation if it is a call, which is never indented otherwise.
func (w *wrapping) learnIndent(line []byte) []byte {
	text := bytes.TrimLeft(line, " \t")
	if _, _, ok := cutCall(text); !ok {
		return line
	}
	w.on = true
	w.indent = bytes.Clone(line[:len(line)-len(text)])
	return text
}

// quoted returns where in line the quoted value is, still with its escapes.
func (w *wrapping) quoted(line []byte) (start, end int, ok bool) {
	at := bytes.Index(line, w.key)
	if at < 0 || len(w.origin) > 0 && !bytes.Equal(w.origin, originOf(line)) {
		return 0, 0, false
	}
	start = at + len(w.key)
	return start, closingQuote(line, start), true
}

// originOf returns the part of a line of go test -json that names the package.
func originOf(line []byte) []byte {
	const key = `"Package":"`
	at := bytes.Index(line, []byte(key))
	if at < 0 {
		return nil
	}
	return line[at:closingQuote(line, at+len(key))]
}

// isWordByte reports whether c may be part of a word, of which a header or a
// time cannot be a part. All runes above ASCII are taken for letters.
func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}
