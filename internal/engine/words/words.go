// Package words puts numbers and names into sentences.
package words

import (
	"fmt"
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
