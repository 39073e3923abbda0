package testrun

import (
	"cmp"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
	"github.com/leakcheck-go/goroutine/internal/testrun/repeat"
)

// step is one of several runs of the tests of a package.
type step struct {
	number  int
	reports []*report.Report
	tests   *frame.Tests // nil where the tests did not finish
}

// leaks adds up the goroutines of each kind that the run left.
func (s *step) leaks() map[place]int {
	all := map[place]int{}
	for _, f := range each(s.reports) {
		all[placeOf(f)] += f.Count
	}
	return all
}

// place is what tells one kind of leak from another, in all runs of the tests of
// a package.
type place struct{ started, at, cause string }

func placeOf(f *report.Finding) place {
	return place{position(&f.Started), position(&f.At), f.Cause.ID}
}

// topTest is the test at the top that left a finding, "" where that is not known.
func topTest(f *report.Finding) string { return topOf(f.Test) }

// topOf is the test at the top that a test belongs to: it runs with all its subtests.
func topOf(test string) string {
	top, _, _ := strings.Cut(test, "/")
	return top
}

// repeated runs the tests of packages as a spec says, instead of once, and
// returns the runs of each package that came to an end. Flags of the user's decide
// how tests are built and run.
func (p *prepared) repeated(in *Interrupts, a *Args, r rerun) (map[string][]*step, error) {
	program, err := repeat.Exec(filepath.Join(r.dir, "steps.json"), r.spec, a.value("exec"))
	if err != nil {
		return nil, err
	}
	steps := map[string][]*step{}
	read := gotest.Writer{Event: reader(steps, r.build)}
	var symbols []string
	if !a.linksOtherwise() {
		symbols, r.drop = []string{"-ldflags=" + a.linkerFlags()}, r.drop+" ldflags"
	}
	before, after := a.kept("exec timeout " + r.drop)
	g := r.plan.Go
	cmd := goCommand{name: g.Name(), dir: g.Dir, env: g.Env, stdout: &read, stderr: io.Discard}
	// No limit for all runs together: each has its own.
	cmd.args = slices.Concat([]string{"test", "-vet=off", "-overlay=" + r.plan.Overlay, "-json", "-v=false", "-count=1",
		"-timeout=0", "-exec=" + program},
		r.tools, symbols, r.flags, before, r.packages, after)
	_, err = cmd.run(in)
	read.Flush()
	return steps, err
}

// rerun says what [prepared.repeated] runs.
type rerun struct {
	spec     repeat.Spec
	plan     *inject.Plan
	dir      string   // for files
	flags    []string // for go test, besides those of the user's
	drop     string   // names of flags of the user's that steps replace
	tools    []string // Args.tools, where a later run may build the same
	packages []string
	build    io.StringWriter // for what a build that fails says; may be nil
}

// reader returns what takes the events of a repeated run.
func reader(steps map[string][]*step, build io.StringWriter) func(*gotest.Event) {
	decoders, now := map[string]*frame.Decoder{}, map[string]*step{}
	return func(e *gotest.Event) {
		if e.Action == "build-output" && build != nil {
			_, _ = build.WriteString(e.Output)
		}
		if e.Action != "output" || e.Package == "" {
			return
		}
		if decoders[e.Package] == nil {
			decoders[e.Package], now[e.Package] = &frame.Decoder{}, &step{}
		}
		_, messages := decoders[e.Package].Text(e.Output)
		for i := range messages {
			s := now[e.Package]
			if s.take(&messages[i]) {
				steps[e.Package] = append(steps[e.Package], s)
				now[e.Package] = &step{}
			}
		}
	}
}

// take takes a message of the run and reports whether it is the last.
func (s *step) take(m *frame.Message) bool {
	if m.Tests != nil {
		s.tests = m.Tests
	}
	if len(m.Report) > 0 {
		if r, err := report.Decode(strings.NewReader(string(m.Report))); err == nil {
			s.reports = append(s.reports, r)
		}
	}
	if m.Step != nil {
		s.number = m.Step.Number
	}
	return m.Step != nil
}

// value is the value of the last of the user's flags of this name, or "".
func (a *Args) value(name string) string {
	value, _ := a.lookup(name)
	return value
}

// lookup is value, and says whether there is such a flag.
func (a *Args) lookup(name string) (last string, ok bool) {
	for _, f := range slices.Concat(a.before, a.after) {
		if f == "-args" || f == "--args" {
			break
		}
		flag, value, _ := strings.Cut(f, "=")
		if strings.HasPrefix(flag, "-") && strings.TrimPrefix(strings.TrimLeft(flag, "-"), "test.") == name {
			last, ok = value, true
		}
	}
	return last, ok
}

// limit is the argument that bounds one run of a test binary.
func (a *Args) limit() string {
	const usual = 10 * time.Minute // of go test
	return "-test.timeout=" + cmp.Or(a.value("timeout"), usual.String())
}
