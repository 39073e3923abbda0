package gleak

import (
	"fmt"
	"reflect"
	"strings"
)

// object shows a value in a message, as Object of Gomega's package format does
// with an indentation of one, except for what maps, structs and interfaces hold:
// that is as package fmt shows it.
func object(v any) string {
	if v == nil {
		return "    <nil>: nil"
	}
	value := reflect.ValueOf(v)
	return fmt.Sprintf("    <%s>: %s", typeOf(value), text(value, 1))
}

// typeOf names the type of a value, with what there is to say of its size or place.
func typeOf(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Chan, reflect.Slice:
		return fmt.Sprintf("%s | len:%d, cap:%d", v.Type(), v.Len(), v.Cap())
	case reflect.Map:
		return fmt.Sprintf("%s | len:%d", v.Type(), v.Len())
	case reflect.Pointer:
		return fmt.Sprintf("%s | %#x", v.Type(), v.Pointer())
	}
	return v.Type().String()
}

// text shows a value, which is an element of another one if depth is above 1.
func text(v reflect.Value, depth int) string {
	if k := v.Kind(); (k == reflect.Pointer || k == reflect.Slice) && v.IsNil() {
		return "nil"
	}
	// Before the kinds: a Goroutine has its own way to be shown, without the backtrace.
	if g, ok := v.Interface().(interface{ GomegaString() string }); ok {
		return strings.ReplaceAll(g.GomegaString(), "\n", "\n"+indent(depth+1))
	}
	switch v.Kind() {
	case reflect.String:
		if depth > 1 {
			return fmt.Sprintf("%q", v)
		}
		return strings.ReplaceAll(v.String(), "\n", "\n"+indent(1))
	case reflect.Slice, reflect.Array:
		return list(v, depth)
	}
	return fmt.Sprint(v)
}

func indent(depth int) string { return strings.Repeat("    ", depth) }

// list shows the elements of a slice or array, in a line each where one is long.
func list(v reflect.Value, depth int) string {
	const long = 20
	before, between, after := "[", ", ", "]"
	elements := make([]string, v.Len())
	for i := range elements {
		elements[i] = text(v.Index(i), depth+1)
		// As Gomega does: one long element puts all on lines of their own.
		if len(elements[i]) > long {
			next := "\n" + indent(depth+1)
			before, between, after = "["+next, ","+next, ",\n"+indent(depth)+"]"
		}
	}
	return before + strings.Join(elements, between) + after
}
