package unwrap

import "bytes"

// Wrapping is what stands around each line of a dump. It is learned from a
// header and used until another header is found wrapped in another way.
//
// Lines that are not wrapped like the header are taken as they are: log.Print
// puts its prefix before the first line of a dump and no other.
type Wrapping struct {
	On      bool
	Matched bool // the last line was wrapped in this way
	Pieces  bool // a quoted value without a line feed at its end is not all of a line

	spread bool // JSON with a line for each field, so that most lines have no value
	part   bool // the last line is not whole
	comma  byte // between the columns

	key    []byte   // text before a quoted value, `"log":"`; nil if values are not quoted
	outer  [][]byte // keys of the values that the value is in, the outermost first
	column int      // of CSV, from 1; 0 if values have a key
	origin []byte   // `"Package":"shop"`: who wrote the line

	// Line is the number of the line that is looked at.
	Line int

	inner  shape  // before each line
	indent []byte // white space before the lines after the header, where that is not inner
}

// SetPrefix learns the prefix of a header. If the header was in a quoted value
// so will be what follows it.
func (w *Wrapping) SetPrefix(prefix []byte) {
	if !w.Matched {
		w.key, w.origin = nil, nil
	}
	w.On, w.Matched, w.indent = true, true, nil
	// A shape that fits is kept: a new one would forget that its number has counted
	// lines.
	if n, ok := w.inner.match(prefix, w.Line); !ok || n != len(prefix) || n == 0 {
		w.inner = newShape(prefix, w.Line)
	}
}

// SetKey learns what is before and after a quoted value that starts at
// line[start]. No parser of JSON is needed to find the value again in other
// lines: within a string the quotes of the key would be escaped.
func (w *Wrapping) SetKey(line []byte, start int) {
	key := keyBefore(line, start)
	*w = Wrapping{On: true, key: bytes.Clone(key), origin: bytes.Clone(originOf(line)), comma: commaBefore(line, start)}
	if w.comma != 0 {
		w.column = columnAt(line, start, w.comma)
	}
	before := line[:start-len(key)]
	w.spread = len(before) > 0 && len(bytes.TrimLeft(before, " \t")) == 0
}

// Other reports whether line, which is not wrapped like the last header, is the
// header of a dump that another process prints: behind a prefix of its own, as this
// one has one, or in a value that says that it is of another origin. headerAt
// returns where in a text a header starts.
func (w *Wrapping) Other(line []byte, headerAt func(text []byte) int) bool {
	if w.Quotes() {
		// Of lines that do not say who wrote them, two dumps cannot be told apart.
		if len(w.origin) == 0 {
			return false
		}
		at := bytes.Index(line, w.key)
		if at < 0 || bytes.Equal(w.origin, originOf(line)) {
			return false
		}
		at += len(w.key)
		value := Unquote(nil, line[at:ClosingQuote(line, at)])
		return headerAt(bytes.TrimSuffix(value, []byte("\n"))) >= 0
	}
	at := headerAt(line)
	// Two prefixes without words, times alone, may be of one writer: neither says who
	// it is.
	return at > 0 && w.inner.named() && newShape(line[:at], w.Line).named() && !InQuotes(line[:at])
}

// Skips reports whether line is JSON around the values that are looked for.
func (w *Wrapping) Skips(line []byte) bool {
	if !w.spread || !isJSON(line) {
		return false
	}
	_, _, _, ok := w.Quoted(line)
	return !ok
}

// AddKey learns what is before a value that starts at value[start], within the
// value whose key is known.
func (w *Wrapping) AddKey(value []byte, start int) {
	w.outer = append(w.outer, w.key)
	w.key, w.column = bytes.Clone(keyBefore(value, start)), 0
}

// Cut cuts the prefix or indentation from a line, and reports whether it was there.
func (w *Wrapping) Cut(line []byte) ([]byte, bool) {
	if len(w.inner) > 0 {
		if n, ok := w.inner.match(line, w.Line); ok {
			w.part = w.inner.isPart(line[:n])
			return line[n:], true
		}
	}
	if len(w.indent) > 0 && bytes.HasPrefix(line, w.indent) {
		return line[len(w.indent):], true
	}
	return line, false
}

// Part reports whether the rest of the line that was cut last is in the next one.
func (w *Wrapping) Part() bool { return w.Matched && w.part }

// LearnIndent learns from the first line of a body that is indented. Test logs
// indent all lines of a message but the first. It returns the line without the
// indentation if isCall accepts the rest: a call is never indented otherwise.
func (w *Wrapping) LearnIndent(line []byte, isCall func(text []byte) bool) []byte {
	text := bytes.TrimLeft(line, " \t")
	if !isCall(text) {
		return line
	}
	w.On = true
	w.indent = bytes.Clone(line[:len(line)-len(text)])
	return text
}

// Quoted returns where the quoted value is, still with its escapes: in line, or
// in the value of line that it is in.
func (w *Wrapping) Quoted(line []byte) (in []byte, start, end int, ok bool) {
	if len(w.origin) > 0 && !bytes.Equal(w.origin, originOf(line)) {
		return line, 0, 0, false
	}
	if w.column > 0 {
		start, end, ok = field(line, w.column, w.comma)
		return line, start, end, ok
	}
	in = line
	// Level by level: the key of a value within another one has escapes before its
	// quotes.
	for _, key := range w.outer {
		at := bytes.Index(in, key)
		if at < 0 {
			return line, 0, 0, false
		}
		at += len(key)
		in = Unquote(nil, in[at:ClosingQuote(in, at)])
	}
	at := bytes.Index(in, w.key)
	if at < 0 {
		return line, 0, 0, false
	}
	start = at + len(w.key)
	end = ClosingQuote(in, start)
	// The key of an array's element is a quote alone, which the name of a field starts
	// with too.
	return in, start, end, !w.spread || isValue(in, start, end)
}

// Unquote appends a value that Quoted returned to dst, without its escapes.
func (w *Wrapping) Unquote(dst, value []byte) []byte {
	if w.column > 0 && !bytes.Contains(value, []byte(`\n`)) {
		return append(dst, bytes.ReplaceAll(value, []byte(`""`), []byte(`"`))...)
	}
	return Unquote(dst, value)
}

// origins are the fields that name who wrote a line: of go test -json, and of logs
// of several instances.
var origins = []string{
	`"Package":`, `"pod":`, `"pod_name":`, `"container_id":`, `"container_name":`, `"instance":`, `"hostname":`, `"host":`,
}

// originOf returns the part of a line that names who wrote it.
func originOf(line []byte) []byte {
	for _, key := range origins {
		at := bytes.Index(line, []byte(key))
		if at < 0 {
			continue
		}
		if start := at + len(key) + spaces(line[at+len(key):]) + 1; start <= len(line) && line[start-1] == '"' {
			return line[at:ClosingQuote(line, start)]
		}
	}
	return nil
}

// spaces returns how many spaces text starts with.
func spaces(text []byte) int { return len(text) - len(bytes.TrimLeft(text, " ")) }

// IsWordByte reports whether c may be part of a word. A header or a time
// cannot be part of a word. All runes above ASCII count as letters.
func IsWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}

// Quotes reports whether the lines are read from a quoted value of each line.
func (w *Wrapping) Quotes() bool { return w.key != nil }

// Digits returns how many decimal digits b starts with.
func Digits(b []byte) int {
	n := 0
	for n < len(b) && b[n]-'0' <= 9 {
		n++
	}
	return n
}
