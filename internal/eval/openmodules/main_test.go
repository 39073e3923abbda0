package main

import (
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/eval/usage"
)

// A test that ends otherwise with checks than in all runs without them has a
// finding: its own or, as for a parent, that of a subtest.
func TestDiffering(t *testing.T) {
	t.Parallel()
	plain := readEvents([]byte(`{"Action":"start","Package":"m/a"}
{"Action":"fail","Package":"m/a","Test":"TestBad"}
{"Action":"pass","Package":"m/a","Test":"TestBroken"}
{"Action":"pass","Package":"m/a","Test":"TestFlaky"}
{"Action":"pass","Package":"m/a","Test":"TestLeak"}
{"Action":"pass","Package":"m/a","Test":"TestLost"}
{"Action":"fail","Package":"m/a"}
no event
{"Action":"pass","Package":"m/b"}
{"Action":"skip","Package":"m/empty"}
`))
	assert.Equal(t, 2, plain.tested, "a package without tests does not count")
	assert.Equal(t, 1, plain.failures())
	assert.Equal(t, 5, plain.top())
	again := &outcome{results: maps.Clone(plain.results)}
	again.results["m/a TestFlaky"] = "fail"
	checked := readEvents([]byte(`{"Action":"fail","Package":"m/a","Test":"TestBad"}
{"Action":"fail","Package":"m/a","Test":"TestLeak/sub"}
{"Action":"fail","Package":"m/a","Test":"TestLeak"}
{"Action":"fail","Package":"m/a","Test":"TestBroken"}
{"Action":"skip","Package":"m/a","Test":"TestFlaky"}
{"Action":"fail","Package":"m/a"}
{"Action":"fail","Package":"m/b"}
{"Action":"fail","Package":"m/c"}
`))
	checked.report = &report.Report{Findings: []report.Finding{{Test: "m/a.TestLeak/sub"}, {Test: "m/b.the tests"}}}
	assert.Equal(t, []string{"m/a TestBroken (pass, fail)", "m/a TestLost (pass, absent)", "m/c  (absent, fail)"},
		differing([]*outcome{plain, again}, checked))
	alone := &outcome{report: &report.Report{Package: "m/a", Findings: []report.Finding{{Test: "TestLeak"}}}}
	assert.True(t, alone.leaky("m/a", "TestLeak"))
	assert.False(t, alone.leaky("m/a", "TestLea"))
	assert.False(t, alone.leaky("m/b", "TestLeak"))
}

// The numbers of the summary are those of the events, without packages that it
// names as not checked.
func TestSums(t *testing.T) {
	t.Parallel()
	o := &outcome{tops: map[string]int{"m/a": 2, "m/own": 1, "m/cut": 1}, summary: `leakcheck: no leaks in 1 package
  2 tests ran: 1 checked, 1 skipped
  not checked to the end:
      m/cut: panic: boom
  have their own checks:
      m/own: uses go.uber.org/goleak
`}
	assert.Empty(t, o.sums())
	o.summary = strings.Replace(o.summary, "1 skipped", "2 skipped", 1)
	assert.Equal(t, "2 said, 3 in parts, 2 ran", o.sums())
	o.summary = ""
	assert.Equal(t, "0 said, 0 in parts, 4 ran", o.sums())
}

// costs are those of runs, each in two numbers: on the clock and of the processors.
func costs(times ...time.Duration) (all []usage.Cost) {
	for pair := range slices.Chunk(times, 2) {
		all = append(all, usage.Cost{Clock: pair[0], Processor: pair[1]})
	}
	return all
}

func TestRow(t *testing.T) {
	t.Parallel()
	f := report.Finding{Cause: cause.Cause{ID: "chan-send"}, At: report.Site{File: "a.go", Line: 3}, Started: report.Site{File: "a.go", Line: 2}}
	r := &result{packages: 2, tests: 9, plain: costs(3e9, 4, 1e9, 4, 2e9, 5), checked: costs(4e9, 5, 3e9, 5)}
	r.add(&report.Report{Total: 2, Proven: 1, Findings: []report.Finding{f, f}})
	assert.Equal(t, []string{"chan-send at a.go:3, started at a.go:2"}, r.leaks)
	assert.Equal(t, "| m v1 (`-short ./a`: slow) | 2 | 9 | 2 (1) | 1 | 0 | 0 | add up | none | 2.00 s | 3.00 s | 1.50 | 1.25 |\n",
		r.row(module{path: "m", version: "v1", flags: []string{"-short"}, packages: []string{"./a"}, why: "slow"}))
	r.broken, r.sums, r.changed = []string{"m TestX"}, "1 said, 2 ran", true
	row := r.row(module{})
	assert.Contains(t, row, "| m TestX | 1 said, 2 ran | YES |")
	assert.Equal(t, strings.Count(head, "|")/2, strings.Count(row, "|"), "a cell for each column")
	clean := &result{plain: costs(1, 100), checked: costs(1, 105)}
	assert.Equal(t, "processor: median 1.15 of 2 modules, 1.05 of the 1 where nothing leaks; at most 1.25\n", total([]*result{r, clean}))
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-runs=0"}, {"-only=("}, {"x"}, {"-nonsense"}} {
		var out strings.Builder
		_, err := run(t.Context(), args, &out, io.Discard)
		assert.Error(t, err, "%v", args)
		assert.Empty(t, out.String())
	}
}
