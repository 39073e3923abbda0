package baseline

import (
	"regexp"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Key is a normalised stack: the functions, innermost first, and the go
// statement as "created by NAME", separated by newlines.
type Key string

// Stack returns the lines of k.
func (k Key) Stack() []string { return strings.Split(string(k), "\n") }

// createdBy begins the last line of a key.
const createdBy = "created by "

// maxFrames bounds the calls of a key. A dump has at most 100 of a goroutine.
const maxFrames = 100

// KeyOf returns the key of a goroutine from the names of its functions,
// innermost call first, and of the function that started it, "" if it has none.
//
// What says nothing about the leak, or changes without it, is left out: calls
// of the runtime and of the standard library's internals (they move between
// releases of Go), the depth of a recursion, type arguments, and the numbers of
// closures. A closure is named after the function that it stands in, without
// the callers that this one was inlined into: Go 1.27 leaves them out of the
// name, earlier releases do not.
func KeyOf(calls []string, creator string) Key {
	var lines []string
	for _, call := range calls {
		if !internal(call) {
			lines = append(lines, normalize(call))
		}
	}
	// Else all goroutines that wait in the runtime alone would be one.
	if len(lines) == 0 {
		for _, call := range calls {
			lines = append(lines, normalize(call))
		}
	}
	lines = slices.Compact(lines) // of a recursion, one call
	lines = lines[:min(len(lines), maxFrames)]
	if creator != "" {
		lines = append(lines, createdBy+normalize(creator))
	}
	return Key(strings.Join(lines, "\n"))
}

// rekey normalises a stack as a file has it.
func rekey(stack []string) Key {
	creator := ""
	if n := len(stack); n > 0 && strings.HasPrefix(stack[n-1], createdBy) {
		creator = strings.TrimPrefix(stack[n-1], createdBy)
		stack = stack[:n-1]
	}
	return KeyOf(stack, creator)
}

// internal reports whether a call is of the runtime or of the insides of the
// standard library.
func internal(name string) bool {
	return strings.HasPrefix(name, "runtime.") || strings.HasPrefix(name, "internal/") ||
		strings.Contains(name, ".runtime_")
}

// counted is a part that the compiler appends to the name of a function for a
// closure in it, or for the wrapper of a go or defer statement.
var counted = regexp.MustCompile(`^((func|gowrap|deferwrap)\d*|\d+)$`)

// rangeBody is what it appends for the body of a range over a function.
var rangeBody = regexp.MustCompile(`(-range\d+)+$`)

// normalize is idempotent: what it returns, it leaves alone.
func normalize(name string) string {
	name = words.ElideTypeArgs(strings.Map(printable, name))
	parts, cut := split(name), false
	for len(parts) > 1 {
		end := len(parts) - 1
		plain := parts[end]
		if at := rangeBody.FindStringIndex(plain); at != nil { // ReplaceAllString weighs 15 KB
			plain = plain[:at[0]]
		}
		if counted.MatchString(plain) {
			parts = parts[:end]
		} else if plain != parts[end] {
			parts[end] = plain
		} else {
			break
		}
		cut = true
	}
	if !cut {
		return name
	}
	return strings.Join(append(innermost(parts), "func"), ".")
}

// innermost returns the package of a chain of functions, each inlined into the
// one before, and the last of them with its pointer receiver.
func innermost(chain []string) []string {
	pkg, fns := chain[0], chain[1:]
	from := max(len(fns)-1, 0)
	// A method stays with its receiver, "(*T)".
	if from > 0 && strings.HasPrefix(fns[from-1], "(") {
		from--
	}
	return append([]string{pkg}, fns[from:]...)
}

// split returns the import path of a function's name and its parts: for
// "a.b/c.(*T).M.func1" these are "a.b/c", "(*T)", "M" and "func1".
func split(name string) []string {
	var parts []string
	begin, depth := 0, 0
	for i, r := range name {
		switch {
		case r == '[' || r == '(':
			depth++
		case r == ']' || r == ')':
			depth = max(depth-1, 0) // a name from a file may be anything
		case r == '/' && depth == 0: // of the import path
			parts, begin = nil, 0
		case r == '.' && depth == 0:
			parts = append(parts, name[begin:i])
			begin = i + 1
		}
	}
	return append(parts, name[begin:])
}

// printable replaces what would break the lines of a key.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return '_'
	}
	return r
}
