package testrun

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// leak makes a finding of n goroutines, from "file:line function" of what waits
// and of the go statement.
func leak(n int, title, at, started string) report.Finding {
	f := report.Finding{Count: n, Cause: cause.Cause{Title: title}, At: site(at), Started: site(started)}
	f.Stack = []report.Site{f.At}
	return f
}

// site reads "a.go:5 m/a.F". What begins with "std " is of the standard library,
// and what has a version in its path or begins with ../ is not in the main module.
func site(s string) report.Site {
	s, std := strings.CutPrefix(s, "std ")
	place, fn, _ := strings.Cut(s, " ")
	if place == "" {
		return report.Site{}
	}
	var out report.Site
	file, line, _ := strings.Cut(place, ":")
	fmt.Sscan(line, &out.Line)
	out.File, out.Func, out.Std = file, fn, std
	if !std && !strings.Contains(file, "@") && !strings.HasPrefix(file, "../") {
		out.Path = file
	}
	return out
}

func with(f report.Finding, change func(*report.Finding)) report.Finding {
	change(&f)
	return f
}

func called(f report.Finding, by string) report.Finding {
	return with(f, func(f *report.Finding) { f.Called = site(by) })
}

// found makes a package with one report for each test.
func found(path string, reports ...*report.Report) *Package {
	tests := &frame.Tests{Checked: len(reports), Package: true}
	p := &Package{Path: path, Built: true, Result: "fail", Reports: reports, Tests: tests}
	for _, r := range reports {
		r.Package = path
	}
	return p
}

func outlived(test string, all ...report.Finding) *report.Report {
	r := &report.Report{Subject: test, Findings: all}
	for _, f := range all {
		r.Total += f.Count
		r.Proven += f.Proven
	}
	return r
}

func passed(path string, tests frame.Tests) *Package {
	return &Package{Path: path, Built: true, Result: "pass", Tests: &tests, last: "ok  \t" + path + "\t0.1s\n"}
}

func failed(path string, tests *frame.Tests, why string) *Package {
	return &Package{Path: path, Built: true, Result: "fail", Tests: tests, Why: why}
}

func summary(packages []*Package) *Summary { return &Summary{Packages: packages} }

// TestSummaryGolden compares whole summaries, as people see them, with the files
// of testdata/summary.
func TestSummaryGolden(t *testing.T) {
	t.Parallel()
	const chan1, chan2 = "blocked sending on a channel", "blocked receiving from a channel"
	consumer := "github.com/IBM/sarama@v1.2.3/consumer.go:%d github.com/IBM/sarama.%s"
	lib := func(n int, title string, line int, fn string) report.Finding {
		at := fmt.Sprintf(consumer, line, fn)
		return leak(n, title, at, fmt.Sprintf(consumer, line-10, "New"+fn))
	}
	var many []report.Finding
	for i := range 14 {
		at, started := fmt.Sprintf("m%02d.go:5 m/a.f%d", i, i), fmt.Sprintf("m%02d.go:9 m/a.F%d", i, i)
		many = append(many, leak(20-i, chan1, at, started))
	}
	for name, s := range map[string]*Summary{
		"clean": summary(
			[]*Package{
				passed("m/a", frame.Tests{Checked: 3, Package: true}),
				passed("m/b", frame.Tests{Checked: 1, Package: true}),
			},
		),
		"failed": summary(
			[]*Package{
				failed("m/a", &frame.Tests{Failed: []string{"TestLeakAndFail"}, Package: true}, "exit status 1"),
			},
		),
		"failed-beside": summary(
			[]*Package{
				failed("m/a", &frame.Tests{Checked: 2, Skipped: 1, Failed: []string{"TestA", "TestB"}}, ""),
				passed("m/b", frame.Tests{Checked: 4, Package: true}),
			},
		),
		"repeated": summary([]*Package{
			failed("m/a", &frame.Tests{Failed: []string{"TestA", "TestB", "TestA", "TestA", "TestC", "TestD", "TestD"}}, ""),
		}),
		"per-package": summary([]*Package{
			failed("m/a", &frame.Tests{Unchecked: 3, Skipped: 1, Failed: []string{"TestA"}}, ""),
		}),
		"panic": summary(
			[]*Package{failed("m/a", nil, "panic: boom"), passed("m/b", frame.Tests{Checked: 4, Package: true})},
		),
		"sigquit":       summary([]*Package{failed("m/a", nil, "SIGQUIT: quit")}),
		"rejected-flag": summary([]*Package{failed("m/a", nil, "flag provided but not defined: -x")}),
		"list":          summary([]*Package{{Path: "m/a", Built: true, Result: "pass"}}),
		"no-test": summary(
			[]*Package{
				tuned(
					passed("m/a", frame.Tests{Package: true}),
					func(p *Package) { p.last = "ok  \tm/a\t0.1s [no tests to run]\n" },
				),
			},
		),
		"exit-code": summary([]*Package{failed("m/a", &frame.Tests{Checked: 3, Package: true}, "exit status 3")}),
		"baseline":  summary([]*Package{passed("m/a", frame.Tests{Checked: 3, Package: true, Known: 9})}),
		"not-built": summary(
			[]*Package{{Path: "m/a", Result: "fail"}, passed("m/b", frame.Tests{Checked: 4, Package: true})},
		),
		"own-checks": summary(
			[]*Package{
				{Path: "m/c", Built: true, Result: "fail", Own: "go.uber.org/goleak"},
				passed("m/b", frame.Tests{Checked: 4, Package: true}),
				{Path: "m/d", Built: true, Result: "skip"},
			},
		),
		"only-own": summary([]*Package{{Path: "m/c", Built: true, Result: "pass", Own: "go.uber.org/goleak"}}),
		"examples": summary([]*Package{
			passed("m/a", frame.Tests{Checked: 4, Examples: 2, Package: true}),
			passed("m/b", frame.Tests{Examples: 1, Package: true}),
			failed("m/c", &frame.Tests{Checked: 1, Examples: 5, Failed: []string{"ExampleOpen"}}, ""),
			{Path: "m/d", Built: true, Result: "pass", last: "\tm/d\t\tcoverage: 0.0% of statements\n"},
		}),
		"interrupted": {
			Interrupted: true,
			Packages: []*Package{
				passed("m/a", frame.Tests{Checked: 4, Package: true}),
				{Path: "m/b", Built: true},
			},
		},
		"notes": summary(
			[]*Package{
				tuned(
					passed("m/a", frame.Tests{Checked: 1, Package: true}),
					func(p *Package) { p.Notes = []string{"an entry of the baseline is gone\x1b[31m"} },
				),
			},
		),
		"leaks": summary(
			[]*Package{
				found(
					"m/a",
					outlived(
						"TestA",
						leak(2, chan1, "a.go:6 m/a.Leak.func1", "a.go:5 m/a.Leak"),
						leak(1, "sleeping", "a.go:9 m/a.sleep", ""),
					),
					outlived("TestB", leak(1, chan1, "a.go:6 m/a.Leak.func1", "a.go:5 m/a.Leak")),
				),
				found(
					"m/b",
					outlived(
						"the tests",
						with(
							leak(1, chan1, "../a/a.go:6 m/a.Leak.func1", "../a/a.go:5 m/a.Leak"),
							func(f *report.Finding) { f.Proven = 1 },
						),
					),
				),
			},
		),
		"library": summary(
			[]*Package{
				found(
					"m/a",
					outlived(
						"TestA",
						lib(3, chan2, 30, "brokerConsumer"),
						lib(1, "waiting for the network", 60, "Client"),
						lib(2, chan1, 90, "feeder"),
					),
				),
			},
		),
		"library-called": summary(
			[]*Package{
				found(
					"m/a",
					outlived(
						"TestA",
						called(lib(3, chan2, 30, "x"), "a_test.go:7 m/a.TestA"),
						called(lib(1, chan1, 60, "y"), "a_test.go:7 m/a.TestA"),
						called(lib(1, chan1, 60, "y"), "a_test.go:9 m/a.TestA"),
					),
				),
			},
		),
		"helper": summary(
			[]*Package{
				found(
					"m/a",
					outlived(
						"TestA",
						leak(57, chan1, "fsm.go:300 m/a.(*FSM).leader", "fsm.go:240 m/a.(*FSM).goFunc"),
						leak(40, chan1, "fsm.go:400 m/a.(*FSM).follower", "fsm.go:240 m/a.(*FSM).goFunc"),
						leak(30, chan1, "fsm.go:410 m/a.(*FSM).follower", "fsm.go:240 m/a.(*FSM).goFunc"),
					),
				),
			},
		),
		"constructor": summary(
			[]*Package{
				found(
					"m/a",
					outlived(
						"TestA",
						leak(
							1,
							chan1,
							"cron.go:30 github.com/robfig/cron/v3.wait",
							"cron.go:10 github.com/robfig/cron/v3.New",
						),
						byTest(
							leak(
								1,
								"blocked in a select",
								"cron.go:60 github.com/robfig/cron/v3.(*Cron).run",
								"cron.go:12 github.com/robfig/cron/v3.New",
							),
							"/src/cron_test.go",
							22,
						),
					),
				),
			},
		),
		"in-test": summary(
			[]*Package{
				found(
					"m/a",
					outlived(
						"TestA",
						leak(1, chan1, "a_test.go:30 m/a.TestA.func1", "a_test.go:10 m/a.TestA"),
						leak(1, chan1, "a_test.go:60 m/a.TestA.func2", "a_test.go:12 m/a.TestA"),
					),
				),
			},
		),
		"http": summary(
			[]*Package{
				found(
					"m/a",
					outlived(
						"TestA",
						leak(
							1,
							"reading",
							"std net/http/transport.go:30 net/http.(*persistConn).readLoop",
							"std net/http/transport.go:10 net/http.(*Transport).dialConn",
						),
						leak(
							1,
							"writing",
							"std net/http/transport.go:60 net/http.(*persistConn).writeLoop",
							"std net/http/transport.go:11 net/http.(*Transport).dialConn",
						),
					),
				),
			},
		),
		// A router that was not closed, with what it started and what that started. Ids say
		// so within one process: TestB's is not of this router.
		"started-by": summary(
			[]*Package{
				found(
					"m/a",
					outlived(
						"TestA",
						by(12, 13, leak(1, "sleeping", "router.go:93 m/a.(*handler).close", "router.go:63 m/a.(*handler).run")),
						by(10, 12, leak(1, chan2, "router.go:65 m/a.(*handler).run", "router.go:47 m/a.(*Router).RunHandlers")),
						by(7, 10, leak(1, chan2, "router.go:41 m/a.(*Router).Run", "router_test.go:34 m/a.TestA")),
						by(10, 11, leak(1, "sleeping", "router.go:51 m/a.(*Router).watch", "router.go:50 m/a.(*Router).Run")),
					),
					outlived("TestB", by(10, 30, leak(1, chan2, "b.go:5 m/a.wait", "b.go:3 m/a.start"))),
				),
			},
		),
		"many": summary([]*Package{found("m/a", outlived("TestA", many...))}),
	} {
		var b strings.Builder
		s.Print(&b)
		golden.Compare(t, filepath.Join("testdata", "summary", name+".txt"), b.String())
	}
}

func tuned(p *Package, change func(*Package)) *Package {
	change(p)
	return p
}

// by gives the goroutine of f an id, and that of the goroutine which started it.
func by(creator, id int64, f report.Finding) report.Finding {
	f.IDs, f.Example.Creator = []int64{id}, &stackparse.Creator{Func: f.Started.Func, Goroutine: creator}
	return f
}

func byTest(f report.Finding, file string, line int) report.Finding {
	f.Example.Ancestors = []stackparse.Ancestor{{Frames: []stackparse.Frame{
		{Func: "m/a.New", File: "/src/a.go", Line: 3}, {Func: "m/a.TestA", File: file, Line: line},
	}}}
	return f
}

// The report says what it does not cover, as the summary does.
func TestReportNotes(t *testing.T) {
	t.Parallel()
	s := summary([]*Package{
		found("m/a", outlived("TestA", leak(1, "sleeping", "a.go:5 m/a.f", ""))),
		failed("m/b", &frame.Tests{Failed: []string{"TestB"}}, ""),
	})
	s.Interrupted = true
	r := s.Report()
	assert.Equal(t, 1, r.Total)
	assert.Len(t, r.Notes, 2)
	golden.Words(t, "notes", r.Notes)
	assert.Empty(t, summary([]*Package{passed("m/a", frame.Tests{Checked: 1, Package: true})}).Report().Notes)
}

// The counts add up to the tests that ran, whatever became of them.
func TestSummaryCounts(t *testing.T) {
	t.Parallel()
	s := summary([]*Package{
		failed("m/a", &frame.Tests{Checked: 2, Skipped: 1, Failed: []string{"TestA", "TestB"}}, ""),
		found("m/b", outlived("TestC", leak(1, "sleeping", "a.go:5 m/a.f", ""))),
		passed("m/c", frame.Tests{Checked: 7, Package: true, Known: 2}),
		failed("m/d", nil, "panic: boom"),
	})
	s.count()
	assert.Equal(t, 2+1+7, s.tests)
	assert.Equal(t, 2, s.failures)
	assert.Equal(t, 1, s.skipped)
	assert.Len(t, s.checked, 3)
	assert.Len(t, s.cut, 1)
	assert.Empty(t, s.broken)
}
