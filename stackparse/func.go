package stackparse

import (
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse/internal/unwrap"
)

// Func is the name of a function in its parts, as [ParseFunc] cuts it:
//
//	gopkg.in/yaml%2ev3.(*Cache[...]).Get[...].func1.2
//	Package            Receiver     Name     Closure
//
// A part that the name does not have is empty.
type Func struct {
	Package      string // import path without escapes, "gopkg.in/yaml.v3"
	Receiver     string // type of the receiver, "Cache" or "*Cache"
	ReceiverArgs string // its type arguments; the runtime prints "..." for whatever they are
	Name         string // "Get"; "init.3" for the fourth init function of a package
	TypeArgs     string // type arguments of the function or, since Go 1.27, the method
	Closure      string // what the compiler appends: "func1.2", "gowrap7", "deferwrap1", "-fm", "func1-range2"
}

// ParseFunc splits the name of a function as [Frame.Func] has it. It never
// fails: what is not understood stays in Name. Two things cannot be told from
// names. A method with a value receiver, T.M, looks like the function M inlined
// into T, whose closures were named T.M.func1 up to Go 1.26; the receiver is
// assumed. And C functions look like Go functions without a package.
func ParseFunc(name string) Func {
	path, rest := cutPackage(name)
	f := Func{Package: unescape(path)}
	if start, ok := strings.CutSuffix(rest, "-fm"); ok {
		rest, f.Closure = start, "-fm"
	}
	// Names made by the compiler come last, so cutting them off leaves a
	// function or a receiver and a method.
	parts := splitName(rest)
	if n := madeUp(parts); n < len(parts) {
		f.Closure = strings.Join(parts[n:], ".") + f.Closure
		parts = parts[:n]
	}
	switch {
	case len(parts) == 2 && isReceiver(parts[0]):
		receiver, args := cutBrackets(strings.TrimSuffix(strings.TrimPrefix(parts[0], "("), ")"))
		f.Receiver, f.ReceiverArgs = receiver, args
		f.Name, f.TypeArgs = cutBrackets(parts[1])
	case len(parts) == 1:
		f.Name, f.TypeArgs = cutBrackets(parts[0])
	default:
		f.Name = strings.Join(parts, ".")
	}
	return f
}

// isReceiver reports whether part, the first of two, is a type and not init.
func isReceiver(part string) bool { return part != "init" && part != "glob" && part != "" }

// cutPackage cuts a function's name before the dot after its import path. The
// path ends at the first dot after the last slash, since the linker escapes
// later ones; a slash behind a bracket belongs to another path.
func cutPackage(name string) (path, rest string) {
	slash := strings.LastIndexByte(cutTypeArgs(name), '/') + 1
	dot := strings.IndexByte(name[slash:], '.')
	if dot < 0 {
		return "", name
	}
	return name[:slash+dot], name[slash+dot+1:]
}

// splitName splits at the dots that are not in parentheses or brackets.
func splitName(name string) []string {
	var parts []string
	depth, start := 0, 0
	for i := range len(name) {
		switch name[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '.':
			if depth == 0 {
				parts = append(parts, name[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, name[start:])
}

// madeUp returns the index of the first part that the compiler made up
// (cmd/compile/internal/ir/func.go, closureName), len(parts) if there is none.
func madeUp(parts []string) int {
	for i := 1; i < len(parts); i++ {
		if i == 1 && parts[0] == "init" && isNumber(parts[1]) {
			continue // the name of an init function
		}
		for _, word := range []string{"func", "gowrap", "deferwrap", ""} {
			number, ok := strings.CutPrefix(parts[i], word)
			number, _, _ = strings.Cut(number, "-range")
			if ok && isNumber(number) {
				return i
			}
		}
	}
	return len(parts)
}

// isNumber reports whether s is nothing but decimal digits.
func isNumber(s string) bool { return len(s) > 0 && unwrap.Digits([]byte(s)) == len(s) }

// cutBrackets cuts type arguments from the end of a name.
func cutBrackets(name string) (rest, args string) {
	open := strings.IndexByte(name, '[')
	if open <= 0 || name[len(name)-1] != ']' {
		return name, ""
	}
	return name[:open], name[open+1 : len(name)-1]
}

// Package returns the import path of the package that the function name fn
// belongs to, with the linker's escapes undone: "gopkg.in/yaml.v3" for
// "gopkg.in/yaml%2ev3.(*Decoder).Decode". It is "" for names without a
// package, such as "panic". [ParseFunc] returns the rest too.
func Package(fn string) string {
	path, _ := cutPackage(fn)
	return unescape(path)
}

// cutTypeArgs cuts fn before its first type argument or receiver: a slash
// after that belongs to another package's path.
func cutTypeArgs(fn string) string {
	if i := strings.IndexAny(fn, "[("); i >= 0 {
		return fn[:i]
	}
	return fn
}

// unescape undoes cmd/internal/objabi.PathToPrefix: %xx in an import path.
func unescape(path string) string {
	if strings.IndexByte(path, '%') < 0 {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			hi, okHi := unhex(path[i+1])
			lo, okLo := unhex(path[i+2])
			if okHi && okLo {
				b.WriteByte(hi<<4 | lo)
				i += 2
				continue
			}
		}
		b.WriteByte(path[i])
	}
	return b.String()
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
