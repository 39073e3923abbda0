// Package jsontext writes JSON at little weight: encoding/json adds 500 KB to a test
// binary that has no other use for it.
package jsontext

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// Writer appends values as encoding/json writes them, by the tags of structs.
type Writer struct {
	Indent bool // each element has a line, indented by two spaces a level
	// Escape says which of <, >, &, DEL and the characters beyond ASCII are written as
	// \uNNNN. It is nil for none but those that JSON or JavaScript cannot have. Where it is
	// set, bytes that are not UTF-8 are kept as well, as the text \xNN.
	Escape func(r rune) bool
}

// Append appends v and a newline to dst. It knows booleans, int and its like,
// float64, strings, slices, pointers and structs whose fields have names in their
// tags, and panics on other values.
func (w Writer) Append(dst []byte, v any) []byte {
	e := encoder{Writer: w, out: dst}
	e.value(reflect.ValueOf(v))
	return append(e.out, '\n')
}

type encoder struct {
	Writer
	out   []byte
	depth int
	any   bool // something has been written since the bracket
}

func (e *encoder) value(v reflect.Value) {
	kind := v.Kind()
	if (kind == reflect.Slice || kind == reflect.Pointer) && v.IsNil() {
		e.out = append(e.out, "null"...)
		return
	}
	switch kind {
	case reflect.Bool:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case reflect.Float64:
		// encoding/json has an exponent in very small and large numbers. JSON needs none.
		e.out = strconv.AppendFloat(e.out, v.Float(), 'f', -1, 64)
	case reflect.String:
		e.text(v.String())
	case reflect.Struct:
		e.open('{')
		e.fields(v)
		e.close('}')
	case reflect.Slice:
		e.open('[')
		for i := range v.Len() {
			e.next()
			e.value(v.Index(i))
		}
		e.close(']')
	case reflect.Pointer:
		e.value(v.Elem())
	default: // v.Int panics if it is not an integer
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	}
}

func (e *encoder) open(bracket byte) {
	e.out = append(e.out, bracket)
	e.depth++
	e.any = false
}

// next begins an element.
func (e *encoder) next() {
	if e.any {
		e.out = append(e.out, ',')
	}
	e.any = true
	e.line()
}

func (e *encoder) line() {
	if !e.Indent {
		return
	}
	e.out = append(e.out, '\n')
	for range e.depth {
		e.out = append(e.out, "  "...)
	}
}

func (e *encoder) close(bracket byte) {
	e.depth--
	if e.any {
		e.line()
	}
	e.out = append(e.out, bracket)
	e.any = true
}

// fields writes those of a struct, and of the structs embedded in it, as its own.
func (e *encoder) fields(v reflect.Value) {
	for _, f := range fieldsOf(v.Type()) {
		field := v.Field(f.index)
		switch {
		case f.name == "":
			e.fields(reflect.Indirect(field))
			continue
		case f.option != "" && field.IsZero(),
			f.option == "omitempty" && field.Kind() == reflect.Slice && field.Len() == 0:
			continue
		}
		e.next()
		e.out = append(append(append(e.out, '"'), f.name...), '"', ':') // a name has nothing to escape
		if e.Indent {
			e.out = append(e.out, ' ')
		}
		e.value(field)
	}
}

// field is a field of a struct, as its tag says.
type field struct {
	index        int
	name, option string // the name is "" if the field is embedded
}

// known has the answers of fieldsOf: a report has thousands of findings.
var known sync.Map // reflect.Type to []field

func fieldsOf(t reflect.Type) []field {
	if fields, ok := known.Load(t); ok {
		return fields.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || f.IsExported() && name != "-" {
			fields = append(fields, field{i, name, option})
		}
	}
	known.Store(t, fields)
	return fields
}

func (e *encoder) text(s string) {
	const marks, letters = "\"\\\b\f\n\r\t", `"\bfnrt`
	e.out = append(e.out, '"')
	begin := 0 // of what is still to be written, as it is
	for i, r := range s {
		// A range has U+FFFD for bytes that are not UTF-8, and for itself.
		bad := r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd")
		if !bad && !e.escapes(r) {
			continue
		}
		e.out = append(e.out, s[begin:i]...)
		begin = i + utf8.RuneLen(r)
		if bad {
			begin = i + 1
		}
		if bad && e.Escape != nil {
			e.out = fmt.Appendf(e.out, `\\x%02x`, s[i])
		} else if n := strings.IndexRune(marks, r); n >= 0 && !bad {
			e.out = append(e.out, '\\', letters[n])
		} else if r > 0xffff {
			high, low := utf16.EncodeRune(r)
			e.out = fmt.Appendf(e.out, `\u%04x\u%04x`, high, low)
		} else {
			e.out = fmt.Appendf(e.out, `\u%04x`, r)
		}
	}
	e.out = append(append(e.out, s[begin:]...), '"')
}

func (e *encoder) escapes(r rune) bool {
	switch {
	case r < ' ' || r == '"' || r == '\\':
		return true
	case r < 0x7f && r != '<' && r != '>' && r != '&':
		return false // most characters: Escape would take as long as all the rest
	}
	// JavaScript takes the two for ends of lines.
	return r == '\u2028' || r == '\u2029' || e.Escape != nil && e.Escape(r)
}
