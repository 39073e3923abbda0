package testrun

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// A test runs once more as the user has it built and run; which tests, and where
// the results go, is another matter.
func TestAgain(t *testing.T) {
	t.Parallel()
	a := &Args{
		before:   []string{"-race", "-run=A", "-coverprofile=c.out", "-cover", "./...", "-tags=x", "-timeout=1m"},
		after:    []string{"-test.count=3", "-short", "-args", "-mine", "-run=mine", "./..."},
		packages: []string{"./..."}, ldflags: "-w",
	}
	flags := []string{"-overlay=o.json"}
	assert.Equal(t, []string{"test", "-overlay=o.json", "-vet=off", "-json", "-v=false", "-count=1",
		"-ldflags=-s=false -w -X=runtime.godebugDefault=x=1", `-run=^(TestA|Test\$)$`, "-race", "-tags=x", "-timeout=1m", "m/a", "-short",
		"-args", "-mine", "-run=mine", "./..."},
		again{flags, "x=1", []string{"TestA", "Test$"}, []string{"m/a"}, nil}.goTest(a), "what follows -args is the test binary's")

	k := &keptHeap{binary: "/tmp/a b/1.test", dump: "/tmp/a b/1.heap"}
	got := again{flags, "x=1", []string{"TestA"}, []string{"m/a"}, k}.goTest(a)
	assert.Contains(t, got, "-o=/tmp/a b/1.test")
	assert.Contains(t, got, "-ldflags=-w=false '-X=leakcheckhook/internal/engine/heap.keepAs=/tmp/a b/1.heap' -s=false -w "+
		"-X=runtime.godebugDefault=x=1", "the user's -w decides")
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	library, mine := report.Site{Func: "lib.Start", File: "lib.go", Line: 3}, report.Site{Func: "m.F", File: "m.go", Path: "m.go", Line: 5}
	finding := func(test string, called report.Site) report.Finding {
		f := report.Finding{Test: test, At: library, Started: library, Called: called}
		if called.Func != "" {
			f.Example.Ancestors = []stackparse.Ancestor{{ID: 1}}
		}
		return f
	}
	reports := []*report.Report{{Findings: []report.Finding{finding("TestA/sub", report.Site{}), finding("TestA", report.Site{})}}}
	adopt(reports, []*report.Report{{Findings: []report.Finding{finding("TestA", mine)}}})
	assert.Equal(t, mine, reports[0].Findings[1].Called)
	assert.Zero(t, reports[0].Findings[0].Called, "another test may have called from elsewhere")

	for _, again := range []struct {
		test, want string
		count      int
		called     report.Site
	}{
		{"ExampleA", "ExampleA", 1, mine},
		{"ExampleA", "", 2, mine}, // more than it left before: another example may have left that
		{"TestA", "", 1, report.Site{}},
	} {
		atEnd := []*report.Report{{Findings: []report.Finding{finding("", report.Site{})}}}
		found := finding(again.test, mine)
		atEnd[0].Findings[0].Count, found.Count = 1, again.count
		adopt(atEnd, []*report.Report{{Findings: []report.Finding{found}}})
		assert.Equal(t, again.want, atEnd[0].Findings[0].Test)
		assert.Equal(t, again.called, atEnd[0].Findings[0].Called)
	}

	own := []*report.Report{{Findings: []report.Finding{finding("TestA", report.Site{})}}}
	found := finding("TestA", mine)
	found.Called = report.Site{} // the module has the go statement itself
	adopt(own, []*report.Report{{Findings: []report.Finding{found}}})
	assert.Equal(t, found.Example.Ancestors, own[0].Findings[0].Example.Ancestors, "they name the line of the test")
}

// What a variable holds is found again in the second run, and named there.
func TestHeldByVariable(t *testing.T) {
	t.Parallel()
	at := report.Site{Func: "m.wait", File: "m.go", Path: "m.go", Line: 5}
	finding := func(test string, ids []int64, held ...string) report.Finding {
		return report.Finding{Test: test, At: at, Started: at, IDs: ids, Held: held}
	}
	first := []*report.Report{{Findings: []report.Finding{
		finding("TestA/sub", nil, "goroutine 7 m.run", "the variable m.registry"),
		finding("TestB", nil, "nobody: the last reference is gone"),
		finding("TestC", nil, "a package-level variable"),
		finding("", nil, "the variable m.registry"),
		{Test: "TestD", Held: []string{"the variable http.DefaultTransport"}}, // of a library
	}}}
	assert.Equal(t, []string{"TestA"}, heldByVariable(first), "the others have no name, or no test")

	again := []*report.Report{{Findings: []report.Finding{finding("TestA/sub", []int64{9, 8}, "the variable m.registry")}}}
	adoptWays(first, again, map[int64][]string{8: {`m.registry["x"].done`, "m.other"}})
	assert.Equal(t, []string{"goroutine 7 m.run", `the variable m.registry["x"].done`}, first[0].Findings[0].Held)
	assert.Equal(t, []string{"the variable m.registry"}, first[0].Findings[3].Held, "of another test")
}
