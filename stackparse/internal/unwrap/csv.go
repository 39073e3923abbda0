package unwrap

import "bytes"

// field returns where the content of a field of a line of CSV is, counted from
// 1, without its quotes (RFC 4180). A line ends where the field does: nothing of
// a dump is in two lines of a field.
func field(line []byte, column int) (start, end int, ok bool) {
	for at := 0; at <= len(line); column-- {
		start, end, next := fieldAt(line, at)
		if column == 1 {
			return start, end, true
		}
		at = next
	}
	return 0, 0, false
}

// fieldAt returns the content of the field at line[at:], and where the next one
// starts, which is past the line behind the last.
func fieldAt(line []byte, at int) (start, end, next int) {
	if at == len(line) || line[at] != '"' {
		comma := bytes.IndexByte(line[at:], ',')
		if comma < 0 {
			return at, len(line), len(line) + 1
		}
		return at, at + comma, at + comma + 1
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
func columnAt(line []byte, start int) int {
	for at, column := 0, 1; at <= len(line); column++ {
		first, _, next := fieldAt(line, at)
		if first >= start {
			if first == start {
				return column
			}
			return 0
		}
		at = next
	}
	return 0
}
