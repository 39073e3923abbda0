package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/inject"
)

const reported = `=== RUN   TestA
    a_test.go:5: leakcheck: 3 goroutines outlived TestA (2 proven leaked)
          + 2 x blocked sending on a channel (proven: nothing can wake them any more)
              at       a.go:6   ch <- 1       a.Leak.func1
              started  a.go:5   go func() {   a.Leak
              cause    + 9 x is no title here

          + 1 x sleeping
              at       a.go:9   a.sleep
--- FAIL: TestA (0.04s)
leakcheck: 2 goroutines outlived the tests
  + 2 x watching the context of a command (1 proven: nothing can wake it any more)
      at       exec.go:7                 exec.(*Cmd).watchCtx
      started  exec.go:5                 exec.(*Cmd).Start
      called   b.go:7      cmd.Start()   a.wait
FAIL
FAIL	example.com/a	0.074s
ok  	example.com/b	0.01s
?   	example.com/c	[no test files]
`

// A test that the runtime proves to hang is a leak too.
func TestResultsOfAHungTest(t *testing.T) {
	t.Parallel()
	r := newResults(false, func(string, int) {})
	fmt.Fprint(r, `--- FAIL: TestHang (hung)
    leakcheck: TestHang can never end (proven by the garbage collector)
      + 1 x blocked receiving from a channel (proven: nothing can wake it any more)
          at       a_test.go:6   <-ch   a.TestHang
FAIL	example.com/a	2.5s
`)
	assert.Equal(t, []finding{{"example.com/a", "TestHang", 1, 1, "blocked receiving from a channel", "a_test.go:6", "a.TestHang", "", "", false}}, r.findings())
}

func want(pkg string) []finding {
	return []finding{
		{pkg, "TestA", 2, 2, "blocked sending on a channel", "a.go:6", "a.Leak.func1", "a.go:5", "", false},
		{pkg, "TestA", 1, 0, "sleeping", "a.go:9", "a.sleep", "", "", false},
		{pkg, "the tests", 2, 1, "watching the context of a command", "exec.go:7", "exec.(*Cmd).watchCtx", "exec.go:5", "b.go:7", false},
	}
}

// However the text is cut into pieces, the findings are the same.
func TestTextResults(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 7, len(reported)} {
		var done []string
		r := newResults(false, func(pkg string, n int) { done = append(done, fmt.Sprint(pkg, " ", n)) })
		_, err := io.CopyBuffer(struct{ io.Writer }{r}, struct{ io.Reader }{strings.NewReader(reported)}, make([]byte, size))
		assert.NoError(t, err)
		assert.Equal(t, want("example.com/a"), r.findings())
		assert.Equal(t, []string{"example.com/a 3", "example.com/b 0", "example.com/c 0"}, done)
		assert.Equal(t, 2, r.tested())
	}
}

// Of a run that was cut off, what was reported stays.
func TestTextResultsCutOff(t *testing.T) {
	t.Parallel()
	r := newResults(false, func(string, int) {})
	text, _, _ := strings.Cut(reported, "FAIL\n")
	_, err := io.WriteString(r, text)
	assert.NoError(t, err)
	assert.Equal(t, want(""), r.findings())
	assert.Zero(t, r.tested(), "no result was printed")
}

// Events of tests that run at the same time are told apart.
func TestEventResults(t *testing.T) {
	t.Parallel()
	r := newResults(true, func(string, int) {})
	for line := range strings.Lines(reported) {
		for _, pkg := range []string{"p", "q"} {
			fmt.Fprintf(r, "{\"Action\":\"output\",\"Package\":%q,\"Output\":%q}\n", pkg, line)
		}
	}
	fmt.Fprint(r, "not JSON\n{\"Action\":\"fail\",\"Package\":\"p\"}\n")
	assert.Equal(t, append(want("p"), want("q")...), r.findings())
}

func TestSummary(t *testing.T) {
	t.Parallel()
	found := append(want("example.com/a"), want("example.com/b")...)
	found[3].test = "TestB"
	plan := &inject.Plan{Packages: make([]string, 120), Left: []inject.Left{{Package: "example.com/c", Why: "c.go:1:1: bad"}, {Package: "example.com/d", Why: "it has goleak", Own: true}}}
	var b bytes.Buffer
	summary{found, plan, 118, true, nil}.print(&b)
	assert.Equal(t, `leakcheck: 10 leaks in 2 of 120 packages; 3 root causes; 2 not tested; interrupted
  + 4 x blocked sending on a channel (4 proven)
      at       a.go:6   a.Leak.func1
      started  a.go:5
      in       example.com/a: TestA
      in       example.com/b: TestB
  + 4 x watching the context of a command (2 proven)
      at       exec.go:7   exec.(*Cmd).watchCtx
      started  exec.go:5
      called   b.go:7
      in       example.com/a: the tests
      in       example.com/b: the tests
  + 2 x sleeping
      at       a.go:9   a.sleep
      in       example.com/a: TestA
      in       example.com/b: TestA
  left to their own checks:
      example.com/d: it has goleak
  not checked:
      example.com/c: c.go:1:1: bad
`, b.String())
}

// One go statement of a module beside is one cause, whoever calls it; what a
// library starts is each caller's own.
func TestRootCauses(t *testing.T) {
	t.Parallel()
	f := func(started, called string) finding {
		return finding{title: "sleeping", count: 1, started: started, called: called, beside: beside(started)}
	}
	assert.Len(t, rootCauses([]finding{f("../a/a.go:5", "b.go:7"), f("../a/a.go:5", "c.go:7")}), 1)
	assert.Len(t, rootCauses([]finding{f("os/exec/exec.go:5", "b.go:7"), f("os/exec/exec.go:5", "c.go:7")}), 2)
	assert.Len(t, rootCauses([]finding{f("example.com/a@v1.0.0/a.go:5", "b.go:7"), f("example.com/a@v1.0.0/a.go:5", "c.go:7")}), 2)
}

// A package with checks of its own counts where they found something.
func TestSummaryOfOwnChecks(t *testing.T) {
	t.Parallel()
	plan := &inject.Plan{Packages: []string{"example.com/b"}, Left: []inject.Left{{Package: "example.com/a", Own: true}, {Package: "example.com/d", Own: true}}}
	var b bytes.Buffer
	summary{want("example.com/a")[:1], plan, 3, false, nil}.print(&b)
	assert.Contains(t, b.String(), "leakcheck: 2 leaks in 1 of 2 packages; 1 root cause\n")
}

func TestRunExitCodes(t *testing.T) {
	t.Parallel()
	for code, args := range map[int][][]string{
		exitClean: {{"help"}, {"help", "test"}, {"test", "-h"}, {"--help"}},
		exitUsage: {{}, {"nonsense"}, {"help", "nonsense"}, {"test", "-C"}, {"test", "-vet=all"}, {"test", "-C", t.TempDir() + "/gone"}},
	} {
		for _, a := range args {
			var out, errs bytes.Buffer
			assert.Equal(t, code, run(a, strings.NewReader(""), &out, &errs), "%q", a)
			assert.Equal(t, code == exitClean, errs.Len() == 0, "%q: %s", a, &errs)
			assert.Equal(t, code != exitClean, out.Len() == 0, "%q: %s", a, &out)
		}
	}
}

// Every command says all that its help promises.
func TestCommandsAreWellFormed(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		assert.NotEmpty(t, c.short, c.name)
		assert.NotEmpty(t, c.long, c.name)
		assert.NotEmpty(t, c.examples, c.name)
		for _, x := range c.examples {
			assert.Contains(t, x.line+" ", "leakcheck "+c.name+" ", "an example of this command")
			assert.NotEmpty(t, x.why, x.line)
		}
		assert.NotNil(t, c.setup, c.name)
	}
}
