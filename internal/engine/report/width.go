package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// wide holds what takes two columns on a terminal: the ranges that Unicode's
// East Asian Width (UAX #11) calls wide or full-width, joined where only
// unassigned characters lie between them.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x2e80, 0x303e, 1}, {0x3041, 0xa4cf, 1}, {0xa960, 0xa97c, 1},
		{0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1}, {0xfe30, 0xfe6b, 1}, {0xff01, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x1b2fb, 1}, {0x1f300, 0x1f64f, 1}, {0x1f680, 0x1f6ff, 1}, {0x1f900, 0x1faff, 1}, {0x20000, 0x3fffd, 1},
	},
}

// columns is the number of columns that s takes on a terminal. It goes
// character by character, as terminals do; a few of them join emoji and would
// take fewer.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch {
	case r < 0x300: // where the first mark is that combines
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0 // drawn over the character before it
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// pad adds spaces to s until it takes width columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-columns(s)))
}

// fit shortens s to at most width columns, the last one an ellipsis.
func fit(s string, width int) string {
	// No character takes more columns than bytes.
	if len(s) <= width || columns(s) <= width {
		return s
	}
	n := 1 // the ellipsis
	for i, r := range s {
		if n += runeColumns(r); n > width {
			return s[:i] + "…"
		}
	}
	return s
}

// Cut shortens s to at most n runes, the last one an ellipsis.
func Cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	end := 0
	for i := range s {
		if n--; n == 0 {
			end = i
			break
		}
	}
	return s[:end] + "…"
}

// wrap breaks text at spaces into lines of at most width columns where it can.
// The first line has lead columns before it, and the others get as many
// spaces. No line but the first begins like a command.
func wrap(text string, lead, width int) string {
	var b strings.Builder
	at := lead
	for i, word := range strings.Split(text, " ") {
		n := columns(word)
		switch {
		case i == 0:
		// A word that is too long for any line stays, and so does what a line must not begin with.
		case at+1+n > width && at > lead && !isCommand(word):
			b.WriteString("\n" + strings.Repeat(" ", lead))
			at = lead
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}

// isCommand reports whether a line of a log that begins with s is a command
// for the runner of GitHub Actions, which passes over the space before it.
func isCommand(s string) bool {
	return strings.HasPrefix(strings.TrimLeftFunc(s, unicode.IsSpace), "::")
}

// inert makes s begin no command.
func inert(s string) string {
	if isCommand(s) {
		return strings.Replace(s, "::", `\x3a:`, 1)
	}
	return s
}
