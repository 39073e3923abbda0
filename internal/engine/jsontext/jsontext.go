// Package jsontext writes JSON at little weight: encoding/json adds 500 KB to a test
// binary that has no other use for it.
package jsontext

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Writer appends values as encoding/json writes them, by the tags of structs.
type Writer struct {
	Indent bool              // each element has a line, indented by two spaces a level
	Escape func(r rune) bool // says which characters are written as \uNNNN, besides those that must be
}

// Append appends v and a newline to dst. It knows booleans, int and its like,
// float64, strings, slices, pointers and structs, and panics on other values.
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
	default:
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
	for i := range v.NumField() {
		f, field := v.Type().Field(i), v.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			e.fields(reflect.Indirect(field))
			continue
		case !f.IsExported(), name == "-", option != "" && field.IsZero(),
			option == "omitempty" && field.Kind() == reflect.Slice && field.Len() == 0:
			continue
		}
		e.next()
		e.text(name)
		e.out = append(e.out, ':')
		if e.Indent {
			e.out = append(e.out, ' ')
		}
		e.value(field)
	}
}

func (e *encoder) text(s string) {
	const marks, letters = "\"\\\b\f\n\r\t", `"\bfnrt`
	e.out = append(e.out, '"')
	for i, r := range s {
		bad := r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd")
		switch n := strings.IndexRune(marks, r); {
		case n >= 0 && !bad:
			e.out = append(e.out, '\\', letters[n])
		case r > 0xffff && e.escapes(r):
			high, low := utf16.EncodeRune(r)
			e.out = fmt.Appendf(e.out, `\u%04x\u%04x`, high, low)
		case bad || e.escapes(r):
			e.out = fmt.Appendf(e.out, `\u%04x`, r)
		default:
			e.out = utf8.AppendRune(e.out, r)
		}
	}
	e.out = append(e.out, '"')
}

func (e *encoder) escapes(r rune) bool {
	// JavaScript takes the last two for ends of lines.
	return r < ' ' || r == '\u2028' || r == '\u2029' || e.Escape != nil && e.Escape(r)
}
