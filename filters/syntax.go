package filters

import (
	"strings"
	"unicode"
)

// SyntaxError is the error of [Parse].
type SyntaxError struct {
	Expr   string // the whole expression
	Offset int    // of the place in Expr, in bytes; len(Expr) for its end
	Msg    string
}

// Error returns the message, and under it the expression with a caret under
// the place:
//
//	filters: expected a value directly after state:
//		created-by:shop.New && state:
//		                             ^
//
// A long expression is shortened around the place, and characters that would
// change a terminal are replaced.
func (e *SyntaxError) Error() string {
	const around = 60 // characters shown on each side
	// One rune for each rune, so that the caret is below its place.
	before, after := printable(e.Expr[:e.Offset]), printable(e.Expr[e.Offset:])
	if len(before) > around {
		before = append([]rune("..."), before[len(before)-around:]...)
	}
	if len(after) > around {
		after = append(after[:around], []rune("...")...)
	}
	return "filters: " + e.Msg + "\n\t" + string(before) + string(after) + "\n\t" + strings.Repeat(" ", len(before)) + "^"
}

// printable replaces each rune that takes no place, or moves the cursor.
func printable(s string) []rune {
	runes := []rune(s)
	for i, r := range runes {
		if unicode.IsSpace(r) {
			runes[i] = ' '
		} else if !unicode.IsPrint(r) {
			runes[i] = unicode.ReplacementChar
		}
	}
	return runes
}
