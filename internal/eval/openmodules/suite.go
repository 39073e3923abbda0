package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/eval/modules"
	"github.com/leakcheck-go/goroutine/internal/eval/usage"
	"github.com/leakcheck-go/goroutine/internal/gotest"
)

// suite is one module's tests in a folder of their own.
type suite struct {
	module
	command string // leakcheck
	dir     string
	runs    int
}

// measure runs the tests without and with checks. The first run of each fills
// the caches; its findings count, and its time does not. Then the two take
// turns, so that the load of the machine is the same for both.
func (s *suite) measure(ctx context.Context) (*result, error) {
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	r := &result{}
	var plain []*outcome
	var checked *outcome
	var before string
	for i := range 1 + s.runs {
		p, err := s.plain()
		if err != nil {
			return nil, err
		}
		if i == 0 { // tests leave files themselves
			if before, err = s.status(ctx); err != nil {
				return nil, err
			}
		}
		c, err := s.checked()
		if err != nil {
			return nil, err
		}
		plain = append(plain, p)
		if i == 0 {
			checked = c
			continue
		}
		r.plain, r.checked = append(r.plain, p.cost), append(r.checked, c.cost)
	}
	r.packages, r.tests = checked.tested, checked.top()
	r.broken, r.alsoFail = differing(plain, checked), plain[0].failures()
	r.add(checked.report)
	r.sums = checked.sums()
	after, err := s.status(ctx)
	r.changed = after != before
	return r, err
}

// status says which files differ from those that were committed.
func (s *suite) status(ctx context.Context) (string, error) {
	return modules.Place{Dir: s.dir}.Output(ctx, "git", "status", "--porcelain", "--ignored")
}

// prepare copies the module, completes its go.mod and go.sum, and commits it.
func (s *suite) prepare(ctx context.Context) error {
	at := modules.Place{Dir: s.dir}
	if err := errors.Join(at.Copy(ctx, s.path+"@"+s.version), at.DropLocal(ctx)); err != nil {
		return err
	}
	for _, c := range [][]string{
		slices.Concat([]string{"go", "test", "-mod=mod", "-vet=off", "-run=^$"}, s.patterns()),
		{"git", "init", "-q"}, {"git", "add", "-A", "-f"},
		{"git", "-c", "user.name=openmodules", "-c", "user.email=openmodules@localhost", "commit", "-q", "-m",
			"as downloaded"},
	} {
		if _, err := at.Output(ctx, c[0], c[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// patterns are the packages of the module that are tested.
func (s *suite) patterns() []string {
	if len(s.packages) > 0 {
		return s.packages
	}
	return []string{"./..."}
}

// outcome is what one run of the tests came to.
type outcome struct {
	cost    usage.Cost
	tested  int               // packages
	results map[string]string // of "package Test"; of "package " for a package without a test that failed
	tops    map[string]int    // tests at the top, by package; a package may have two of one name
	report  *report.Report    // nil without checks
	summary string
}

func (s *suite) plain() (*outcome, error) { return s.test("go") }

// checked is plain with leak checks.
func (s *suite) checked() (*outcome, error) {
	dir, err := os.MkdirTemp("", "openmodules-report-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "report.json")
	o, err := s.test(s.command, "-o", "json="+name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o.report, err = report.Decode(f)
	return o, err
}

// test runs the tests. A suite that fails is no error, and one that does not
// start is.
func (s *suite) test(command string, flags ...string) (*outcome, error) {
	args := slices.Concat([]string{"test", "-json", "-count=1", "-timeout=10m"}, flags, s.flags, s.patterns())
	var stderr strings.Builder
	cmd := exec.Command(command, args...)
	cmd.Dir, cmd.Stderr = s.dir, &stderr
	start := time.Now()
	out, err := cmd.Output()
	took := time.Since(start)
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(stderr.String()))
	}
	o := readEvents(out)
	o.summary = stderr.String()
	o.cost = usage.Cost{Clock: took, Processor: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	return o, nil
}

// readEvents reads what go test -json prints (go doc test2json).
func readEvents(out []byte) *outcome {
	o := &outcome{results: map[string]string{}, tops: map[string]int{}}
	_ = gotest.Read(bytes.NewReader(out), func(e *gotest.Event) { // of bytes
		switch {
		case e.Package == "" || !e.Ends():
		case e.Test != "":
			o.results[e.Package+" "+e.Test] = e.Action
			if !strings.Contains(e.Test, "/") {
				o.tops[e.Package]++
			}
		case e.Action != "skip":
			o.tested++
			if e.Action == "fail" && !o.anyFailed(e.Package) {
				o.results[e.Package+" "] = e.Action
			}
		}
	})
	return o
}

func (o *outcome) anyFailed(pkg string) bool {
	for name, action := range o.results {
		if action == "fail" && strings.HasPrefix(name, pkg+" ") {
			return true
		}
	}
	return false
}

func (o *outcome) failures() int {
	n := 0
	for _, action := range o.results {
		if action == "fail" {
			n++
		}
	}
	return n
}

// top counts the tests at the top, which a summary counts, of all packages.
func (o *outcome) top() int {
	n := 0
	for _, of := range o.tops {
		n += of
	}
	return n
}

// leaky reports whether a test, or the end of a package where it is "", has a
// finding, its own or that of a subtest.
func (o *outcome) leaky(pkg, test string) bool {
	for i := range o.report.Findings {
		of := o.report.Findings[i].Test
		if o.report.Package == "" { // of several
			var in bool
			if of, in = strings.CutPrefix(of, pkg+"."); !in {
				continue
			}
		} else if o.report.Package != pkg {
			continue
		}
		if test == "" || of == test || strings.HasPrefix(of, test+"/") {
			return true
		}
	}
	return false
}

// differing returns the tests that ended alike in all runs without checks, and
// not so with them, though they have no finding.
func differing(plain []*outcome, checked *outcome) []string {
	var names []string
	differ := func(name, was string) {
		pkg, test, _ := strings.Cut(name, " ")
		is := cmp.Or(checked.results[name], "absent")
		if is != was && !checked.leaky(pkg, test) {
			names = append(names, fmt.Sprintf("%s (%s, %s)", name, was, is))
		}
	}
	for name, was := range plain[0].results {
		if always(plain, name) {
			differ(name, was)
		}
	}
	for name, is := range checked.results {
		if is == "fail" && !slices.ContainsFunc(plain, func(o *outcome) bool { return o.results[name] != "" }) {
			differ(name, "absent")
		}
	}
	slices.Sort(names)
	return names
}

// always reports whether a test ended alike in all runs.
func always(runs []*outcome, name string) bool {
	return !slices.ContainsFunc(runs, func(o *outcome) bool { return o.results[name] != runs[0].results[name] })
}

var (
	ranLine    = regexp.MustCompile(`(?m)^  (\d+) tests? ran: (.+)$`)
	number     = regexp.MustCompile(`\d+`)
	unchecked  = regexp.MustCompile(`(?m)^  (?:not checked to the end|have their own checks):\n((?:      .+\n)+)`)
	ofPackages = regexp.MustCompile(`(?m)^      ([^\s:]+)`)
)

// sums says what is wrong with the numbers of the summary: "" where they add up
// to the tests that ran, except for those of packages that it names as not checked.
func (o *outcome) sums() string {
	want := o.top()
	for _, list := range unchecked.FindAllStringSubmatch(o.summary, -1) {
		for _, pkg := range ofPackages.FindAllStringSubmatch(list[1], -1) {
			want -= o.tops[pkg[1]]
		}
	}
	said, sum := 0, 0
	if m := ranLine.FindStringSubmatch(o.summary); m != nil {
		said, _ = strconv.Atoi(m[1])
		for _, n := range number.FindAllString(m[2], -1) {
			part, _ := strconv.Atoi(n)
			sum += part
		}
	}
	if said == want && sum == want {
		return ""
	}
	return fmt.Sprintf("%d said, %d in parts, %d ran", said, sum, want)
}
