// Package report turns leaked goroutines into findings and prints them.
//
// [Build] makes the one neutral model that every renderer reads: identical
// stacks are one [Finding] with a count, the user's own code comes first, and
// what the standard library does below it is folded. Strings in the model are
// as the dump printed them, of bounded length; a renderer escapes them for its
// medium.
//
// [Text] is for people, [GitHub] for the runner of GitHub Actions, and [JSON]
// for programs: [Decode] reads it back. Test binaries print these. Package
// internal/render has the formats that only commands and services write: HTML,
// Markdown, SARIF and pprof profiles. All formats print a finding from one
// list of rows. Recorded reports in testdata feed the golden files of all
// formats.
package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
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
	Kind        Kind
	Package     string    // import path of the package whose tests were checked; "" where it is none or not known
	Subject     string    // "TestFetchAll", "the tests", "TestA and TestB", the file of a dump; "" for a look in between
	Findings    []Finding // by rank, then most goroutines first
	Remark      string    // added to the summary: "Verify deferred at fetch_test.go:13"
	Total       int       // goroutines in Findings
	Proven      int       // those of them that the runtime proved to be leaked
	Unreachable int       // others, that nothing in memory can wake
	Crash       []string  // what the process said when it ended, whole; it comes first
	Requests    []Request // what leaves goroutines behind, most first
	Notes       []string  // remarks for the reader, a sentence each
	Left        []Left    // descriptors and child processes that are still there as well
}

// Finding is one kind of leak: the goroutines with the same stack, state and
// owner.
type Finding struct {
	Count  int `json:"count"`
	Proven int `json:"proven"`
	// twice that of the leaks, and one more where another finding is the reason for this one
	Rank     int    `json:"rank"`
	Test     string `json:"test,omitempty"`     // the owner, "" where there is no evidence
	Evidence string `json:"evidence,omitempty"` // what says so
	// the functions between the test and the go statement, outermost first, where goroutines started each other
	Through []string `json:"through,omitempty"`
	// whom it waits for, as far as addresses tell: "the mutex 0xc000012340, likely held by ..."
	Waits string `json:"waits,omitempty"`
	// the first id of the finding whose goroutine has what these wait for; 0 where that is
	// none of the report or not known
	On      int64       `json:"on,omitempty"`
	Cause   cause.Cause `json:"cause"`
	At      Site        `json:"at,omitzero"`      // where it waits: the innermost call of the user's own code
	Stack   []Site      `json:"stack"`            // the calls around At, innermost first
	Started Site        `json:"started,omitzero"` // the go statement; zero where the dump does not say
	// where the user's code called the library that started it; zero where the dump does not say
	Called Site `json:"called,omitzero"`
	// where nothing says what was called: calls of the main module whose mistake leaves
	// such goroutines, as far as its source shows
	Likely []Site `json:"likely,omitempty"`
	// a leakcheck option, or for a dump a flag, that leaves out what was started like this; "" if there is none
	Ignore  string               `json:"ignore,omitempty"`
	IDs     []int64              `json:"ids"`
	Example stackparse.Goroutine `json:"-"`
	// of the library that the goroutines belong to; "" for other code
	Module string    `json:"module,omitempty"`
	Parts  []Finding `json:"-"` // of an entry of [Report.Fold], one for each stack

	oldest    int    // minutes that the one waits that waits longest
	spread    string // see [Leak]
	stop      string // how to stop what the call at Called made, as far as the library's source tells
	ignoreAll string // as Ignore, for all that the catalogue knows of the module

	// What the heap says, where it was read.
	Unreachable int      `json:"unreachable,omitempty"` // those of them that nothing in memory can wake
	Held        []string `json:"held,omitempty"`        // who can reach what they wait for: "the variable shop.registry"
	Keeps       int64    `json:"keeps,omitempty"`       // bytes that nothing else uses

	Args []relate.Argument `json:"args,omitempty"` // what they were called with, where that can be compared

	// Of a dump or a service, where being there is no mistake by itself; zero for
	// goroutines that outlived a test.
	Graded  cause.Grade `json:"-"`                 // what speaks for a leak
	MinWait int         `json:"minWait,omitempty"` // minutes that they wait; 0 where that is not said of one of them
	MaxWait int         `json:"maxWait,omitempty"`
	Crash   bool        `json:"crash,omitempty"` // its goroutine ended the process
	// Others is what others were doing to that one: "goroutine 9
	// shop.(*Cache).Set at cache.go:31 has 0xc000012340 too".
	Others []string `json:"others,omitempty"`
	Trend  string   `json:"trend,omitempty"` // how their number changed: "300 more in 5m0s"
	// Normal says that there are as many where all is well, as Trend tells. Such
	// findings come last and are not suspected.
	Normal bool  `json:"normal,omitempty"`
	Files  Files `json:"files,omitzero"` // which of several dumps have some
	Course

	// Of a test that ran several times, in which Trend says the same in words.
	Growth Growth `json:"growth,omitzero"` // in one process
	Seen   int    `json:"seen,omitempty"`  // runs, each in a process, that left goroutines like these
	Runs   int    `json:"runs,omitempty"`  // of so many; 0 where the test ran once

	Fix *Fix `json:"fix,omitempty"` // of a leak that changes were tried for
}

// Course is what is known of goroutines from before they were looked at.
type Course struct {
	Numbers []int64 `json:"numbers,omitempty"` // how many there were at each sample, the oldest first, and now at last
	// since when there were always some, as far as there are samples; as RFC 3339 writes it
	Since string `json:"since,omitempty"`
	// what the grade rests on, where that is no sample: "290 more than its peers"
	Basis  string   `json:"basis,omitempty"`
	Routes []string `json:"routes,omitempty"` // the requests or jobs that started them, most first: "POST /orders"
}

// More is how many more goroutines there are than at the least.
func (c *Course) More() int {
	if len(c.Numbers) == 0 {
		return 0
	}
	return Clamp(max(c.Numbers[len(c.Numbers)-1]-max(slices.Min(c.Numbers), 0), 0))
}

// The most numbers and routes that a finding keeps.
const (
	maxNumbers = 128
	maxRoutes  = 10
)

// Site is a place in the code.
type Site struct {
	Func   string `json:"func"`
	File   string `json:"file"`           // shortened for reading
	Path   string `json:"path,omitempty"` // below the folder of the main module, with slashes; "" where it lies elsewhere
	Line   int    `json:"line"`
	Source string `json:"source,omitempty"` // the line's text, where the file can be read
	Std    bool   `json:"std,omitempty"`    // of the standard library
}

// maxIDs bounds the ids that a finding names.
const maxIDs = 10

// appendKey appends what is equal for goroutines that belong into one finding.
func appendKey(b []byte, l *Leak, tree *source.Tree) []byte {
	b = strconv.AppendInt(b, int64(l.Rank), 10)
	b = append(append(append(b, 0), l.Owner.Test...), 0)
	if f, _ := calling(&l.Goroutine, tree); f != nil {
		b = append(append(append(b, f.Func...), 0), f.File...)
		b = append(strconv.AppendInt(append(b, ':'), int64(f.Line), 10), 0)
	}
	return stackparse.SameLines.AppendKey(b, &l.Goroutine)
}

// At returns the place that stands for the stack of g: the innermost call of the
// user's own code, else of other modules, else the innermost call.
func At(g *stackparse.Goroutine, tree *source.Tree) Site {
	sites, n := stackSites(g, tree)
	if len(sites) == 0 {
		return Site{}
	}
	return sites[n]
}

// stackSites returns the calls of g and the index of the one that stands for
// them: the innermost of the main module, else of another module, else of the
// standard library.
func stackSites(g *stackparse.Goroutine, tree *source.Tree) (sites []Site, at int) {
	for _, f := range g.Frames {
		sites = append(sites, site(tree, f.Func, f.File, f.Line))
	}
	for _, stands := range []func(*Site) bool{
		func(s *Site) bool { return mine(tree, s) }, // where a user can change something
		func(s *Site) bool { return !s.Std },
		func(s *Site) bool { return !hidden(s.Func) }, // the caller tells more
	} {
		for i := range sites {
			if stands(&sites[i]) {
				return sites, i
			}
		}
	}
	return sites, 0
}

// newFinding makes a finding of the first of its goroutines, without counts.
func (in *Input) newFinding(l *Leak, why cause.Cause) Finding {
	g, tree := &l.Goroutine, in.Tree
	f := Finding{Test: l.Owner.Test, Evidence: l.Owner.Evidence, Cause: known(g, why), Example: *g, Graded: l.Graded,
		Trend: l.Trend, Normal: l.Normal, Files: l.Files, Course: l.Course,
		spread: Cut(l.Spread, maxName)}
	var at int
	f.Stack, at = stackSites(g, tree)
	if len(f.Stack) > 0 {
		f.At = f.Stack[at]
		if !f.At.Std {
			f.At.Source = tree.Line(g.Frames[at].File, g.Frames[at].Line)
		}
	}
	if !l.Test { // package testing started that one
		f.Started, f.Called = started(g, tree), called(g, tree)
	}
	f.Ignore = in.Leave.text(g)
	f.ignoreAll = in.Leave.module(g)
	f.library(g, tree)
	return f
}

// started is the user's go statement, also where a Go method of the library
// has it.
func started(g *stackparse.Goroutine, tree *source.Tree) Site {
	if g.Creator == nil {
		return Site{}
	}
	st := relate.Started(g, tree)
	// Without source the call of Go is not known, and its own go statement stands for it.
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
// g, where the go statement is not in that, and the frame that it called; nil where
// there is none. A dump has it with GODEBUG=tracebackancestors.
func calling(g *stackparse.Goroutine, tree *source.Tree) (f, callee *stackparse.Frame) {
	// Package testing starts the goroutine of a test, which no call of the user's does.
	if len(g.Ancestors) == 0 || g.Creator == nil || ofTesting(g.Creator.Func) {
		return nil, nil
	}
	if st := started(g, tree); mine(tree, &st) {
		return nil, nil
	}
	callee = &stackparse.Frame{Func: g.Creator.Func, File: g.Creator.File, Line: g.Creator.Line}
	for i := range g.Ancestors {
		frames := g.Ancestors[i].Frames
		for j := range frames {
			f = &frames[j]
			switch {
			case ofTesting(f.Func):
				return nil, nil // who called that, TestMain, started nothing
			case tree.Own(f.Func) && !tree.Std(f.Func, f.File):
				return f, callee
			}
			callee = f
		}
	}
	return nil, nil
}

func ofTesting(fn string) bool { return stackparse.Package(fn) == "testing" }

// called is the place of that call: rows, err := db.QueryContext(ctx, query).
func called(g *stackparse.Goroutine, tree *source.Tree) Site {
	f, callee := calling(g, tree)
	if f == nil {
		return Site{}
	}
	s := site(tree, f.Func, f.File, f.Line)
	if line, ok := tree.CallLine(f.File, f.Line, callee.Func); ok {
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
		c.Why, c.Fix, c.Lint = fmt.Sprintf(stopped, e.Module), e.Fix, ""
	case e.Class == filters.ClassSlowToStop:
		c.Why, c.Fix, c.Lint = fmt.Sprintf("a goroutine of %s, which may take %s to stop", e.Module, e.Linger), e.Fix, ""
	}
	return c
}

func site(tree *source.Tree, fn, file string, line int) Site {
	return Site{Func: fn, File: tree.Short(file), Path: tree.InModule(file), Line: line, Std: tree.Std(fn, file)}
}
