package filters

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Filter is a predicate over goroutines. Filters are made by the functions of
// this package and are safe for concurrent use; the zero Filter matches
// nothing.
type Filter struct {
	expr   string
	match  func(*stackparse.Goroutine) bool
	joined bool // expr is a combination that needs parentheses inside another
}

// Match reports whether f selects g.
func (f Filter) Match(g *stackparse.Goroutine) bool { return f.match != nil && f.match(g) }

// String returns f as an expression: created-by:"shop.FetchAll" &&
// state:"chan send".
func (f Filter) String() string {
	if f.match == nil {
		return "none"
	}
	return f.expr
}

// TopFunction matches a goroutine whose innermost printed call is name.
//
// The runtime hides its own innermost calls, so the top function of a
// goroutine that sleeps is time.Sleep and never runtime.gopark. The name is
// written as a dump prints it, without arguments: "net/http.(*Server).Serve",
// "main.worker[...]", "gopkg.in/yaml%2ev3.Unmarshal". TopFunction panics on a
// name that no goroutine can have.
func TopFunction(name string) Filter {
	mustName("TopFunction", name)
	if isHidden(name) {
		panic(fmt.Sprintf("filters.TopFunction: %q matches nothing: dumps leave out the runtime's own calls; "+
			"write the function that called it, for example TopFunction(%q), or match the state: State(%q)",
			name, "time.Sleep", "sleep"))
	}
	return Filter{expr: field("top", name), match: func(g *stackparse.Goroutine) bool {
		return len(g.Frames) > 0 && g.Frames[0].Func == name
	}}
}

// AnyFunction matches a goroutine that has a call of name anywhere on its
// stack. See [TopFunction] for how to write a name; AnyFunction panics on one
// that no goroutine, or every goroutine, has.
func AnyFunction(name string) Filter {
	mustName("AnyFunction", name)
	if isHidden(name) {
		panic(fmt.Sprintf("filters.AnyFunction: %q matches nothing: dumps leave out the runtime's own calls; "+
			"write the function that called it", name))
	}
	return Filter{expr: field("any", name), match: func(g *stackparse.Goroutine) bool {
		return slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool { return f.Func == name })
	}}
}

// CreatedBy matches a goroutine that a go statement in the function name
// started. See [TopFunction] for how to write a name.
func CreatedBy(name string) Filter {
	mustName("CreatedBy", name)
	return Filter{expr: field("created-by", name), match: func(g *stackparse.Goroutine) bool {
		return g.Creator != nil && g.Creator.Func == name
	}}
}

// Package matches a goroutine that the package with the import path path has
// a part in: by a call on its stack or by the go statement that started it.
// A path that ends in "/..." takes in the packages below it as well.
func Package(path string) Filter {
	base, below := strings.CutSuffix(path, "/...")
	mustText("Package", base, `the import path, for example Package("database/sql")`)
	if strings.ContainsAny(base, "()*[]") {
		panic(fmt.Sprintf("filters.Package: %q is not an import path; write it without a function, "+
			"for example Package(%q), or use AnyFunction", path, "database/sql"))
	}
	if strings.HasSuffix(base, "/") || strings.HasPrefix(base, ".") || escaped.MatchString(base) {
		panic(fmt.Sprintf("filters.Package: %q matches nothing; write the import path as in an import declaration, "+
			"for example Package(%q)", path, "gopkg.in/yaml.v3"))
	}
	in := func(fn string) bool {
		p := stackparse.Package(fn)
		return p == base || below && strings.HasPrefix(p, base) && p[len(base)] == '/'
	}
	return Filter{expr: field("package", path), match: func(g *stackparse.Goroutine) bool {
		return g.Creator != nil && in(g.Creator.Func) ||
			slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool { return in(f.Func) })
	}}
}

// File matches a goroutine with a call, or the go statement that started it,
// in the source file path. The path may be shortened from the left at a slash:
// "shop/fetch.go" matches "/home/me/shop/fetch.go".
func File(path string) Filter {
	mustText("File", path, `the file's path or the end of it, for example File("shop/fetch.go")`)
	if base, line, ok := strings.Cut(path, ".go:"); ok {
		panic(fmt.Sprintf("filters.File: %q has a line number, which no file name has; write File(%q) without :%s",
			path, base+".go", line))
	}
	if strings.HasSuffix(path, "/") || strings.Contains(path, `\`) {
		panic(fmt.Sprintf("filters.File: %q matches nothing: dumps name files, with forward slashes on every system; "+
			"write File(%q), or Package for a folder", path, "shop/fetch.go"))
	}
	in := func(file string) bool {
		rest, ok := strings.CutSuffix(file, path)
		return ok && (rest == "" || rest[len(rest)-1] == '/' || path[0] == '/')
	}
	return Filter{expr: field("file", path), match: func(g *stackparse.Goroutine) bool {
		return g.Creator != nil && in(g.Creator.File) ||
			slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool { return in(f.File) })
	}}
}

// State matches a goroutine in the given state, written as in a dump without
// what may follow it: "chan receive", "IO wait", "sync.Mutex.Lock".
func State(state string) Filter {
	mustText("State", state, `a state as a dump prints it, for example State("chan receive")`)
	for _, suffix := range []string{"(leaked)", "(durable)", "(scan)", "minutes", "minute", "locked to thread"} {
		if strings.HasSuffix(state, suffix) {
			panic(fmt.Sprintf("filters.State: %q matches nothing: %q is not part of a state; "+
				"write only the wait reason, for example State(%q)", state, suffix, "chan receive"))
		}
	}
	if strings.ContainsAny(state, "[],:") {
		panic(fmt.Sprintf("filters.State: %q matches nothing: write the state without brackets, "+
			"for example State(%q)", state, "chan receive"))
	}
	return Filter{expr: field("state", state), match: func(g *stackparse.Goroutine) bool { return g.State == state }}
}

// Label matches a goroutine with the runtime/pprof label key=value. The value
// may be empty, the key may not.
func Label(key, value string) Filter {
	mustText("Label", key, `the label's key, for example Label("job", "sync")`)
	return Filter{expr: "label:" + strconv.Quote(key) + "=" + strconv.Quote(value), match: func(g *stackparse.Goroutine) bool {
		v, ok := g.Label(key)
		return ok && v == value
	}}
}

// ID matches the goroutines with the given ids, which must be positive.
func ID(ids ...int64) Filter {
	if len(ids) == 0 {
		panic("filters.ID: no id matches no goroutine; pass the ids to match, or drop the filter")
	}
	parts := make([]string, len(ids))
	for i, id := range ids {
		if id <= 0 {
			panic(fmt.Sprintf("filters.ID: no goroutine has the id %d; ids start at 1", id))
		}
		parts[i] = strconv.FormatInt(id, 10)
	}
	ids = slices.Clone(ids)
	return Filter{expr: "id:" + strings.Join(parts, ","), match: func(g *stackparse.Goroutine) bool {
		return slices.Contains(ids, g.ID)
	}}
}

// All matches a goroutine that every one of fs matches. Without fs it would
// match every goroutine, so it panics.
func All(fs ...Filter) Filter {
	mustFilters("All", "every goroutine", fs)
	fs = slices.Clone(fs)
	return Filter{expr: join(fs, " && "), joined: len(fs) > 1 || fs[0].joined, match: func(g *stackparse.Goroutine) bool {
		return !slices.ContainsFunc(fs, func(f Filter) bool { return !f.Match(g) })
	}}
}

// Any matches a goroutine that at least one of fs matches. Without fs it would
// match none, so it panics.
func Any(fs ...Filter) Filter {
	mustFilters("Any", "no goroutine", fs)
	fs = slices.Clone(fs)
	return Filter{expr: join(fs, " || "), joined: len(fs) > 1 || fs[0].joined, match: func(g *stackparse.Goroutine) bool {
		return slices.ContainsFunc(fs, func(f Filter) bool { return f.Match(g) })
	}}
}

// Not matches a goroutine that f does not match.
func Not(f Filter) Filter {
	mustFilters("Not", "every goroutine", []Filter{f})
	return Filter{expr: "!(" + f.expr + ")", match: func(g *stackparse.Goroutine) bool { return !f.Match(g) }}
}

func field(name, value string) string { return name + ":" + strconv.Quote(value) }

// join parenthesizes every operand that is itself a combination, so that an
// expression reads without knowledge of precedence.
func join(fs []Filter, op string) string {
	if len(fs) == 1 {
		return fs[0].expr
	}
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = f.expr
		if f.joined {
			parts[i] = "(" + f.expr + ")"
		}
	}
	return strings.Join(parts, op)
}
