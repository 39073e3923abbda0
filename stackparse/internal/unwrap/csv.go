package unwrap

import "bytes"

// commaBefore returns what separates the fields of the line of CSV that has one at
// line[start:], 0 if there is none. Spreadsheets of many countries write
// semicolons.
func commaBefore(line []byte, start int) byte {
	if start == 1 {
		// The first field has nothing before it, so what follows its quote tells.
		if end := ClosingQuote(line, start); end+1 < len(line) && line[end+1] == ';' {
			return ';'
		}
		return ','
	}
	if c := line[start-2]; c == ',' || c == ';' || c == '\t' {
		return c
	}
	return 0
}

// field returns where the content of a field of a line of CSV is, counted from
// 1, without its quotes (RFC 4180). A line ends where the field does: nothing of
// a dump is in two lines of a field.
func field(line []byte, column int, comma byte) (start, end int, ok bool) {
	for at := 0; at <= len(line); column-- {
		start, end, next := fieldAt(line, at, comma)
		if column == 1 {
			return start, end, true
		}
		at = next
	}
	return 0, 0, false
}

// fieldAt returns the content of the field at line[at:], and where the next one
// starts, which is past the line behind the last.
func fieldAt(line []byte, at int, comma byte) (start, end, next int) {
	if at == len(line) || line[at] != '"' {
		n := bytes.IndexByte(line[at:], comma)
		if n < 0 {
			return at, len(line), len(line) + 1
		}
		return at, at + n, at + n + 1
	}
	start = at + 1
	for end = start; end < len(line); end++ {
		if line[end] != '"' {
			continue
		}
		if end+1 < len(line) && line[end+1] == '"' {
			end++ // a quote of the content
			continue
		}
		break
	}
	return start, end, end + 2
}

// columnAt returns the number of the field whose content starts at line[start],
// 0 if there is none.
func columnAt(line []byte, start int, comma byte) int {
	for at, column := 0, 1; at <= len(line); column++ {
		first, _, next := fieldAt(line, at, comma)
		if first >= start {
			// Past start and not at it: the quote is one within a field that has none
			// around it.
			if first == start {
				return column
			}
			return 0
		}
		at = next
	}
	return 0
}
