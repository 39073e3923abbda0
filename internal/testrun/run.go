// Package testrun is what "leakcheck test" does: it runs go test with leak checks
// in packages that have none, and says what they found.
package testrun

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
)

// Mode says how go test prints what the user asked for.
type Mode struct {
	JSON   bool // events: -json
	Passes bool // the output of packages that pass, too: -v, -list
	Direct bool // all output as it comes: no packages are named, -bench, -fuzz
	Final  bool // a last FAIL: packages are named, and there is no -fuzz
	Later  bool // runs that follow decide whether packages with leaks pass
}

// Run reads the standard output of go test -json, prints what go test would have
// printed, and keeps what the checks found. It is an io.Writer.
type Run struct {
	mode        Mode
	out, errors io.Writer
	done        func(*Package)
	events      gotest.Writer
	packages    []*Package // in the order in which go test starts them
	byPath      map[string]*Package
	printed     int // packages whose output is complete
}

// NewRun prints to out, and what the build has to say to errors, and calls done
// with each package that is done.
func NewRun(mode Mode, out, errors io.Writer, done func(*Package)) *Run {
	r := &Run{mode: mode, out: out, errors: errors, done: done, byPath: map[string]*Package{}}
	r.events = gotest.Writer{Event: r.event, Text: r.text}
	return r
}

// Package is the result of one package.
type Package struct {
	Path    string
	Reports []*report.Report // what the checks found
	Known   []*report.Report // what they found that another revision has as well
	again   []*report.Report // what some of the tests left when they ran once more
	Notes   []string         // what they remark, also where nothing leaked
	Tests   *frame.Tests     // what was checked; nil where the tests did not finish
	Own     string           // the leak checker that its tests use themselves, so that ours are not there
	Result  string           // "pass", "fail" or "skip"; "" where the run ended before
	Built   bool             // its tests could be built
	Elapsed time.Duration    // what its tests took
	Why     string           // the line of its output that is likely to say why it did not run to its end

	decoder frame.Decoder
	output  bytes.Buffer   // that is not printed yet
	held    []gotest.Event // those that say that p passes, until that is decided
	last    string         // the last line of the output
	test    string         // that the last line belongs to
}

// Leaks is the number of goroutines that the checks of p found.
func (p *Package) Leaks() int {
	n := 0
	for _, r := range p.Reports {
		n += r.Total
	}
	return n
}

// Write takes a part of the output. It returns no error.
func (r *Run) Write(p []byte) (int, error) { return r.events.Write(p) }

// Close prints what is left once go test has ended with an exit code.
func (r *Run) Close(code int) {
	r.events.Flush()
	for _, p := range r.packages[r.printed:] {
		r.print(p.output.Bytes())
	}
	r.printed = len(r.packages)
	if code != 0 && !r.mode.Later {
		r.final()
	}
}

// Decide prints, with [Mode.Later], what Close left out: which packages pass, and
// the last line of a run that failed.
func (r *Run) Decide(failed bool) {
	for _, p := range r.packages {
		for i := range p.held {
			r.print(r.decided(&p.held[i], p.Failing() > 0))
		}
		p.held = nil
	}
	if failed && r.mode.Later {
		r.final()
	}
}

// decided is what is printed of an event that says that a package passes, once it
// is known whether its leaks fail it.
func (r *Run) decided(e *gotest.Event, fails bool) []byte {
	rest, isLine := strings.CutPrefix(e.Output, okMark)
	switch {
	case !isLine && fails:
		return e.With("Action", "fail")
	case !isLine:
		return e.Line
	case fails:
		e.Output = "FAIL\t" + rest
	}
	if r.mode.JSON {
		return e.With("Output", e.Output)
	}
	return []byte(e.Output)
}

// okMark is the beginning of the line by which go test says that a package passes.
const okMark = "ok  \t"

func (r *Run) final() {
	if r.mode.Final && !r.mode.JSON {
		r.print([]byte("FAIL\n"))
	}
}

// Packages are all that output was seen of, in the order of go test.
func (r *Run) Packages() []*Package { return r.packages }

// print passes output on. Where it is lost the tests go on anyway: their
// results are in the summary.
func (r *Run) print(text []byte) {
	if len(text) > 0 {
		_, _ = r.out.Write(text)
	}
}

// text takes a line that is no event, which go test prints in no order.
func (r *Run) text(line string) { r.print([]byte(line)) }

func (r *Run) event(e *gotest.Event) {
	switch {
	case e.Package == "" && !r.mode.JSON:
		_, _ = io.WriteString(r.errors, e.Output) // of the build
		return
	case e.Package == "":
		r.print(e.Line)
		return
	}
	p := r.of(e.Package)
	line := e.Line
	if e.Action == "output" {
		output := p.take(e.Output)
		if output == "" && e.Output != "" {
			return // nothing but ours
		}
		if output != e.Output {
			line = e.With("Output", output)
		}
		// Test2json takes the mark away only where the tests print marks.
		output = strings.TrimPrefix(output, "\x16")
		if r.later(p, e) && strings.HasPrefix(output, okMark+p.Path+"\t") {
			p.hold(output, line)
			return
		}
		p.look(output)
		if r.mode.Passes {
			output = p.named(e.Test, output)
		}
		r.show(p, output)
	}
	switch {
	case !r.mode.JSON:
	case r.later(p, e) && e.Action == "pass":
		p.hold("", line)
	default:
		r.print(line)
	}
	if e.Test == "" && e.Ends() {
		p.Result, p.Elapsed = e.Action, time.Duration(e.Elapsed*float64(time.Second))
		if e.FailedBuild != "" {
			p.Built = false
		}
		r.end(p)
	}
}

// later reports whether runs that follow decide what becomes of e, an event of p
// and of none of its tests.
func (r *Run) later(p *Package, e *gotest.Event) bool {
	return r.mode.Later && e.Test == "" && p.Leaks() > 0
}

// hold keeps an event until it is decided whether p passes.
func (p *Package) hold(output string, line []byte) {
	p.held = append(p.held, gotest.Event{Output: output, Line: bytes.Clone(line)})
}

func (r *Run) of(path string) *Package {
	p := r.byPath[path]
	if p == nil {
		p = &Package{Path: path, Built: true}
		r.byPath[path] = p
		r.packages = append(r.packages, p)
	}
	return p
}

// show prints a piece of output as soon as go test would.
func (r *Run) show(p *Package, output string) {
	switch {
	case r.mode.JSON:
	case r.mode.Direct, r.mode.Passes && r.printed < len(r.packages) && r.packages[r.printed] == p:
		r.print([]byte(output))
	default:
		p.output.WriteString(output)
	}
}

// end prints the output of a package that is done. Those that go test started
// later wait for it.
func (r *Run) end(p *Package) {
	if p.Result != "fail" && !r.mode.Passes && !r.mode.Direct {
		p.output.Reset() // of a package that passes, go test prints the last line
		if !r.mode.JSON {
			if len(p.held) == 0 {
				p.output.WriteString(p.last)
			}
		}
	}
	r.done(p)
	for ; r.printed < len(r.packages); r.printed++ {
		next := r.packages[r.printed]
		if next.Result == "" && !r.mode.Passes {
			return // whether it passes decides what is printed
		}
		r.print(next.output.Bytes())
		next.output = bytes.Buffer{}
		if next.Result == "" {
			return
		}
	}
}

// take returns output without our frames, and keeps what these say.
func (p *Package) take(output string) string {
	rest, messages := p.decoder.Text(output)
	for _, m := range messages {
		for _, note := range m.Notes {
			if !slices.Contains(p.Notes, note) {
				p.Notes = append(p.Notes, note)
			}
		}
		if m.Own != "" {
			p.Own = m.Own
		}
		if m.Tests != nil {
			p.Tests = m.Tests
		}
		if r, err := report.Decode(bytes.NewReader(m.Again)); len(m.Again) > 0 && err == nil {
			p.again = append(p.again, r)
		}
		if len(m.Report) == 0 {
			continue
		}
		r, err := report.Decode(bytes.NewReader(m.Report))
		if err != nil {
			p.Notes = append(p.Notes, fmt.Sprintf("%s: incomplete report: %v", p.Path, err))
		}
		if r != nil {
			r.Package = p.Path
			p.Reports = append(p.Reports, r)
		}
	}
	return rest
}

// named puts back the line by which package testing says, with -v, that the output
// goes on with another test. Test2json has it as a field alone.
func (p *Package) named(test, output string) string {
	before := p.test
	p.test = test
	framing := strings.HasPrefix(output, "=== ") || strings.HasPrefix(strings.TrimLeft(output, " "), "--- ")
	if test == "" || test == before || framing {
		return output
	}
	return "=== NAME  " + test + "\n" + output
}

// look keeps of the output what the summary may want.
func (p *Package) look(output string) {
	if output == "" {
		return
	}
	p.last = output
	if p.Why == "" && endLine.MatchString(output) {
		p.Why = strings.TrimSpace(output)
	}
	if strings.HasPrefix(output, "FAIL\t"+p.Path+" [") { // [build failed], [setup failed]
		p.Built = false
	}
}

// endLine matches what the runtime, package testing and the go command print when
// a process does not run to its end.
var endLine = regexp.MustCompile(`(?m)^(panic: |fatal error: |SIG[A-Z]+: |` +
	`flag provided but not defined: |invalid value .* for flag |\*\*\* Test killed|` +
	`\*\*\* Test I/O incomplete|exit status \d+$|signal: )`)
