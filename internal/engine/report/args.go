package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// maxArgs bounds the arguments that a report names.
const maxArgs = 4

// args says which arguments the goroutines share and in which they differ: "p
// *Pool is the same in all; conn net.Conn is 0xc000124000 in 40 of 41".
func (f *Finding) args() string {
	var telling, others []string
	for i := range f.Args {
		a := &f.Args[i]
		s := f.compared(a)
		switch {
		case s == "":
		case isNil(a) || a.Count < f.Count && a.Count > 1: // what blocks forever, and which one is odd
			telling = append(telling, s)
		default:
			others = append(others, s)
		}
	}
	all := append(telling, others...)
	return strings.Join(all[:min(len(all), maxArgs)], "; ")
}

// compared says of an argument how it compares, "" where that helps nobody: a
// pointer that all goroutines share tells something only if it is known what is
// there.
func (f *Finding) compared(a *relate.Argument) string {
	what := subject(a)
	rare := a.Different == 0 || a.Different > max(f.Count/4, 1)
	switch {
	// Few goroutines that differ from most are worth a word, also where the argument has no name.
	case a.Count < f.Count && 2*a.Count >= f.Count && a.Count > 2 && !strings.HasPrefix(a.Value, "{"):
		if what == "" {
			what = fmt.Sprintf("argument %d of %s", a.Index+1, ShortName(a.Func))
		}
		return fmt.Sprintf("%s is %s in %d of %d", what, value(a), a.Count, f.Count)
	case what == "":
		return ""
	case a.Different == 1 && (a.Pointer() || strings.HasPrefix(a.Value, "{") && !isNil(a)):
		return what + " is the same in all"
	case a.Different == 1:
		return what + " is " + value(a) + " in all"
	case a.Count == 1 && a.Type == "string", a.Count > 1 && rare: // equal texts may lie in several places
		return ""
	case a.Count == 1:
		return what + " differs in each"
	}
	return fmt.Sprintf("%s has %d values", what, a.Different)
}

// subject names an argument: "conn net.Conn", "the *Pool" for a receiver of which
// the source is not there.
func subject(a *relate.Argument) string {
	fn := stackparse.ParseFunc(a.Func)
	switch {
	case a.Name != "":
		return strings.TrimSpace(Cut(a.Name, maxName) + " " + Cut(a.Type, maxName))
	case a.Index == 0 && strings.HasPrefix(fn.Receiver, "*") && fn.Closure == "":
		return "the " + Cut(fn.Receiver, maxName)
	}
	return ""
}

// value is the most frequent value of an argument as a person reads it.
func value(a *relate.Argument) string {
	word, ok := a.Word()
	switch {
	case isNil(a):
		return "nil"
	case !ok || a.Pointer(): // several words are in braces
		return Cut(a.Value, maxName)
	case a.Type == "bool":
		return strconv.FormatBool(word != 0)
	}
	return strconv.FormatUint(word, 10)
}

// isNil reports whether the value is nil, as far as the type tells.
func isNil(a *relate.Argument) bool {
	if strings.Trim(a.Value, "{0x, }") != "" { // a word is not 0
		return false
	}
	if strings.HasPrefix(a.Value, "{") { // an interface has two words, a slice three
		return a.Type == "error" || a.Type == "any" || a.Type == "context.Context"
	}
	return slices.ContainsFunc([]string{"*", "chan ", "<-chan ", "chan<- ", "func(", "map["},
		func(kind string) bool { return strings.HasPrefix(a.Type, kind) })
}
