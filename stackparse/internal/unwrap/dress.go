package unwrap

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Dress undoes what a page, a table or a terminal has put into each line and
// behind it. It appends the line as it was to dst.
type Dress func(dst, line []byte) []byte

// FindDress returns the Dress under which line is accepted, nil if there is none.
// It looks at marks of the kinds that dumps are seen with alone: any other text in
// a line is the line's own.
func FindDress(line []byte, accept func(line []byte) bool) Dress {
	for _, d := range []Dress{nil, carets, bareColours, markup, backslashes} {
		text := line
		if d != nil {
			if text = d(nil, line); bytes.Equal(text, line) {
				continue
			}
			if accept(text) {
				return d
			}
		}
		if tail := findTail(text); tail != nil && accept(tail(nil, text)) {
			if d == nil {
				return tail
			}
			return func(dst, line []byte) []byte { return tail(dst, d(nil, line)) }
		}
	}
	return nil
}

// findTail returns a Dress without what stands behind a header, if that is a time
// or a few marks, as the border of a table or the ends of lines of "cat -A".
func findTail(line []byte) Dress {
	const longest = 12
	at := bytes.LastIndex(line, []byte("]:"))
	if i := bytes.LastIndex(line, []byte("}:")); i > at {
		at = i
	}
	if at < 0 {
		return nil
	}
	tail := bytes.TrimSpace(line[at+len("]:"):])
	switch {
	case len(tail) == 0:
		return nil
	case stampLen(tail) > 0 && len(cutStamps(tail)) == 0:
		return func(dst, line []byte) []byte { return append(dst, cutStamps(line)...) }
	case len(tail) > longest || bytes.IndexByte(tail, '"') >= 0 ||
		bytes.ContainsFunc(tail, func(r rune) bool { return r < 0x80 && IsWordByte(byte(r)) }):
		return nil
	}
	tail = bytes.Clone(tail)
	return func(dst, line []byte) []byte {
		line = bytes.TrimRight(line, " \t")
		return append(dst, bytes.TrimRight(bytes.TrimSuffix(line, tail), " \t")...)
	}
}

// cutStamps cuts dates and times from the end of a line.
func cutStamps(line []byte) []byte {
	for {
		line = bytes.TrimRight(line, " \t")
		last := line[bytes.LastIndexAny(line, " \t")+1:]
		if n := stampLen(last); n == 0 || n < len(last) {
			return line
		}
		line = line[:len(line)-len(last)]
	}
}

// escapes are what is shown for the start of a colour: by rsyslog, and by programs
// that print it as in source code.
var escapes = []string{"#033[", `\x1b[`, `\x1B[`, `\u001b[`, `\u001B[`, `\033[`, `\e[`, "\u241b["}

// carets undoes how control characters are shown, by "cat -A" and less too.
func carets(dst, line []byte) []byte {
	line = bytes.ReplaceAll(line, []byte("^["), []byte{Escape})
	for _, shown := range escapes {
		line = bytes.ReplaceAll(line, []byte(shown), []byte{Escape, '['})
	}
	line = bytes.ReplaceAll(line, []byte("^I"), []byte("\t"))
	line = bytes.ReplaceAll(line, []byte("^M"), nil)
	return cutColours(dst, line)
}

// bareColours cuts colours whose escape characters are lost, "[31m": a page and
// many a collector leave them out.
func bareColours(dst, line []byte) []byte {
	for {
		open := bytes.IndexByte(line, '[')
		if open < 0 {
			return append(dst, line...)
		}
		n := open + 1
		for n < len(line) && (line[n] == ';' || '0' <= line[n] && line[n] <= '9') {
			n++
		}
		// SGR sets colours, and EL, with which grep --color ends them, erases the rest of the line.
		if n < len(line) && (line[n] == 'm' || line[n] == 'K') {
			dst, line = append(dst, line[:open]...), line[n+1:]
			continue
		}
		dst, line = append(dst, line[:open+1]...), line[open+1:]
	}
}

// tags are those that pages have in and around the lines of a dump.
var tags = []string{
	"br", "p", "div", "span", "pre", "code", "td", "tr", "li", "b", "i", "a", "font", "mark", "samp", "tt",
}

// markup undoes HTML: tags and entities.
func markup(dst, line []byte) []byte {
	start := len(dst)
	for {
		open := bytes.IndexByte(line, '<')
		if open < 0 {
			break
		}
		dst = append(dst, line[:open]...)
		if n := tagLen(line[open:]); n > 0 {
			if bytes.HasPrefix(line[open:], []byte("<td")) {
				dst = append(dst, ' ') // the number of the line may be in the cell before
			}
			line = line[open+n:]
			continue
		}
		dst = append(dst, '<')
		line = line[open+1:]
	}
	dst = append(dst, line...)
	return append(dst[:start], Entities(dst[start:])...)
}

// tagLen returns the length of the tag that text starts with, 0 if there is none.
func tagLen(text []byte) int {
	end := bytes.IndexByte(text, '>')
	if end < 0 {
		return 0
	}
	name := bytes.TrimPrefix(text[1:end], []byte("/"))
	n := 0
	for n < len(name) && IsWordByte(name[n]) {
		n++
	}
	if !slices.Contains(tags, string(bytes.ToLower(name[:n]))) {
		return 0
	}
	return end + 1
}

// names are the entities by name, each with what it stands for: the marks of
// ASCII, spaces, and what Go and editors put in names. The table of package html has
// every sign there is, and weighs 70 KB in each test binary.
const names = " excl! quot\" num# dollar$ percnt% amp& apos' lpar( rpar) ast* plus+ comma, period. sol/ colon:" +
	" semi; lt< equals= gt> quest? commat@ lsqb[ lbrack[ bsol\\ rsqb] rbrack] lowbar_ grave` lcub{ lbrace{" +
	" verbar| rcub} rbrace} nbsp\u00a0 middot· hellip… Tab\t NewLine\n"

// Entities returns text with the entities of HTML as what they stand for. Spaces
// that do not break stay what they are.
func Entities(text []byte) []byte {
	if bytes.IndexByte(text, '&') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		n := bytes.IndexByte(text, '&')
		if n != 0 {
			n = cmp.Or(max(n, 0), len(text)) // up to the next, or all
			out, text = append(out, text[:n]...), text[n:]
			continue
		}
		const longest = 12 // "&#x0010ffff;"
		end := bytes.IndexByte(text[:min(longest, len(text))], ';')
		if r := entity(string(text[1:max(end, 1)])); r != 0 {
			out, text = utf8.AppendRune(out, r), text[end+1:]
		} else {
			out, text = append(out, '&'), text[1:]
		}
	}
	return out
}

// entity returns what the entity called name stands for, 0 where it is none.
func entity(name string) rune {
	number, isNumber := strings.CutPrefix(name, "#")
	if !isNumber {
		_, after, _ := strings.Cut(names, " "+name)
		if r, size := utf8.DecodeRuneInString(after); size > 0 && !unicode.IsLetter(r) && !strings.Contains(name, " ") {
			return r
		}
		return 0
	}
	base := 10
	if strings.HasPrefix(number, "x") || strings.HasPrefix(number, "X") {
		number, base = number[1:], 16
	}
	n, err := strconv.ParseUint(number, base, 21) // more bits are no character
	if err != nil {
		return 0
	}
	return rune(n)
}

// backslashes undoes how Markdown keeps punctuation from being read as marks.
func backslashes(dst, line []byte) []byte { return append(dst, Backslashes(line)...) }

// Backslashes returns text without the backslashes before the marks of Markdown.
// Those of a path of Windows stay.
func Backslashes(text []byte) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i, c := range text {
		if c != '\\' || i+1 == len(text) || bytes.IndexByte([]byte("*_[](){}<>#`~|."), text[i+1]) < 0 {
			out = append(out, c)
		}
	}
	return out
}
