package unwrap

import (
	"bytes"
	"slices"
)

// Values returns as lines the values of line that are like the one at
// line[start:end]: the elements of the same array, or the fields of the same name
// of other objects, as an answer of a log service has them in one line. The ones
// before it are left out, unless the stack of its header is there: many services
// give the newest line first. isCall tells which it is. It returns false if there
// is no other value.
func Values(line []byte, start, end int, isCall func(text []byte) bool) ([]byte, bool) {
	key := keyBefore(line, start)
	var values [][]byte
	header := 0
	for at := 0; at < len(line); {
		open := bytes.IndexByte(line[at:], '"')
		if open < 0 {
			break
		}
		first := at + open + 1
		last := ClosingQuote(line, first)
		at = last + 1
		// The header's own value is taken whatever it looks like. The others must be of
		// its kind.
		if first == start {
			header, last = len(values), end
		} else if !isValue(line, first, last) || !bytes.Equal(keyBefore(line, first), key) {
			continue
		}
		values = append(values, bytes.TrimSuffix(Unquote(nil, line[first:last]), []byte("\n")))
	}
	switch after := values[header+1:]; {
	case len(after) > 0 && isCall(after[0]):
		values = values[header:]
	case header > 0 && isCall(values[header-1]):
		slices.Reverse(values)
	default:
		return nil, false
	}
	return bytes.Join(values, []byte("\n")), true
}

// isValue reports whether the string at line[start:end] is neither the name of a
// field nor a time, which some services print in quotes.
func isValue(line []byte, start, end int) bool {
	rest := bytes.TrimLeft(line[min(end+1, len(line)):], " ")
	return (len(rest) == 0 || rest[0] != ':') && (end == start || Digits(line[start:end]) < end-start)
}

// isJSON reports whether line is one of JSON without a string of its own: brackets,
// a number, or a field.
func isJSON(line []byte) bool {
	line = bytes.TrimRight(bytes.TrimSpace(line), ",")
	if len(bytes.Trim(line, "{}[], ")) == 0 {
		return true
	}
	if line[0] != '"' {
		return Digits(line) == len(line)
	}
	end := ClosingQuote(line, 1)
	return !isValue(line, 1, end)
}
