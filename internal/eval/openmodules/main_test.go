package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// A test that fails with checks has to have failed without them, or to have a
// report: its own or, as for a parent, that of a subtest.
func TestUnexplained(t *testing.T) {
	t.Parallel()
	plain := readEvents([]byte(`{"Action":"start","Package":"m/a"}
{"Action":"fail","Package":"m/a","Test":"TestBad"}
{"Action":"fail","Package":"m/a"}
no event
{"Action":"pass","Package":"m/b"}
{"Action":"skip","Package":"m/empty"}
`))
	assert.Equal(t, map[string]bool{"m/a TestBad": true}, plain.failed)
	assert.Equal(t, 2, plain.tested, "a package without tests does not count")
	checked := readEvents([]byte(`{"Action":"fail","Package":"m/a","Test":"TestBad"}
{"Action":"fail","Package":"m/a","Test":"TestLeak/sub"}
{"Action":"fail","Package":"m/a","Test":"TestLeak"}
{"Action":"fail","Package":"m/a","Test":"TestBroken"}
{"Action":"fail","Package":"m/a"}
{"Action":"fail","Package":"m/b"}
{"Action":"fail","Package":"m/c"}
`))
	checked.reports = []*report.Report{{Package: "m/a", Subject: "TestLeak/sub"}, {Package: "m/b", Subject: "the tests"}}
	assert.Equal(t, []string{"m/a TestBroken", "m/c "}, unexplained(plain, checked))
}

func TestRow(t *testing.T) {
	t.Parallel()
	f := report.Finding{Cause: cause.Cause{ID: "chan-send"}, At: report.Site{File: "a.go", Line: 3}, Started: report.Site{File: "a.go", Line: 2}}
	r := &result{packages: 2, plain: []cost{{3e9, 4}, {1e9, 4}, {2e9, 5}}, checked: []cost{{4e9, 5}, {3e9, 5}}}
	r.add(&report.Report{Total: 2, Proven: 1, Findings: []report.Finding{f, f}})
	assert.Equal(t, []string{"chan-send at a.go:3, started at a.go:2"}, r.leaks)
	assert.Equal(t, "| m v1 (`-short`: slow) | 2 | 2 (1) | 1 | 0 | 0 | none | 2.00 s | 3.00 s | 1.50 | 1.25 |\n",
		r.row(module{path: "m", version: "v1", flags: []string{"-short"}, why: "slow"}))
	r.broken, r.changed = []string{"m TestX"}, true
	row := r.row(module{})
	assert.Contains(t, row, "| m TestX | YES |")
	assert.Equal(t, strings.Count(head, "|")/2, strings.Count(row, "|"), "a cell for each column")
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-runs=0"}, {"-only=("}, {"x"}, {"-nonsense"}} {
		var out, errs strings.Builder
		assert.Equal(t, 2, run(args, &out, &errs), "%v", args)
		assert.NotEmpty(t, errs.String())
		assert.Empty(t, out.String())
	}
}
