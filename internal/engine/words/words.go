// Package words puts numbers and names into sentences.
package words

import (
	"fmt"
	"slices"
	"strings"
)

// Plural is n with the word for it: "1 entry", "3 entries".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Count is [Plural] of a noun that takes an s.
func Count(n int, noun string) string { return Plural(n, noun, noun+"s") }

// Enumerate joins names as in a sentence: "TestA, TestB and TestC".
func Enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// First returns the first n of a list, with the number of the others as the last:
// "3 more calls".
func First(list []string, n int, one, many string) []string {
	if more := len(list) - n; more > 0 {
		return append(slices.Clip(list[:n]), Plural(more, one, many))
	}
	return list
}

// MaxFileName leaves room for what is added to the name of a file: file systems
// take 255 bytes.
const MaxFileName = 150

// FileName makes of s, which comes from outside, a name that every file system
// takes. It is "" where nothing is left but dots, which are folders of the
// system's.
func FileName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', r == '-', r == '.':
			return r
		}
		return '_'
	}, s)
	return strings.TrimLeft(s[:min(len(s), MaxFileName)], ".")
}

// ElideTypeArgs returns the name of a function with each list of type arguments
// written as a dump does: "[...]".
func ElideTypeArgs(name string) string {
	var b strings.Builder
	depth := 0
	for _, r := range name {
		switch {
		case r == '[':
			if depth == 0 {
				b.WriteString("[...]")
			}
			depth++
		case r == ']' && depth > 0:
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}
