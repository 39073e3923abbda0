// Package report turns leaked goroutines into findings and prints them.
//
// [Build] makes the one neutral model that every renderer reads: identical
// stacks are one [Finding] with a count, the user's own code comes first, and
// what the standard library does below it is folded. Strings in the model are
// as the dump printed them, of bounded length; a renderer escapes them for its
// medium.
//
// [Text], [HTML] and [Markdown] are for people, [GitHub] for the runner of
// GitHub Actions, and [JSON] for programs: [Decode] makes of it the report
// that it was. Packages below this one render SARIF and pprof profiles, which
// test binaries have no use for. What they say of a finding comes from one
// list of rows. Recorded reports in testdata feed the golden files of all.
package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Kind says what a report is about.
type Kind int

const (
	Outlived Kind = iota // goroutines that are still there after the subject
	Hung                 // tests that nothing can wake any more, and what is stuck with them
	Late                 // tests that run when -timeout is about to end the process
	Dumped               // goroutines of a dump, which need not be leaked
)

// Report is the outcome of one check.
type Report struct {
	Kind     Kind
	Package  string    // import path of the package whose tests were checked; "" where it is none or not known
	Subject  string    // "TestFetchAll", "the tests", "TestA and TestB", the file of a dump; "" for a look in between
	Findings []Finding // by rank, then most goroutines first
	Remark   string    // added to the summary: "Verify deferred at fetch_test.go:13"
	Total    int       // goroutines in Findings
	Proven   int       // those of them that the runtime proved to be leaked
	Notes    []string  // remarks for the reader, a sentence each
}

// Finding is one kind of leak: the goroutines with the same stack, state and
// owner.
type Finding struct {
	Count    int
	Proven   int
	Rank     int      // twice that of the leaks, and one more where another finding is the reason for this one
	Test     string   // the owner, "" where there is no evidence
	Evidence string   // what says so
	Through  []string // the functions between the test and the go statement, outermost first, where goroutines started each other
	Waits    string   // whom it waits for, as far as addresses tell: "the mutex 0xc000012340, likely held by ..."
	Cause    cause.Cause
	At       Site   // where it waits: the innermost call of the user's own code
	Stack    []Site // the calls around At, innermost first
	Started  Site   // the go statement; zero where the dump does not say
	Called   Site   // where the user's code called the library that started it; zero where the dump does not say
	Ignore   string // a leakcheck option, or for a dump a flag, that leaves out what was started like this; "" where there is none
	IDs      []int64
	Example  stackparse.Goroutine

	// Of a dump or a service, where being there is no mistake by itself; zero for
	// goroutines that outlived a test.
	Graded  cause.Grade // what speaks for a leak
	MinWait int         // minutes that they wait; 0 where that is not said of one of them
	MaxWait int
	Trend   string // how their number changed: "300 more in 5m0s"
}

// Site is a place in the code.
type Site struct {
	Func   string
	File   string // shortened for reading
	Path   string // below the folder of the main module, with slashes; "" where it lies elsewhere
	Line   int
	Source string // the line's text, where the file can be read
	Std    bool   // of the standard library
}

// maxIDs bounds the ids that a finding names.
const maxIDs = 10

// Leak is a goroutine, whose it is, and where it belongs in the report.
type Leak struct {
	Goroutine stackparse.Goroutine
	Owner     owner.Finding
	Rank      int // leaks with a lower one come first
	Count     int // goroutines like it that it stands for; 0 is one

	Graded cause.Grade // see [Finding]; the same for all with one stack
	Trend  string
}

// Build groups leaks into a report on subject. It reads the source lines that
// it shows from tree.
func Build(subject string, leaks []Leak, tree *source.Tree) *Report {
	r := &Report{Subject: subject}
	index := map[string]int{}
	gs := make([]stackparse.Goroutine, len(leaks))
	for i := range leaks {
		gs[i] = leaks[i].Goroutine
	}
	causes := cause.NewClassifier(gs, tree)
	ids := make([]string, len(leaks)) // of the causes
	var first []int                   // leak of each finding
	var key []byte
	for i := range leaks {
		l := &leaks[i]
		key = appendKey(key[:0], l, tree)
		n, ok := index[string(key)]
		if !ok {
			n = len(r.Findings)
			index[string(key)] = n
			r.Findings = append(r.Findings, newFinding(l, tree, causes.Of(i)))
			first = append(first, i)
		}
		f := &r.Findings[n]
		ids[i] = f.Cause.ID
		r.add(f, l)
	}
	rel := newRelations(gs, ids, tree)
	for n := range r.Findings {
		f := &r.Findings[n]
		f.Waits, f.Through = rel.phrase(first[n]), rel.through(first[n])
		f.Rank = 2*f.Rank + rel.rank(first[n])
		f.bound()
	}
	slices.SortStableFunc(r.Findings, order)
	return r
}

// add counts l, which is one of f.
func (r *Report) add(f *Finding, l *Leak) {
	n := max(l.Count, 1)
	f.Count += n
	r.Total += n
	if l.Goroutine.Leaked {
		f.Proven += n
		r.Proven += n
	}
	if id := l.Goroutine.ID; id != 0 && len(f.IDs) < maxIDs {
		f.IDs = append(f.IDs, id)
	}
}

// Causes returns the ids of the causes of leaks, one for each.
func Causes(leaks []Leak, tree *source.Tree) []string {
	gs := make([]stackparse.Goroutine, len(leaks))
	for i := range leaks {
		gs[i] = leaks[i].Goroutine
	}
	causes := cause.NewClassifier(gs, tree)
	ids := make([]string, len(leaks))
	for i := range ids {
		ids[i] = causes.Of(i).ID
	}
	return ids
}

// appendKey appends what is equal for goroutines that belong into one finding.
func appendKey(b []byte, l *Leak, tree *source.Tree) []byte {
	b = strconv.AppendInt(b, int64(l.Rank), 10)
	b = append(append(append(b, 0), l.Owner.Test...), 0)
	if f, _ := calling(&l.Goroutine, tree); f != nil {
		b = append(appendCall(b, f.Func, f.File, f.Line), 0)
	}
	return appendStack(b, &l.Goroutine)
}

// appendStack appends what makes two stacks the same: state, calls and go
// statement, without ids, arguments, offsets and times.
func appendStack(b []byte, g *stackparse.Goroutine) []byte {
	b = append(append(b, g.State...), 0)
	b = strconv.AppendInt(b, int64(g.Elided), 10)
	for i := range g.Frames {
		f := &g.Frames[i]
		b = appendCall(append(b, 0), f.Func, f.File, f.Line)
	}
	if c := g.Creator; c != nil {
		b = appendCall(append(b, "\x00by "...), c.Func, c.File, c.Line)
	}
	return b
}

func appendCall(b []byte, fn, file string, line int) []byte {
	b = append(append(append(b, fn...), 0), file...)
	return strconv.AppendInt(append(b, ':'), int64(line), 10)
}

// Stack returns a key that is equal for goroutines with the same stack and
// state, and the place that stands for it: the innermost call of the user's
// own code, else of other modules, else the innermost call.
func Stack(g *stackparse.Goroutine, tree *source.Tree) (key string, at Site) {
	sites, n := stackSites(g, tree)
	if len(sites) > 0 {
		at = sites[n]
	}
	return string(appendStack(nil, g)), at
}

// stackSites returns the calls of g and the index of the one that stands for
// them: the innermost of the main module, where a user can do something about
// it, else of another module, else the innermost that is not a door into the
// runtime.
func stackSites(g *stackparse.Goroutine, tree *source.Tree) (sites []Site, at int) {
	for _, f := range g.Frames {
		sites = append(sites, site(tree, f.Func, f.File, f.Line))
	}
	for _, stands := range []func(*Site) bool{
		func(s *Site) bool { return mine(tree, s) },
		func(s *Site) bool { return !s.Std },
		func(s *Site) bool { return !hidden(s.Func) },
	} {
		for i := range sites {
			if stands(&sites[i]) {
				return sites, i
			}
		}
	}
	return sites, 0
}

func newFinding(l *Leak, tree *source.Tree, why cause.Cause) Finding {
	g := &l.Goroutine
	f := Finding{Test: l.Owner.Test, Evidence: l.Owner.Evidence, Cause: why, Rank: l.Rank, Example: *g,
		Graded: l.Graded, Trend: l.Trend}
	var at int
	f.Stack, at = stackSites(g, tree)
	if len(f.Stack) > 0 {
		f.At = f.Stack[at]
		if !f.At.Std {
			f.At.Source = tree.Line(g.Frames[at].File, g.Frames[at].Line)
		}
	}
	f.Started = started(g, tree)
	f.Called = called(g, tree)
	f.Ignore = ignore(g)
	f.Cause = known(g, f.Cause)
	return f
}

// started is the user's go statement, also where a Go method of the library
// has it.
func started(g *stackparse.Goroutine, tree *source.Tree) Site {
	if g.Creator == nil {
		return Site{}
	}
	st := relate.Started(g, tree)
	if st.Func == "" || st.File == "" {
		st = relate.Start{Func: g.Creator.Func, File: g.Creator.File, Line: g.Creator.Line}
	}
	s := site(tree, st.Func, st.File, st.Line)
	if !s.Std {
		s.Source = tree.Line(st.File, st.Line)
	}
	return s
}

// mine reports whether s is in the main module.
func mine(tree *source.Tree, s *Site) bool { return !s.Std && tree.Own(s.Func) }

// calling returns the frame of the innermost call of the main module that led to
// g, where the go statement is not in that, and what it called; nil where there
// is none. A dump has it with GODEBUG=tracebackancestors.
func calling(g *stackparse.Goroutine, tree *source.Tree) (f *stackparse.Frame, callee string) {
	if len(g.Ancestors) == 0 || g.Creator == nil || ofTesting(g.Creator.Func) {
		return nil, ""
	}
	if st := started(g, tree); mine(tree, &st) {
		return nil, ""
	}
	callee = g.Creator.Func
	for i := range g.Ancestors {
		frames := g.Ancestors[i].Frames
		for j := range frames {
			f = &frames[j]
			switch {
			case ofTesting(f.Func):
				return nil, "" // who called that, TestMain, started nothing
			case tree.Own(f.Func) && !tree.Std(f.Func, f.File):
				return f, callee
			}
			callee = f.Func
		}
	}
	return nil, ""
}

func ofTesting(fn string) bool { return stackparse.Package(fn) == "testing" }

// called is the place of that call: rows, err := db.QueryContext(ctx, query).
func called(g *stackparse.Goroutine, tree *source.Tree) Site {
	f, callee := calling(g, tree)
	if f == nil {
		return Site{}
	}
	s := site(tree, f.Func, f.File, f.Line)
	if line, ok := tree.CallLine(f.File, f.Line, callee); ok {
		s.Line = line
	}
	if text := tree.Line(f.File, s.Line); strings.Contains(text, "(") {
		s.Source = text // else it shows no call
	}
	return s
}

// known adds to a cause what the catalogue knows of a library's goroutine: the
// call that ends it. The standard library's have causes of their own.
func known(g *stackparse.Goroutine, c cause.Cause) cause.Cause {
	e, ok := filters.Lookup(g)
	switch {
	case !ok || e.Module == "std" || e.Fix == "":
	case e.Class == filters.ClassMissingClose:
		c.Why, c.Fix = "a goroutine of "+e.Module+" that nobody stopped", e.Fix
	case e.Class == filters.ClassSlowToStop:
		c.Why, c.Fix = fmt.Sprintf("a goroutine of %s, which may take %s to stop", e.Module, e.Linger), e.Fix
	}
	return c
}

func site(tree *source.Tree, fn, file string, line int) Site {
	return Site{Func: fn, File: tree.Short(file), Path: tree.InModule(file), Line: line, Std: tree.Std(fn, file)}
}

// ignore is the option that leaves out the goroutines started like g, with an
// expression that the command understands as well.
func ignore(g *stackparse.Goroutine) string {
	f, ok := filters.Suggest(g)
	if !ok {
		return ""
	}
	return ignoring(f.String())
}
