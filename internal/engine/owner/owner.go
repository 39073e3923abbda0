// Package owner decides which test a goroutine belongs to, and by what
// evidence.
//
// The evidence, strongest first: a runtime/pprof label that the goroutine
// inherited from its test; the chain of creators up to a test's goroutine;
// the name of a test in its stack or in its go statement; and that it
// appeared while the test was running. The last proves something only when no
// other test ran at the same time.
package owner

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Label is the key of the runtime/pprof label that names a goroutine's test.
const Label = capture.TestLabel

// The keys of the labels that name the request or job that a goroutine works for,
// and when that began, to some seconds; see internal/service/requests.
const (
	Route      = "leakcheck.route" // "POST /orders", "job reindex"
	RouteSince = "leakcheck.since" // as RFC 3339 writes it
)

// Verdict says whose goroutine it is, as one test sees it.
type Verdict int

const (
	Unowned Verdict = iota // no evidence, and another test may have started it
	Mine                   // of the test that asks
	Others                 // of another test
)

// Finding is a verdict and what it rests on.
type Finding struct {
	Verdict  Verdict
	Test     string // the owner, as far as it is known: "TestX/sub" or "TestX"
	Evidence string // for people: "labelled by TestX"
}

// Judge answers for one dump on behalf of one test.
type Judge struct {
	// Late says that it is not known what was there when the test began, only
	// at some time before that.
	Late bool
	// Last says that no other check is going to look at unowned goroutines.
	Last bool
	// Spec says that the test is not one of package testing: a framework may run it
	// on several goroutines while the test around it waits.
	Spec bool
	// Parallel says that other tests may be running at the same time.
	Parallel bool

	test  string
	self  int64
	byID  map[int64]*stackparse.Goroutine
	above map[int64]bool // the goroutines that started self's, and theirs
}

// NewJudge returns the Judge of the test with the given name that runs on
// goroutine self. An empty name asks for nobody: nothing is Mine then, and the
// owner is named where it can be.
func NewJudge(test string, self int64, dump []stackparse.Goroutine) *Judge {
	j := &Judge{test: test, self: self, byID: ByID(dump)}
	j.findAbove()
	j.Parallel = j.inParallel()
	return j
}

// ByID returns the goroutines of dump by their ids.
func ByID(dump []stackparse.Goroutine) map[int64]*stackparse.Goroutine {
	byID := make(map[int64]*stackparse.Goroutine, len(dump))
	for i := range dump {
		byID[dump[i].ID] = &dump[i]
	}
	return byID
}

// findAbove follows the creators of self: the goroutines of the tests that the
// asking test is a subtest of, and that of the runner.
func (j *Judge) findAbove() {
	j.above = map[int64]bool{}
	for g := j.byID[j.self]; g != nil && g.Creator != nil &&
		!j.above[g.Creator.Goroutine]; g = j.byID[g.Creator.Goroutine] {
		// Releases before 1.21 did not print the creator's id, and 0 would make all of their
		// goroutines one family.
		if g.Creator.Goroutine != 0 {
			j.above[g.Creator.Goroutine] = true
		}
	}
}

// inParallel looks for a test above self that waits in tRunner for parallel
// subtests. The runner waits for a serial test in T.Run instead, so no
// knowledge of the other tests is needed.
func (j *Judge) inParallel() bool {
	for id := range j.above {
		// tRunner's deferred function waits for the subtests that called Parallel (tRunner in
		// testing/testing.go); while it does, they run in parallel.
		if g := j.byID[id]; g != nil && len(g.Frames) > 0 && g.Frames[0].Func == "testing.tRunner.func1" {
			return true
		}
	}
	return false
}

// Over reports whether f names another test as the owner and that test has
// ended. While parallel tests run that is never certain: one may be in a cleanup,
// which does not show its name.
func (j *Judge) Over(f Finding) bool {
	// The slash tells TestX/sub from TestXY.
	if f.Verdict != Others || f.Test == "" || j.Parallel || strings.HasPrefix(j.test+"/", f.Test+"/") {
		return false
	}
	for _, g := range j.byID {
		if IsRunner(g) && runs(g, f.Test) {
			return false // it waits for its turn
		}
	}
	return true
}

// runs reports whether the test's goroutine g runs test or a subtest of it.
func runs(g *stackparse.Goroutine, test string) bool {
	// The label has the full name. A stack has only names of functions, which subtests
	// share.
	if label, ok := g.Label(capture.TestLabel); ok {
		return strings.HasPrefix(label+"/", test+"/")
	}
	return slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool {
		name := TestName(f.Func, f.File)
		return name != "" && isPart(name, test)
	})
}

// maxChain bounds a walk along creators; only a forged dump has a cycle.
const maxChain = 1000

// Of judges g, which must be a goroutine of the Judge's dump. started says
// that g was not there when the test began.
//
// A go statement counts before what is inherited, where the two name different
// tests: one that the test's own goroutine ran, since a label can be
// overwritten, and one that stands in the code of a running test, since a
// worker that tests share carries the label of the test that happened to start
// it. The test has to run, because not every function that is named like a test is
// one.
func (j *Judge) Of(g *stackparse.Goroutine, started bool) Finding {
	if g.Creator != nil && g.Creator.Goroutine == j.self && j.self != 0 && j.test != "" {
		// With the right label the finding below says the same, with the better evidence.
		if label, ok := g.Label(Label); !ok || label != j.test {
			return Finding{Mine, j.test, "started by " + j.test + " itself"}
		}
	}
	// Before labels: a helper that a parent test started carries the parent's label, and
	// is not for the subtest to stop.
	if g.Creator != nil && j.above[g.Creator.Goroutine] && j.test != "" {
		return j.outer(g)
	}
	if j.Spec && started && j.around(g) {
		return Finding{Mine, j.test, "appeared while " + Quoted(j.test) + " ran"}
	}
	// A label is inherited by go statements alone (newproc1 in runtime/proc.go), so it
	// survives goroutines in between that have ended; a name in the stack does not.
	if f, ok := j.inherited(g); ok && !j.contradicted(g, f.Test) {
		return f
	}
	if name := testIn(g); name != "" {
		if isPart(name, j.test) {
			return Finding{Mine, j.test, "its stack or go statement is in " + name}
		}
		return Finding{Others, name, "its stack or go statement is in " + name}
	}
	switch {
	// When it appeared is evidence only for what was not there before the test.
	case j.test == "" || !started:
		return Finding{Verdict: Unowned}
	case j.Parallel:
		return Finding{Unowned, "", "appeared while several tests ran"}
	}
	if j.Late {
		return j.late(g)
	}
	return Finding{Mine, j.test, "appeared while " + Quoted(j.test) + " ran alone"}
}

// around reports whether g is, by what it inherited or by its code, of a test that
// the asking spec is a part of. That test waits while the spec runs.
func (j *Judge) around(g *stackparse.Goroutine) bool {
	label, labelled := g.Label(Label)
	name := testIn(g)
	for id := range j.above {
		test := j.byID[id]
		if test == nil || !IsRunner(test) {
			continue
		}
		// Both carry one: equality decides, and a name in the code could only be a worse
		// guess.
		if outer, ok := test.Label(Label); ok && labelled {
			return label == outer
		}
		if name != "" && name == testRunBy(test) {
			return true
		}
	}
	return false
}

// Quoted returns the name of a test as it stands in a sentence. That of a spec is
// a sentence itself.
func Quoted(test string) string {
	if strings.ContainsRune(test, ' ') {
		return strconv.Quote(test)
	}
	return test
}

// late judges a newcomer of which it is only known that it was not there at
// some time before the test began. A test's goroutine outlives what the test's
// function calls, so a go statement that another goroutine ran, one that is
// gone, was most likely run by an earlier test.
func (j *Judge) late(g *stackparse.Goroutine) Finding {
	root := j.gone(g)
	switch {
	case root == 0, j.Last && !younger(root, j.self):
		return Finding{Mine, j.test, "appeared since the last check, in " + j.test + " or in a test before it"}
	case younger(root, j.self):
		return Finding{Mine, j.test, "started by a goroutine that " + j.test + " started, and that is gone"}
	}
	return Finding{Unowned, "", "started before " + j.test + " ended, by a goroutine that is gone"}
}

// gone follows the creators of g to the first that is not in the dump, or is
// about to leave it, and returns its id. It is 0 where all are there, or one
// was not printed.
func (j *Judge) gone(g *stackparse.Goroutine) int64 {
	for hops := 0; g != nil && g.Creator != nil && hops < maxChain; hops++ {
		id := g.Creator.Goroutine
		g = j.byID[id]
		// About to leave counts as gone: whether the dump still shows a goroutine that
		// returned is chance.
		if id != 0 && (g == nil || returned(g)) {
			return id
		}
	}
	return 0
}

// batch is how many ids a processor takes from the runtime at a time
// (runtime/proc.go: _GoidCacheBatch).
const batch = 16

// younger reports whether goroutine a is known to have started after b. Ids say
// nothing about time, unless they are of one batch: a processor hands these out
// in order.
func younger(a, b int64) bool { return (a-1)/batch == (b-1)/batch && a > b }

// outer is the finding on what a goroutine above self started. Such a goroutine
// stands still while self's test runs, so that was before.
func (j *Judge) outer(g *stackparse.Goroutine) Finding {
	if label, ok := g.Label(Label); ok {
		return Finding{Others, label, "labelled by " + Quoted(label)}
	}
	f := Finding{Verdict: Others, Evidence: "started before " + j.test + " began"}
	if parent := j.byID[g.Creator.Goroutine]; parent != nil {
		f.Test = testRunBy(parent)
	}
	return f
}

// inherited judges by what g has from the goroutines above it.
func (j *Judge) inherited(g *stackparse.Goroutine) (Finding, bool) {
	if test, ok := g.Label(Label); ok {
		return j.attribute(test, "labelled by "+Quoted(test)), true
	}
	return j.byAncestry(g)
}

// contradicted reports whether the go statement of g stands in the code of a
// running test other than test.
func (j *Judge) contradicted(g *stackparse.Goroutine, test string) bool {
	name := creatorTest(g)
	if name == "" || isPart(name, test) {
		return false
	}
	for _, g := range j.byID {
		if label, _ := g.Label(Label); IsRunner(g) && (isPart(name, label) || testRunBy(g) == name) {
			return true
		}
	}
	return isPart(name, j.test)
}

// attribute compares a full test name with the asking test's: what a subtest
// left behind is its parent's too.
func (j *Judge) attribute(test, evidence string) Finding {
	if j.test != "" && (test == j.test || strings.HasPrefix(test, j.test+"/")) {
		return Finding{Mine, test, evidence}
	}
	return Finding{Others, test, evidence}
}

// byAncestry follows the creators of g through live goroutines, and through
// the printed ancestors, to the goroutine of a test.
func (j *Judge) byAncestry(g *stackparse.Goroutine) (Finding, bool) {
	if j.self != 0 {
		for _, a := range g.Ancestors {
			if a.ID == j.self {
				return Finding{Mine, j.test, "started by a goroutine of " + Quoted(j.test)}, true
			}
		}
	}
	for hops := 0; g != nil && g.Creator != nil && hops < maxChain; hops++ {
		id := g.Creator.Goroutine
		if id == j.self && id != 0 && j.test != "" {
			return Finding{Mine, j.test, "started by a goroutine of " + Quoted(j.test)}, true
		}
		g = j.byID[id]
		if g == nil {
			break
		}
		if j.above[id] && j.test != "" {
			return Finding{Others, testRunBy(g), "started before " + j.test + " began"}, true
		}
		if name := testRunBy(g); name != "" {
			// The label has the full name, with subtests; the stack only that of a function.
			if label, ok := g.Label(Label); ok {
				name = label
			}
			return j.attribute(name, "started by a goroutine of "+name), true
		}
		if !j.Parallel && returned(g) {
			break // what is above a test that is ending says nothing of its name
		}
	}
	return Finding{}, false
}

// isPart reports whether a function's test name ("TestX", "TestMethod" of a
// suite) is an element of the full name of a test.
func isPart(name, test string) bool {
	for part := range strings.SplitSeq(test, "/") {
		if part == name {
			return true
		}
	}
	return false
}

// IsRunner reports whether g is a test's own goroutine.
func IsRunner(g *stackparse.Goroutine) bool {
	n := len(g.Frames)
	return n > 0 && g.Frames[n-1].Func == "testing.tRunner"
}

// returned reports whether g is the goroutine of a test whose function has
// returned: package testing or the runtime is about to end it. A dump may show
// no call of the runtime.
func returned(g *stackparse.Goroutine) bool {
	// A goroutine that is about to exit may show no frame of its own (goexit1 in
	// runtime/proc.go); what started it is left.
	if !IsRunner(g) && (g.Creator == nil || g.Creator.Func != "testing.(*T).Run") {
		return false
	}
	return !slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool {
		return !strings.HasPrefix(f.Func, "testing.") && !strings.HasPrefix(f.Func, "runtime.")
	})
}

// testRunBy returns the test whose own goroutine g is, or "".
func testRunBy(g *stackparse.Goroutine) string {
	n := len(g.Frames)
	if n < 2 || !IsRunner(g) {
		return ""
	}
	return TestName(g.Frames[n-2].Func, g.Frames[n-2].File)
}

// testIn returns the test that the go statement or the stack of g is in.
func testIn(g *stackparse.Goroutine) string {
	if name := creatorTest(g); name != "" {
		return name
	}
	for _, f := range g.Frames {
		if name := TestName(f.Func, f.File); name != "" {
			return name
		}
	}
	// Last, since the runtime prints ancestors only with tracebackancestors set.
	for _, a := range g.Ancestors {
		for _, f := range a.Frames {
			if name := TestName(f.Func, f.File); name != "" {
				return name
			}
		}
	}
	return ""
}

// creatorTest returns the test whose own code holds the go statement of g.
func creatorTest(g *stackparse.Goroutine) string {
	if g.Creator == nil {
		return ""
	}
	return TestName(g.Creator.Func, g.Creator.File)
}

// TestName returns the test, benchmark, fuzz test or example that the function
// fn of file is or is a closure of: "TestX" for "pkg.TestX.func1.2" and for
// the suite method "pkg.(*Suite).TestX". It is "" for other functions.
func TestName(fn, file string) string {
	// go test runs only what these files declare: elsewhere the name means nothing.
	if !strings.HasSuffix(file, "_test.go") {
		return ""
	}
	rest := fn[strings.LastIndexByte(fn, '/')+1:]
	_, rest, ok := strings.Cut(rest, ".")
	if !ok {
		return ""
	}
	if strings.HasPrefix(rest, "(") {
		_, rest, _ = strings.Cut(rest, ").")
	}
	name, _, _ := strings.Cut(rest, ".")
	// The type arguments of a generic function: TestX[...].
	name, _, _ = strings.Cut(name, "[")
	for _, prefix := range []string{"Test", "Benchmark", "Fuzz", "Example"} {
		if after, ok := strings.CutPrefix(name, prefix); ok && name != "TestMain" {
			// The rule of go test: Testing is no test, Test and Test1 are.
			if r, _ := utf8.DecodeRuneInString(after); after == "" || !unicode.IsLower(r) {
				return name
			}
		}
	}
	return ""
}
