package testrun

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// rootCause is the goroutines that one forgotten call started, or one go
// statement. They may do different things.
type rootCause struct {
	first         *finding
	count, proven int
	library       string // the module of a library that started them, as "example.com/m@v1.2.3"
	kinds         []*kind
	started       []string // file:line of the go statements
	called        []string // file:line of the calls that led to them
	held          []string // the variables that hold what they wait for
	trends        []string // how their number changes with the runs of a test
	tried         []string // changes, and what came of them
	tests         map[string][]string
}

// kind is the goroutines of a root cause that do the same at the same place.
type kind struct {
	title string
	at    string // file:line
	fn    string
	count int
}

// causesOf groups findings, those with the most goroutines first.
func causesOf(all []finding) []*rootCause {
	helpers := helpersOf(all)
	index := map[string]*rootCause{}
	var causes []*rootCause
	for i := range all {
		f := &all[i]
		root := starter(all, f)
		key := causeKey(root, helpers)
		c := index[key]
		if c == nil {
			c = &rootCause{first: root, library: cmp.Or(root.Module, library(root)), tests: map[string][]string{}}
			addNew(&c.started, position(&root.Started)) // before what it led to
			index[key] = c
			causes = append(causes, c)
		}
		c.add(f)
	}
	slices.SortStableFunc(causes, func(a, b *rootCause) int { return cmp.Compare(b.count, a.count) })
	return causes
}

// starter returns the goroutines that were left and that led to those of f: they
// started these, or what did. What ends them would have ended these as well.
func starter(all []finding, f *finding) *finding {
	const most = 32 // nested; a finding has many goroutines, so that they may go round in circles
	for range most {
		if f.Example.Creator == nil {
			break
		}
		i := slices.IndexFunc(all, func(by finding) bool {
			return by.of == f.of && slices.Contains(by.IDs, f.Example.Creator.Goroutine)
		})
		if i < 0 || &all[i] == f {
			break
		}
		f = &all[i]
	}
	return f
}

// causeKey is equal for findings with one cause.
func causeKey(f *finding, helpers map[string]bool) string {
	started := position(&f.Started)
	inTest := strings.HasSuffix(f.Started.File, "_test.go")
	switch {
	case started == "":
		return "at " + f.Cause.Title + position(&f.At)
	// A module that is worked on has its own mistakes, no matter who calls it.
	case f.Called.Func != "" && !f.workspace:
		return "called " + position(&f.Called)
	case !f.workspace && cmp.Or(f.Module, library(f)) != "":
		return "library " + cmp.Or(f.Module, library(f))
	case helpers[started]:
		return "helper " + started + " " + runs(f)
	case f.Started.Std:
		return "std " + f.Started.Func
	case inTest:
		return "started " + started
	}
	// A constructor may start several goroutines, which one Close ends.
	return "constructor " + f.Started.Func
}

// helpersOf are the go statements that started goroutines of different functions:
// func (s *server) spawn(f func()) { go f() }. Of such a statement it is what the
// goroutines run that matters.
func helpersOf(all []finding) map[string]bool {
	ran, helpers := map[string]string{}, map[string]bool{}
	for i := range all {
		f := &all[i]
		started := position(&f.Started)
		if fn, seen := ran[started]; seen && fn != runs(f) {
			helpers[started] = true
		}
		ran[started] = runs(f)
	}
	return helpers
}

// runs is the function that a goroutine runs: its outermost one that is not the
// function literal of the go statement itself.
func runs(f *finding) string {
	for _, s := range slices.Backward(f.Stack) {
		if !s.Std && !strings.HasPrefix(s.Func, f.Started.Func+".") {
			return s.Func
		}
	}
	return f.At.Func
}

// library is the module, with its version, that the go statement is in, "" where
// it is not in the module cache.
func library(f *finding) string {
	if f.Started.Std || f.Started.Path != "" {
		return ""
	}
	module, rest, ok := strings.Cut(f.Started.File, "@")
	if !ok || path.IsAbs(module) {
		return ""
	}
	version, _, _ := strings.Cut(rest, "/")
	return module + "@" + version
}

func (c *rootCause) add(f *finding) {
	c.count += f.Count
	c.proven += f.Proven
	for _, leaf := range f.Leaves() {
		at := position(&leaf.At)
		i := slices.IndexFunc(c.kinds, func(k *kind) bool {
			return k.title == leaf.Cause.Title && k.at == at && k.fn == leaf.At.Func
		})
		if i < 0 {
			i = len(c.kinds)
			c.kinds = append(c.kinds, &kind{title: leaf.Cause.Title, at: at, fn: leaf.At.Func})
		}
		c.kinds[i].count += leaf.Count
	}
	addNew(&c.started, position(&f.Started))
	addNew(&c.called, cmp.Or(position(&f.Called), f.testLine))
	for _, held := range f.Held {
		if strings.HasPrefix(held, variable) {
			addNew(&c.held, held)
		}
	}
	addNew(&c.trends, f.Trend)
	addNew(&c.tried, f.Fix.String())
	tests := c.tests[f.pkg]
	addNew(&tests, f.test)
	c.tests[f.pkg] = tests
}

func addNew(list *[]string, s string) {
	if s != "" && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

func position(s *report.Site) string {
	if s.File == "" {
		return ""
	}
	return s.Position()
}

// What a summary names. Reports have all.
const (
	maxCauses   = 10 // in full
	maxPlaces   = 10 // where the goroutines of a cause wait
	maxLines    = 3  // of go statements and of calls
	maxPackages = 3  // of a cause
	maxTests    = 3  // of a package
)

// same reports whether all goroutines of the cause do the same.
func (c *rootCause) same() bool {
	return !slices.ContainsFunc(c.kinds, func(k *kind) bool { return k.title != c.kinds[0].title })
}

// title is the first line on a cause.
func (c *rootCause) title() string {
	var s string
	switch {
	case c.library != "":
		module, _, _ := strings.Cut(c.library, "@")
		s = fmt.Sprintf("%s of %s that nobody stopped", words.Count(c.count, "goroutine"), module)
	case c.same():
		s = fmt.Sprintf("%d x %s", c.count, c.kinds[0].title)
	default:
		s = fmt.Sprintf("%s started by %s", words.Count(c.count, "goroutine"), report.Name(c.first.Started.Func))
	}
	if c.proven > 0 {
		s += fmt.Sprintf(" (%d proven)", c.proven)
	}
	return s
}

func (c *rootCause) print(w io.Writer) {
	fmt.Fprintf(w, "  + %s\n", c.title())
	slices.SortStableFunc(c.kinds, func(a, b *kind) int { return cmp.Compare(b.count, a.count) })
	var at []string
	for _, k := range c.kinds {
		at = append(at, c.place(k))
	}
	var in []string
	for _, pkg := range sortedKeys(c.tests) {
		in = append(in, pkg+": "+someOf(c.tests[pkg], maxTests))
	}
	for _, r := range []rows{
		{"at", "place", maxPlaces, at},
		{"held by", "variable", maxLines, c.held},
		{"started", "go statement", maxLines, c.started},
		{"called", "call", maxLines, c.called},
		{"trend", "trend", maxLines, c.trends},
		{"tried", "result", maxLines, c.tried},
		{"in", "package", maxPackages, in},
	} {
		r.print(w)
	}
}

// place is where the goroutines of one kind wait, and how many, where that is not
// all of them.
func (c *rootCause) place(k *kind) string {
	parts := []string{k.at}
	if k.fn != "" {
		parts = append(parts, report.Name(k.fn))
	}
	if !c.same() {
		parts = append(parts, fmt.Sprintf("%d x %s", k.count, k.title))
	} else if len(c.kinds) > 1 {
		parts = append(parts, fmt.Sprintf("%d x", k.count))
	}
	return strings.Join(parts, "   ")
}

// rows are the rows of one name in the description of a root cause.
type rows struct {
	name, noun string // noun is what one value is
	most       int    // how many are printed
	values     []string
}

// print prints the first values, each on a line.
func (r rows) print(w io.Writer) {
	name := r.name
	for i, v := range r.values {
		if i == r.most {
			fmt.Fprintf(w, "      %-8s and %s\n", "", words.Count(len(r.values)-i, "more "+r.noun))
			return
		}
		if i > 0 && r.name != "in" {
			name = ""
		}
		fmt.Fprintf(w, "      %-8s %s\n", name, report.Escape(v))
	}
}

// someOf names the first of a list, those that come several times once.
func someOf(names []string, most int) string {
	var each []string
	times := map[string]int{}
	for _, name := range names {
		addNew(&each, name)
		times[name]++
	}
	some := each[:min(len(each), most)]
	more := len(each) - len(some)
	for i, name := range some {
		if n := times[name]; n > 1 {
			some[i] = fmt.Sprintf("%s (%d times)", name, n)
		}
	}
	s := strings.Join(some, ", ")
	if more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}
