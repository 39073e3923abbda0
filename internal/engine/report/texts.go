package report

import (
	"reflect"
	"sync"
)

// rewrite replaces each string in the struct that p points to by what f makes of
// it, except for fields that have no JSON. Lists, and what pointers lead to, are
// copied before, since other reports may share them.
func rewrite(p any, f func(string) string) { rewriteValue(reflect.ValueOf(p).Elem(), f) }

func rewriteValue(v reflect.Value, f func(string) string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(f(v.String()))
	case reflect.Struct:
		for _, i := range textFields(v.Type()) {
			rewriteValue(v.Field(i), f)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			return
		}
		list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(list, v)
		for i := range v.Len() {
			rewriteValue(list.Index(i), f)
		}
		v.Set(list)
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		to := reflect.New(v.Type().Elem())
		to.Elem().Set(v.Elem())
		rewriteValue(to.Elem(), f)
		v.Set(to)
	}
}

// fieldsOf has the answers of textFields: a report has thousands of findings.
var fieldsOf sync.Map // reflect.Type to []int

// textFields are the fields of a struct that strings are in.
func textFields(t reflect.Type) []int {
	if known, ok := fieldsOf.Load(t); ok {
		return known.([]int)
	}
	var fields []int
	for i := range t.NumField() {
		// Parts of a finding would be findings again without end: they have no JSON of their own.
		if f := t.Field(i); f.IsExported() && f.Tag.Get("json") != "-" && hasText(f.Type) {
			fields = append(fields, i)
		}
	}
	fieldsOf.Store(t, fields)
	return fields
}

func hasText(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String:
		return true
	case reflect.Struct:
		return len(textFields(t)) > 0
	case reflect.Slice, reflect.Pointer:
		return hasText(t.Elem())
	}
	return false
}
