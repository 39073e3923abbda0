package stackparse

import (
	"bytes"

	"github.com/leakcheck-go/goroutine/stackparse/internal/unwrap"
)

// findDressed looks for a header with something in it or behind it that the
// runtime does not print. If there is nothing but marks, all lines are taken to
// have them. If it is the rest of a dump whose line ends are gone, the lines of
// that are the next ones; then there is no header yet.
func (s *source) findDressed(text []byte) bool {
	if s.whole || s.wrap.Quotes() || bytes.IndexByte(text, '[') < 0 || !mayHaveHeader(text) {
		return false
	}
	if s.findFlat(text) {
		s.flat = true
		return false
	}
	dress := unwrap.FindDress(s.raw, func(line []byte) bool {
		at := prefixedHeader(line)
		return at >= 0 && !s.isGuarded(line[:at]) && !unwrap.InQuotes(line[:at])
	})
	if dress == nil {
		return false
	}
	s.dress, s.noted = dress, assumedMarks
	s.raw = bytes.Clone(dress(nil, s.raw))
	s.uncut = s.raw
	at := prefixedHeader(s.raw)
	s.wrap.Line = s.lines.n
	s.wrap.On, s.wrap.Matched = true, true
	if at > 0 {
		s.wrap.SetPrefix(s.raw[:at])
	}
	s.line, s.prefix = bytes.TrimRight(s.raw[at:], blanks), at
	return string(s.line) != runtimeStack // after which the header is still to come
}

// lineEnds are what stands for the end of a line where a log keeps a message in
// one line.
var lineEnds = []string{
	"#012", "\u2028", "\u2029", "\u0085", "\r", `\r\n`, `\n`, `\u000a`, `\u000A`, `\x0a`, `\012`,
	"<br>", "<br/>", "<br />", "&#xA;", "&#10;",
}

// findFlat looks for a dump that is all in one line.
func (s *source) findFlat(text []byte) bool {
	start := bytes.Index(text, []byte(headerPrefix))
	if start < 0 {
		return false
	}
	end := bytes.Index(text[start:], []byte("]:"))
	if i := bytes.Index(text[start:], []byte("}:")); end < 0 || i == end+2 {
		end = i
	}
	if end < 0 || s.isGuarded(text[:start]) {
		return false
	}
	rest := text[start+end+len("]:"):]
	// An ordinary header has nothing behind it, and marks are not long enough for a call.
	if len(bytes.TrimSpace(rest)) < len("f.f()") {
		return false
	}
	lines := splitFlat(text, rest)
	if !startsStack(lines) {
		return false
	}
	s.wrap = unwrap.Wrapping{On: true, Matched: true}
	s.inner, s.whole, s.noted = bytes.TrimSuffix(lines, []byte("\n")), true, assumedFlat
	return true
}

// splitFlat splits text into lines; rest is the part of text after the first
// header.
func splitFlat(text, rest []byte) []byte {
	for _, end := range lineEnds {
		if bytes.HasPrefix(bytes.TrimLeft(rest, " "), []byte(end)) {
			text = bytes.ReplaceAll(text, []byte(end), []byte("\n"))
			text = bytes.ReplaceAll(text, []byte("#011"), []byte("\t"))
			return unwrap.Entities(unwrap.Unquote(nil, text))
		}
	}
	// The marks between a header and a call, such as " | ", are those between all
	// lines.
	n := bytes.IndexFunc(rest, func(r rune) bool { return r >= 0x80 || unwrap.IsWordByte(byte(r)) })
	if marks := rest[:max(n, 0)]; len(bytes.TrimSpace(marks)) > 0 && len(marks) <= 4 {
		return unwrap.Unquote(nil, bytes.ReplaceAll(text, marks, []byte("\n")))
	}
	return splitWords(text)
}

// startsStack reports whether the line after the first header is one of a stack.
func startsStack(lines []byte) bool {
	for len(lines) > 0 {
		var line []byte
		line, lines, _ = bytes.Cut(lines, []byte("\n"))
		if prefixedHeader(trimCR(line)) < 0 {
			continue
		}
		next, _, _ := bytes.Cut(lines, []byte("\n"))
		return isCall(bytes.TrimSpace(next)) || bytes.HasPrefix(bytes.TrimSpace(next), []byte(createdPrefix))
	}
	return false
}

// splitWords makes lines of a dump whose line ends have become blanks. Headers,
// calls, places and go statements are known by their look.
func splitWords(text []byte) []byte {
	words := bytes.Fields(text)
	out := make([]byte, 0, len(text)+len(text)/8)
	fresh := true // at the start of a line
	line := func(lead string, n int) {
		if !fresh {
			out = append(out, '\n')
		}
		out = append(out, lead...)
		out = append(append(out, bytes.Join(words[:n], []byte(" "))...), '\n')
		words, fresh = words[n:], true
	}
	for len(words) > 0 {
		switch n := 0; {
		case headerWords(words, &n):
			line("\n", n)
		case createdWords(words, &n), callWords(words, &n):
			line("", n)
		case placeWords(words, &n):
			line("\t", n)
		default:
			if !fresh {
				out = append(out, ' ')
			}
			out = append(out, words[0]...)
			words, fresh = words[1:], false
		}
	}
	return append(out, '\n')
}

// mostWords is of how many words one line of a dump is.
const mostWords = 40

func headerWords(words [][]byte, n *int) bool {
	if len(words) < 3 || string(words[0]) != "goroutine" || unwrap.Digits(words[1]) != len(words[1]) ||
		words[2][0] != '[' {
		return false
	}
	*n = lastWord(words, "]:", "}:")
	return *n > 0
}

func createdWords(words [][]byte, n *int) bool {
	if len(words) < 3 || string(words[0]) != "created" || string(words[1]) != "by" {
		return false
	}
	*n = 3
	if len(words) > 5 && string(words[3]) == "in" && string(words[4]) == "goroutine" &&
		unwrap.Digits(words[5]) == len(words[5]) {
		// "created by F in goroutine 7" since Go 1.21, "created by F" before.
		*n = 6
	}
	return true
}

func callWords(words [][]byte, n *int) bool {
	open := bytes.LastIndexByte(words[0], '(')
	if open <= 0 || bytes.IndexByte(words[0][:open], '.') <= 0 {
		return false
	}
	*n = lastWord(words, ")")
	return *n > 0 && isCall(bytes.Join(words[:*n], []byte(" ")))
}

func placeWords(words [][]byte, n *int) bool {
	const most = 6 // of a path with blanks in it
	if *n = 1; !looksLikePlace(words[0]) {
		if bytes.IndexByte(words[0], '/') < 0 {
			return false
		}
		for *n = 2; *n <= min(most, len(words)) && !looksLikePlace(bytes.Join(words[:*n], []byte(" "))); *n++ {
		}
		if *n > min(most, len(words)) {
			return false
		}
	}
	for *n < len(words) && (bytes.HasPrefix(words[*n], []byte("+0x")) || hasField(words[*n])) {
		*n++
	}
	return true
}

// hasField reports whether word is an address that crashes have behind places.
func hasField(word []byte) bool {
	return bytes.HasPrefix(word, []byte("fp=")) || bytes.HasPrefix(word, []byte("sp=")) ||
		bytes.HasPrefix(word, []byte("pc="))
}

// lastWord returns how many words there are up to the first that has one of the
// ends, 0 if none has.
func lastWord(words [][]byte, ends ...string) int {
	for i := range min(len(words), mostWords) {
		for _, end := range ends {
			if bytes.HasSuffix(words[i], []byte(end)) {
				return i + 1
			}
		}
	}
	return 0
}
