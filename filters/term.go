package filters

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// TopFunction matches a goroutine whose innermost printed call is name.
//
// The runtime hides its own innermost calls, so the top function of a
// goroutine that sleeps is time.Sleep and never runtime.gopark. The name is
// written as a dump prints it, without arguments: "net/http.(*Server).Serve",
// "main.worker[...]", "gopkg.in/yaml%2ev3.Unmarshal"; an escaped import path
// may be written as in source, too: "gopkg.in/yaml.v3.Unmarshal". A * stands
// for any text without a slash and ** for any text, except the * of a pointer
// receiver: "shop.(*Pool).*", "shop.FetchAll.func*", "shop/**.run".
//
// TopFunction panics on a name that no goroutine, or every goroutine, can have.
func TopFunction(name string) Filter { return must("top", name) }

// AnyFunction matches a goroutine that has a call of name anywhere on its
// stack. See [TopFunction] for how to write a name.
func AnyFunction(name string) Filter { return must("any", name) }

// CreatedBy matches a goroutine that a go statement in the function name
// started. See [TopFunction] for how to write a name.
//
//go:noinline
func CreatedBy(name string) Filter { // the catalogue calls it 275 times, 12 KB of code if inlined
	return must("created-by", name)
}

// Package matches a goroutine that the package with the import path path has
// a part in: by a call on its stack or by the go statement that started it.
// A path that ends in "/..." takes in the packages below it as well.
func Package(path string) Filter { return must("package", path) }

// File matches a goroutine with a call, or the go statement that started it,
// in the source file path. The path may be shortened from the left at a slash:
// "shop/fetch.go" matches "/home/me/shop/fetch.go". Wildcards are as in
// [TopFunction].
func File(path string) Filter { return must("file", path) }

// State matches a goroutine in the given state, written as in a dump without
// what may follow it: "chan receive", "IO wait", "sync.Mutex.Lock". A * stands
// for any text: "chan *".
func State(state string) Filter { return must("state", state) }

// Cause matches a goroutine for which a report names the cause with this id.
// A * stands for any text. Only [Filter.MatchSubject] knows causes.
func Cause(id string) Filter { return must("cause", id) }

// Test matches a goroutine that belongs to the test name or to one of its
// subtests. Wildcards are as in [TopFunction]. Only [Filter.MatchSubject]
// knows tests.
func Test(name string) Filter { return must("test", name) }

// Label matches a goroutine with the runtime/pprof label key=value. The value
// may be empty, the key may not. A goroutine without the label does not match,
// and [Not] takes it as known to have none.
func Label(key, value string) Filter {
	if problem := inGo.checkKey(key); problem != "" {
		panic("filters.Label: " + problem)
	}
	return label(key, term{field: "label", value: value, match: equals(value)}, strconv.Quote(value))
}

func label(key string, t term, text string) Filter {
	return Filter{&node{term: t, expr: "label:" + strconv.Quote(key) + "=" + text, eval: func(s *Subject) truth {
		v, ok := s.Goroutine.Label(key)
		return is(ok && t.match(v))
	}}}
}

// ID matches the goroutines with the given ids. It panics without ids, and on one
// that is not positive.
func ID(ids ...int64) Filter {
	return anyID("ID", "id", ids, func(g *stackparse.Goroutine) int64 { return g.ID })
}

// StartedIn matches the goroutines that one of the goroutines with the given
// ids started. StartedIn(1) are those of the main goroutine, which runs the
// init functions, TestMain and main, but no test. A dump that does not print
// the creator's id matches none. StartedIn panics as [ID] does.
func StartedIn(ids ...int64) Filter {
	return anyID("StartedIn", "started-in", ids, func(g *stackparse.Goroutine) int64 {
		if g.Creator == nil {
			return 0 // no id: ids start at 1
		}
		return g.Creator.Goroutine
	})
}

func anyID(fn, field string, ids []int64, of func(*stackparse.Goroutine) int64) Filter {
	if len(ids) == 0 {
		panic("filters." + fn + ": no id matches no goroutine; pass the ids to match, or drop the filter")
	}
	parts := make([]string, len(ids))
	for i, id := range ids {
		if id <= 0 {
			panic(fmt.Sprintf("filters.%s: no goroutine has the id %d; ids start at 1", fn, id))
		}
		parts[i] = strconv.FormatInt(id, 10)
	}
	ids = slices.Clone(ids) // the caller may change its own
	text := strings.Join(parts, ",")
	return Filter{&node{term: term{field: field, value: text}, expr: field + ":" + text, eval: func(s *Subject) truth {
		return is(slices.Contains(ids, of(s.Goroutine)))
	}}}
}

// WaitAtLeast matches a goroutine that has been blocked for d or longer, which
// must be positive.
//
// Dumps print whole minutes, and none below one; what they do not print is
// unknown, so neither WaitAtLeast nor its [Not] matches it. The caller of
// [Filter.MatchSubject] may know better.
func WaitAtLeast(d time.Duration) Filter { return wait("WaitAtLeast", ">=", d) }

// WaitBelow matches a goroutine that has been blocked for less than d, which
// must be positive. See [WaitAtLeast] for what is known.
func WaitBelow(d time.Duration) Filter { return wait("WaitBelow", "<", d) }

func wait(fn, op string, d time.Duration) Filter {
	if d <= 0 {
		panic(fmt.Sprintf("filters.%s: the wait %v is not positive; pass, for example, 5*time.Minute", fn, d))
	}
	text := op + shortDuration(d)
	return Filter{&node{term: term{field: "wait", value: text}, expr: "wait:" + text, eval: func(s *Subject) truth {
		known := s.Wait
		if known == 0 {
			known = s.Goroutine.Wait
		}
		if known == 0 { // below a minute, or not printed
			return unknown
		}
		return is((known >= d) == (op == ">="))
	}}}
}

// shortDuration writes 5m for 5m0s, as a person would.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// field is one that takes a text.
type field struct {
	what    string                                                        // what its value is
	example string                                                        // of a value
	check   func(s speech, field, value, example string) (problem string) // nil where every text is one
	compile func(value string) matcher
	ask     func(matcher) func(*Subject) truth
}

// fields are those that both a constructor and an expression can ask for. They
// share one check and one meaning, so that neither can drift from the other.
var fields = map[string]field{
	"top":        {aName, "net/http.(*Server).Serve", speech.checkCall, compileName, askTop},
	"any":        {aName, "net/http.(*Server).Serve", speech.checkCall, compileName, askAny},
	"created-by": {aName, "net/http.(*Server).Serve", speech.checkName, compileName, askCreator},
	"package":    {"the import path", "database/sql", speech.checkPackage, compilePackage, askPackage},
	"file":       {"the file's path or the end of it", "shop/fetch.go", speech.checkFile, compileFile, askFile},
	"state":      {"a state as a dump prints it", "chan receive", speech.checkState, compileText, askState},
	"cause":      {"the id that a report prints", "chan-send", nil, compileText, askCause},
	"test":       {"the test's name", "TestFetch/empty", nil, compileTest, askTest},
}

const aName = "the function as a dump prints it"

func must(name, value string) Filter {
	f, problem := newTerm(inGo, name, value)
	if problem != "" {
		panic("filters." + constructors[name] + ": " + problem)
	}
	return f
}

// newTerm makes the term name:value, or says in s what is wrong with it.
func newTerm(s speech, name, value string) (Filter, string) {
	f := fields[name]
	example := s.write(name, f.example)
	text := value
	if name == "package" {
		text = strings.TrimSuffix(value, "/...")
	}
	problem := s.checkText(text, f.what+", for example "+example)
	if problem == "" && f.check != nil {
		problem = f.check(s, name, value, example)
	}
	if problem != "" {
		return Filter{}, problem
	}
	t := term{field: name, value: value, kind: kindOf(name, value), match: f.compile(value)}
	return Filter{&node{term: t, expr: name + ":" + strconv.Quote(value), eval: f.ask(t.match)}}, ""
}

func askTop(m matcher) func(*Subject) truth {
	return func(s *Subject) truth {
		return is(len(s.Goroutine.Frames) > 0 && m(s.Goroutine.Frames[0].Func))
	}
}

func askAny(m matcher) func(*Subject) truth {
	return func(s *Subject) truth {
		return is(slices.ContainsFunc(s.Goroutine.Frames, func(f stackparse.Frame) bool { return m(f.Func) }))
	}
}

func askCreator(m matcher) func(*Subject) truth {
	return func(s *Subject) truth { return is(s.Goroutine.Creator != nil && m(s.Goroutine.Creator.Func)) }
}

func askPackage(m matcher) func(*Subject) truth {
	in := func(fn string) bool { return m(stackparse.Package(fn)) }
	return func(s *Subject) truth { return max(askCreator(in)(s), askAny(in)(s)) }
}

func askFile(m matcher) func(*Subject) truth {
	return func(s *Subject) truth {
		g := s.Goroutine
		return is(g.Creator != nil && m(g.Creator.File) ||
			slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool { return m(f.File) }))
	}
}

func askState(m matcher) func(*Subject) truth {
	return func(s *Subject) truth { return is(m(s.Goroutine.State)) }
}

func askCause(m matcher) func(*Subject) truth {
	return func(s *Subject) truth { return askFact(m, s.Cause) }
}

func askTest(m matcher) func(*Subject) truth {
	return func(s *Subject) truth { return askFact(m, s.Test) }
}

func askFact(m matcher, fact string) truth {
	if fact == "" {
		return unknown
	}
	return is(m(fact))
}
