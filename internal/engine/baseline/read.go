package baseline

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// reader reads JSON whose fields are known, one value after the other. After the
// first problem it reads nothing more, and returns zero values. Package
// encoding/json weighs 500 KB in a test binary that has no other use for it.
type reader struct {
	data    []byte
	at      int // the offset of what comes next, or of the problem
	problem string
	field   string // that is being read
}

// fail records a problem at an offset, if it is the first.
func (r *reader) fail(at int, format string, args ...any) {
	if r.problem == "" {
		r.problem, r.at = fmt.Sprintf(format, args...), at
	}
}

// next returns the first byte of what comes next, 0 at the end.
func (r *reader) next() byte {
	if r.problem == "" {
		r.at = len(r.data) - len(bytes.TrimLeft(r.data[r.at:], " \t\r\n"))
		if r.at < len(r.data) {
			return r.data[r.at]
		}
	}
	return 0
}

// unexpected fails because of what is at the offset.
func (r *reader) unexpected(where string) {
	if r.at == len(r.data) {
		r.fail(r.at, "this is not JSON: unexpected end of JSON input")
		return
	}
	// In the words of encoding/json, which people know.
	c, _ := utf8.DecodeRune(r.data[r.at:])
	r.fail(r.at, "this is not JSON: invalid character %q %s", c, where)
}

// end fails if something comes next.
func (r *reader) end() {
	if r.next(); r.at < len(r.data) {
		r.unexpected("after top-level value")
	}
}

// take reads the first byte of a value, and fails if the value is of another type.
func (r *reader) take(c byte, want string) bool {
	next := r.next()
	if next == c {
		r.at++
		return true
	}
	kinds := map[byte]string{'"': "string", '{': "object", '[': "array", 't': "bool", 'f': "bool", 'n': "null"}
	kind := kinds[next]
	if isDigit(next) {
		kind = "number"
	}
	if kind == "" { // fail keeps this problem, and not the one below
		r.unexpected("looking for beginning of value")
	}
	r.fail(r.at, "%s has type %s, want %s", cmp.Or(r.field, "the file"), kind, want)
	return false
}

// object reads an object. It calls value with each name and its offset, to read
// the value.
func (r *reader) object(value func(name string, at int)) {
	r.elements('{', '}', func() {
		r.next()
		at, outer := r.at, r.field
		name := r.text()
		if r.next() == ':' {
			r.at++
		} else {
			r.unexpected("after object key")
		}
		r.field = name
		value(name, at)
		r.field = outer
	})
}

// list reads a list. It calls element to read each of the values.
func (r *reader) list(element func()) { r.elements('[', ']', element) }

func (r *reader) elements(open, closing byte, element func()) {
	if !r.take(open, map[byte]string{'{': "object", '[': "list"}[open]) {
		return
	}
	// After a problem nothing is read any more, so the end would never come.
	for more := r.next() != closing; more && r.problem == ""; {
		element()
		switch r.next() {
		case ',':
			r.at++
		case closing:
			more = false
		default:
			r.unexpected("after the value of " + r.field)
		}
	}
	if r.problem == "" {
		r.at++
	}
}

// int reads a whole number.
func (r *reader) int() int {
	if c := r.next(); !isDigit(c) {
		r.take('0', "int")
		return 0
	}
	// A fraction or an exponent is left to the caller, who expects a comma there.
	end := r.at + 1
	for end < len(r.data) && isDigit(r.data[end]) {
		end++
	}
	n, err := strconv.Atoi(string(r.data[r.at:end]))
	if err != nil {
		r.fail(r.at, "%s is the number %s, want an int", r.field, r.data[r.at:end])
		return 0
	}
	r.at = end
	return n
}

func isDigit(c byte) bool { return c == '-' || '0' <= c && c <= '9' }

// text reads a string.
func (r *reader) text() string {
	if !r.take('"', "string") {
		return ""
	}
	var out []byte
	// Control characters have to be escaped: RFC 8259, section 7.
	for r.at < len(r.data) && r.data[r.at] >= ' ' && r.problem == "" {
		c := r.data[r.at]
		switch r.at++; c {
		case '"':
			return string(out)
		case '\\':
			out = utf8.AppendRune(out, r.escape())
		default:
			out = append(out, c)
		}
	}
	r.unexpected("in string literal")
	return ""
}

// escape reads what follows a backslash.
func (r *reader) escape() rune {
	const letters, marks = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if r.at < len(r.data) {
		if n := bytes.IndexByte([]byte(letters), r.data[r.at]); n >= 0 {
			r.at++
			return rune(marks[n])
		}
	}
	char, ok := unit(r.data[r.at:])
	if !ok {
		r.unexpected("in string escape code")
		return 0
	}
	r.at += len("u0000")
	// Half a pair becomes U+FFFD, as it has no form in UTF-8.
	if rest, found := bytes.CutPrefix(r.data[r.at:], []byte(`\`)); found && utf16.IsSurrogate(char) {
		if low, _ := unit(rest); utf16.DecodeRune(char, low) != utf8.RuneError {
			r.at += len(`\u0000`)
			return utf16.DecodeRune(char, low)
		}
	}
	return char
}

// unit is what uNNNN at the start of text stands for.
func unit(text []byte) (rune, bool) {
	if len(text) < 5 || text[0] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[1:5]), 16, 16)
	return rune(n), err == nil
}
