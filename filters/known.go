package filters

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Benign matches the goroutines of the catalogue that every leak check leaves
// out: [ClassBenign].
func Benign() Filter { return mustKnown("known", "benign") }

// SlowToStop matches the goroutines of the catalogue that a leak check waits
// for: [ClassSlowToStop].
func SlowToStop() Filter { return mustKnown("known", "slow-to-stop") }

// MissingClose matches the goroutines of the catalogue that a leak check
// reports with the call that would have stopped them: [ClassMissingClose].
func MissingClose() Filter { return mustKnown("known", "missing-close") }

// Known matches the goroutines of the catalogue's entry with this id, for
// example "go-cache/janitor". It panics if there is none.
func Known(id string) Filter { return mustKnown("known", id) }

// KnownModule matches the goroutines of the catalogue that the module with this
// path starts, for example "google.golang.org/grpc"; "std" is the standard
// library. It panics if the catalogue knows none. For all goroutines of a
// module's code write [Package] with "/...".
func KnownModule(path string) Filter { return mustKnown("module", path) }

func mustKnown(field, value string) Filter {
	f, problem := newKnown(inGo, field, value)
	if problem != "" {
		panic("filters." + constructors[field] + ": " + problem)
	}
	return f
}

// classes are the values of known: that stand for all entries of a class.
var classes = map[string]Class{
	"benign":        ClassBenign,
	"slow-to-stop":  ClassSlowToStop,
	"missing-close": ClassMissingClose,
}

// newKnown makes known:value or module:value, or says in s what is wrong.
func newKnown(s speech, field, value string) (Filter, string) {
	member := func(e *Entry) bool { return e.ID == value }
	if field == "module" {
		member = func(e *Entry) bool { return e.Module == value }
	} else if class, ok := classes[value]; ok {
		member = func(e *Entry) bool { return e.Class == class }
	}
	// A term that no entry fulfils would match nothing, and never say so.
	if !slices.ContainsFunc(catalogue(), func(e Entry) bool { return member(&e) }) {
		return Filter{}, unknownEntry(s, field, value)
	}
	t := term{field: field, value: value}
	// lookup asks the whole catalogue: a goroutine belongs to the first entry that matches it.
	return Filter{&node{term: t, expr: field + ":" + strconv.Quote(value), eval: func(sub *Subject) truth {
		e := lookup(sub.Goroutine)
		return is(e != nil && member(e))
	}}}, ""
}

// unknownEntry proposes the entries that value may have meant.
func unknownEntry(s speech, field, value string) string {
	var near []string
	for _, e := range catalogue() {
		name := e.ID
		if field == "module" {
			name = e.Module
		}
		if value != "" && (strings.Contains(name, value) || strings.Contains(value, name)) {
			near = append(near, s.write(field, name))
		}
	}
	near = slices.Compact(near) // a module has several entries, one after another
	if len(near) == 0 {
		return fmt.Sprintf("the catalogue has no entry for %q; filters.Catalogue lists the entries", value)
	}
	return fmt.Sprintf("the catalogue has no entry for %q; did you mean %s", value,
		strings.Join(near[:min(len(near), 3)], " or "))
}
