package owner

import (
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Test is a test, benchmark, fuzz callback or example whose own code is being
// run by a goroutine.
type Test struct {
	// Name is the full name, "TestX/sub", where a label tells it; else the
	// function's, "TestX", which subtests share; else "a test".
	Name      string
	Goroutine *stackparse.Goroutine
}

// runners are the functions of package testing that call the code of a test.
var runners = []string{
	"testing.tRunner", "testing.fRunner", "testing.(*B).runN", "testing.(*B).RunParallel.func1",
	"testing.runExample",
}

// waits are the functions of package testing in which the goroutine of a test
// waits for others: for its subtests, or for its turn to run in parallel. It
// is not the one to blame when it gets no further.
var waits = []string{
	"testing.(*T).Run", "testing.(*T).Parallel", "testing.(*testState).waitParallel", "testing.tRunner.func1",
	"testing.runTests", "testing.(*F).Fuzz", "testing.(*F).Fuzz.func1", "testing.fRunner.func1", "testing.runFuzzing",
	"testing.runFuzzTests", "testing.(*B).run", "testing.(*B).Run", "testing.(*B).run1", "testing.(*B).doBench",
	"testing.(*B).RunParallel", "testing.(*benchState).processBench",
}

// Running returns the tests whose own code runs or waits in dump, in its
// order. Tests that wait for their subtests or for their turn are left out:
// they have no part in what happens now.
func Running(dump []stackparse.Goroutine) []Test {
	byID := ByID(dump)
	var tests []Test
	for i := range dump {
		if g := &dump[i]; runsTest(g) {
			tests = append(tests, Test{Name: nameOf(g, byID), Goroutine: g})
		}
	}
	return tests
}

// runsTest reports whether g is a test's goroutine and in the test's code: the
// innermost call of package testing decides where it is.
func runsTest(g *stackparse.Goroutine) bool {
	isTest := slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool { return slices.Contains(runners, f.Func) })
	if !isTest {
		return false
	}
	inner := slices.IndexFunc(g.Frames, func(f stackparse.Frame) bool { return strings.HasPrefix(f.Func, "testing.") })
	// At 0 package testing itself is innermost: between two tests, or waiting for one.
	return inner > 0 && !slices.Contains(waits, g.Frames[inner].Func)
}

// nameOf names the test that g runs: by its label, by the functions on its
// stack, or by those of the test that started it.
func nameOf(g *stackparse.Goroutine, byID map[int64]*stackparse.Goroutine) string {
	// Set by the check itself, so only tests with one have it.
	if name, ok := g.Label(capture.TestLabel); ok {
		return name
	}
	for hops := 0; g != nil && hops < maxChain; hops++ {
		if name := testIn(g); name != "" {
			return name
		}
		if g.Creator == nil {
			break
		}
		g = byID[g.Creator.Goroutine]
	}
	return "a test"
}
