package main

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// finding is one kind of leak that a check reported.
type finding struct {
	pkg    string // import path; "" when the run was cut off
	test   string // what the goroutines outlived: "TestX", "the tests"
	count  int
	proven int
	title  string // what the goroutines do
	at     string // file:line where they wait
	fn     string // the function there
	// started is file:line of the go statement, "" where it is not known.
	started string
	// called is file:line of the call that led into the library whose go
	// statement that is, "" where it is the user's own or not known.
	called string
	// beside means that this go statement is in a module that is worked on
	// beside the one whose tests ran, and so is the mistake.
	beside bool
}

// results are what the checks found, learnt from what go test prints.
type results interface {
	io.Writer
	// findings returns what was found, once all is written.
	findings() []finding
	// tested returns the number of packages whose tests could be run.
	tested() int
}

// newResults reads go test's text, or with -json its events. It calls done
// with each package that is done and how many findings it has.
func newResults(events bool, done func(pkg string, findings int)) results {
	text := &textResults{done: done}
	if events {
		return &eventResults{lines: lineWriter{}, text: text, reports: map[eventKey]*reportReader{}}
	}
	text.lines.line = text.line
	return text
}

// lineWriter hands over whole lines, without their ends.
type lineWriter struct {
	rest []byte
	line func(string)
}

// maxLine bounds what is kept of a line that does not end.
const maxLine = 1 << 20

func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			break
		}
		w.line(strings.TrimSuffix(string(append(w.rest, p[:i]...)), "\r"))
		w.rest, p = w.rest[:0], p[i+1:]
	}
	if len(w.rest)+len(p) <= maxLine {
		w.rest = append(w.rest, p...)
	}
	return n, nil
}

// textResults reads the text of go test, which prints what a package's tests
// print before the line with the package's result.
type textResults struct {
	lines  lineWriter
	done   func(string, int)
	reader reportReader // of the package that is being printed
	all    []finding
	n      int // packages tested
}

var packageLine = regexp.MustCompile(`^(?:ok  |FAIL|\?   )\t(\S+)(?:\s(\[.* failed\]|\[no test files\])?|$)`)

func (r *textResults) Write(p []byte) (int, error) { return r.lines.Write(p) }
func (r *textResults) tested() int                 { return r.n }

func (r *textResults) line(text string) {
	if m := packageLine.FindStringSubmatch(text); m != nil {
		r.end(m[1], m[2] == "", r.reader.take())
		return
	}
	r.reader.line(text)
}

// end takes the findings of a package that is done. Not every one was tested:
// some do not build, or have no tests.
func (r *textResults) end(pkg string, tested bool, found []finding) {
	if tested {
		r.n++
	}
	for i := range found {
		found[i].pkg = pkg
	}
	r.all = append(r.all, found...)
	r.done(pkg, len(found))
}

func (r *textResults) findings() []finding { return append(r.all, r.reader.take()...) }

// eventResults reads the events of go test -json (go doc test2json).
type eventResults struct {
	lines   lineWriter
	text    *textResults
	reports map[eventKey]*reportReader
}

type eventKey struct{ pkg, test string }

func (r *eventResults) tested() int { return r.text.n }

func (r *eventResults) Write(p []byte) (int, error) {
	r.lines.line = r.event
	return r.lines.Write(p)
}

func (r *eventResults) event(line string) {
	var e struct{ Action, Package, Test, Output, FailedBuild string }
	if json.Unmarshal([]byte(line), &e) != nil {
		return
	}
	switch {
	case e.Action == "output":
		k := eventKey{e.Package, e.Test}
		if r.reports[k] == nil {
			r.reports[k] = &reportReader{}
		}
		r.reports[k].line(strings.TrimSuffix(e.Output, "\n"))
	case e.Test == "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip"):
		// A package without test files is skipped; one without a test to run passes.
		r.text.end(e.Package, e.FailedBuild == "" && e.Action != "skip", r.take(e.Package))
	}
}

// take returns the findings of pkg, in the order of its tests.
func (r *eventResults) take(pkg string) []finding {
	byTest := map[string]*reportReader{}
	for k, reader := range r.reports {
		if k.pkg == pkg {
			byTest[k.test] = reader
			delete(r.reports, k)
		}
	}
	var found []finding
	for _, test := range sortedKeys(byTest) {
		found = append(found, byTest[test].take()...)
	}
	return found
}

func (r *eventResults) findings() []finding {
	pkgs := map[string]bool{}
	for k := range r.reports {
		pkgs[k.pkg] = true
	}
	for _, pkg := range sortedKeys(pkgs) { // those without a result: the run was cut off
		r.text.end(pkg, true, r.take(pkg))
	}
	return r.text.all
}

// reportReader picks the reports out of a test's output. Of a report it
// understands the first line and, of each finding, the title and the places;
// what else a report holds it passes over.
type reportReader struct {
	test   string // the subject of the report that is being read, "" outside of one
	indent int    // of a finding's title
	found  []finding
}

var (
	reportLine = regexp.MustCompile(`^\s*(?:\S+\.go:\d+: )?leakcheck: (?:\d+ goroutines? outlived (.+?)|(.+) can never end)(?: \(.*\))?$`)
	titleLine  = regexp.MustCompile(`^(\s+)\+ (\d+) x (.+?)(?: \((?:(\d+) )?proven: .*\))?$`)
	placeLine  = regexp.MustCompile(`^(\s+)(at|started|called) +(\S+:\d+)(.*)$`)
)

func (r *reportReader) line(text string) {
	if m := reportLine.FindStringSubmatch(text); m != nil {
		r.test = m[1] + m[2]
		return
	}
	if r.test == "" {
		return
	}
	if m := titleLine.FindStringSubmatch(text); m != nil {
		r.indent = len(m[1])
		n := number(m[2])
		f := finding{test: r.test, count: n, title: m[3], proven: number(m[4])}
		if m[4] == "" && len(m[3])+len(m[1])+len(m[2])+len(" + x ") < len(text) {
			f.proven = n
		}
		r.found = append(r.found, f)
		return
	}
	if m := placeLine.FindStringSubmatch(text); m != nil && len(r.found) > 0 && len(m[1]) > r.indent {
		f := &r.found[len(r.found)-1]
		switch m[2] {
		case "started":
			f.started, f.beside = m[3], beside(m[3])
			return
		case "called":
			f.called = m[3]
			return
		}
		f.at = m[3]
		if fields := strings.Split(strings.TrimRight(m[4], " "), "   "); len(fields) > 1 {
			f.fn = strings.TrimSpace(fields[len(fields)-1])
		}
	}
}

// beside reports whether a place is outside of its own module and not in the
// module cache or the standard library, which reports name without what is above.
func beside(place string) bool { return filepath.IsAbs(place) || strings.HasPrefix(place, "../") }

func (r *reportReader) take() []finding {
	found := r.found
	r.test, r.found = "", nil
	return found
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // digits, or nothing
	return n
}
