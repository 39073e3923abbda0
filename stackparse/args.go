package stackparse

import (
	"fmt"
	"strconv"
)

// ArgKind says what stands for an argument.
type ArgKind uint8

const (
	ArgValue  ArgKind = iota // a word, as a number
	ArgHidden                // "_": a value that is not known or not one word large
	ArgMore                  // "...": more than the runtime prints, or all of an inlined call
	ArgStruct                // "{...}": the fields of a struct, string, slice, interface or array
)

// Arg is an argument of a call. The runtime does not know types: a string is
// two words, a pointer is one like any number (printArgs in
// runtime/traceback.go).
type Arg struct {
	Kind   ArgKind
	Value  uint64 // of ArgValue
	Stale  bool   // "?": passed in a register, whose place in memory may have been used for something else since
	Fields []Arg  // of ArgStruct
}

// maxArgDepth is several times what the runtime prints.
const maxArgDepth = 32

// Arguments parses f.Args. A C function has none.
func (f *Frame) Arguments() ([]Arg, error) {
	if isForeignArgs(f.Args) {
		return nil, nil
	}
	return ParseArgs(f.Args)
}

// ParseArgs parses what stands between the parentheses of a call. Beside an
// error come the arguments before it.
func ParseArgs(text string) ([]Arg, error) {
	p := argParser{text: text}
	args, err := p.list(0)
	if err == nil && p.pos < len(text) {
		err = p.errorf("unexpected %q", text[p.pos])
	}
	return args, err
}

// argParser reads arguments from text[pos:].
type argParser struct {
	text string
	pos  int
}

// list reads arguments up to the end or a closing brace.
func (p *argParser) list(depth int) ([]Arg, error) {
	if depth > maxArgDepth {
		return nil, p.errorf("more than %d braces within another", maxArgDepth)
	}
	var args []Arg
	for p.pos < len(p.text) && p.text[p.pos] != '}' {
		if len(args) > 0 && !p.skip(", ") {
			return args, p.errorf("no comma before %q", p.text[p.pos])
		}
		a, err := p.arg(depth)
		if err != nil {
			return args, err
		}
		args = append(args, a)
	}
	return args, nil
}

// arg reads one argument.
func (p *argParser) arg(depth int) (a Arg, err error) {
	switch {
	case p.skip("_"):
		a.Kind = ArgHidden
	case p.skip("..."):
		a.Kind = ArgMore
	case p.skip("{"):
		a.Kind = ArgStruct
		if a.Fields, err = p.list(depth + 1); err == nil && !p.skip("}") {
			err = p.errorf("no closing brace")
		}
	default:
		end := p.pos
		for end < len(p.text) && p.text[end] != ',' && p.text[end] != '?' && p.text[end] != '}' {
			end++
		}
		value, ok := parseHex([]byte(p.text[p.pos:end]))
		if !ok {
			return a, p.errorf("%q is no argument", p.text[p.pos:end])
		}
		p.pos = end
		a.Value, a.Stale = value, p.skip("?")
	}
	return a, err
}

// skip passes over s if it is next.
func (p *argParser) skip(s string) bool {
	if len(p.text)-p.pos < len(s) || p.text[p.pos:p.pos+len(s)] != s {
		return false
	}
	p.pos += len(s)
	return true
}

// errorf returns an error about the text at the current position.
func (p *argParser) errorf(format string, args ...any) error {
	return fmt.Errorf("arguments: byte %d: "+format, append([]any{p.pos}, args...)...)
}

// String returns the argument as the runtime prints it.
func (a Arg) String() string {
	return string(a.append(nil))
}

func (a Arg) append(b []byte) []byte {
	switch a.Kind {
	case ArgHidden:
		return append(b, '_')
	case ArgMore:
		return append(b, "..."...)
	case ArgStruct:
		b = append(b, '{')
		for i, f := range a.Fields {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = f.append(b)
		}
		return append(b, '}')
	}
	b = strconv.AppendUint(append(b, "0x"...), a.Value, 16)
	if a.Stale {
		b = append(b, '?')
	}
	return b
}
