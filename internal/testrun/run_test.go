package testrun

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest"
	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
)

// goTest runs go test in testdata/mod, which has packages that pass, fail, do not
// build, and have no tests. The time that each package took is not compared.
func goTest(t *testing.T, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"test", "-vet=off"}, args...)...)
	cmd.Dir = filepath.Join("testdata", "mod", dir)
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		require.NoError(t, err)
	}
	return out.String(), errs.String(), code
}

var duration = regexp.MustCompile(`\(cached\)|\d+\.\d+s`)

func timeless(text string) string { return duration.ReplaceAllString(text, "T") }

// What the command prints is what go test prints.
func TestTextIsThatOfGoTest(t *testing.T) {
	t.Parallel()
	rows := []struct {
		reason, dir string
		args        []string
		mode        Mode
	}{
		{"packages", ".", []string{"./..."}, Mode{Final: true}},
		{"the current folder", "fail", nil, Mode{Direct: true}},
		{"-v", ".", []string{"-v", "./..."}, Mode{Passes: true, Final: true}},
		{"coverage", ".", []string{"-cover", "./pass", "./none"}, Mode{Final: true}},
		{"a list", ".", []string{"-list=.", "./pass", "./fail"}, Mode{Passes: true, Final: true}},
		{"no test to run", ".", []string{"-run=None", "./pass"}, Mode{Final: true}},
		{"benchmarks", ".", []string{"-bench=None", "./pass", "./fail"}, Mode{Direct: true, Final: true}},
	}
	if !steady.Full() { // each row runs go test twice
		rows = rows[:1]
	}
	for _, row := range rows {
		verbose := "-v=false"
		if row.mode.Passes && row.args[0] == "-v" {
			verbose = "-v=true"
		}
		want, wantErrors, code := goTest(t, row.dir, row.args...)
		events, errs, sameCode := goTest(t, row.dir, append([]string{"-json", verbose}, row.args...)...)
		require.Equal(t, code, sameCode, row.reason)
		for _, size := range []int{1, 1000, 1 << 20} {
			var out, buildErrors bytes.Buffer
			run := NewRun(row.mode, &out, &buildErrors, func(*Package) {})
			_, err := io.CopyBuffer(struct{ io.Writer }{run}, struct{ io.Reader }{strings.NewReader(events)}, make([]byte, size))
			require.NoError(t, err)
			run.Close(code)
			assert.Equal(t, timeless(want), timeless(out.String()), "%s: %s", row.reason, wantErrors)
			assert.Equal(t, wantErrors, errs+buildErrors.String(), row.reason)
		}
	}
}

func event(t *testing.T, fields ...string) string {
	t.Helper()
	e := map[string]string{}
	for i := 0; i < len(fields); i += 2 {
		e[fields[i]] = fields[i+1]
	}
	line, err := json.Marshal(e)
	require.NoError(t, err)
	return string(line) + "\n"
}

func framed(t *testing.T, m *frame.Message) string {
	t.Helper()
	text, err := frame.Encode(m)
	require.NoError(t, err)
	return string(text)
}

// Our frames are in none of the streams, and each package has its own.
func TestFramesAreTakenOut(t *testing.T) {
	t.Parallel()
	var stream string
	say := func(pkg, output string) {
		for line := range strings.Lines(output) {
			stream += event(t, "Action", "output", "Package", pkg, "Output", line)
		}
	}
	for _, pkg := range []string{"p", "q"} {
		stream += event(t, "Action", "start", "Package", pkg)
	}
	for i, pkg := range []string{"q", "p"} {
		m := &frame.Message{Tests: &frame.Tests{Checked: 2 + i}, Notes: []string{"note of " + pkg}}
		say(pkg, "text without an end"+framed(t, m))
		say(pkg, "\n--- FAIL: TestX (0.01s)\n")
		say(pkg, "\x16FAIL\t"+pkg+"\t0.1s\n")
	}
	stream += event(t, "Action", "fail", "Package", "q") + event(t, "Action", "fail", "Package", "p")

	var out bytes.Buffer
	var done []string
	run := NewRun(Mode{Final: true}, &out, io.Discard, func(p *Package) { done = append(done, p.Path) })
	_, _ = io.WriteString(run, stream)
	run.Close(1)
	const text = "text without an end\n--- FAIL: TestX (0.01s)\nFAIL\t"
	assert.Equal(t, text+"p\t0.1s\n"+text+"q\t0.1s\nFAIL\n", out.String(),
		"in the order in which the packages began")
	assert.Equal(t, []string{"q", "p"}, done)
	require.Len(t, run.Packages(), 2)
	assert.Equal(t, &frame.Tests{Checked: 3}, run.Packages()[0].Tests)
	assert.Equal(t, []string{"note of q"}, run.Packages()[1].Notes)

	out.Reset()
	run = NewRun(Mode{JSON: true}, &out, io.Discard, func(*Package) {})
	_, _ = io.WriteString(run, stream)
	run.Close(1)
	assert.NotContains(t, out.String(), "leakcheck:1")
	assert.Contains(t, out.String(), `"Output":"text without an end"`)
	for line := range strings.Lines(out.String()) {
		assert.True(t, json.Valid([]byte(line)), line)
	}
}

// Where later runs decide whether leaks count, go test calls a package with leaks ok.
// That is said once it is decided.
func TestRunThatIsDecidedLater(t *testing.T) {
	t.Parallel()
	var stream string
	for _, pkg := range []string{"grows", "single", "clean"} {
		stream += event(t, "Action", "start", "Package", pkg)
		if pkg != "clean" {
			stream += event(t, "Action", "output", "Package", pkg, "Output",
				framed(t, &frame.Message{Report: []byte(`{"format":"leakcheck-report","version":1,"kind":"outlived","goroutines":1,` +
					`"findings":[{"count":1}]}`)}))
		}
		stream += event(t, "Action", "output", "Package", pkg, "Output", "ok  \t"+pkg+"\t0.1s\n") +
			event(t, "Action", "pass", "Package", pkg)
	}
	var out bytes.Buffer
	run := NewRun(Mode{Final: true, Later: true}, &out, io.Discard, func(*Package) {})
	_, _ = io.WriteString(run, stream)
	run.Close(0)
	assert.Equal(t, "ok  \tclean\t0.1s\n", out.String())

	single := run.Packages()[1].Reports[0]
	single.Findings[0].Growth = report.NewGrowth([]int{1, 3}, []int{1, 1})
	out.Reset()
	run.Decide(true)
	assert.Equal(t, "FAIL\tgrows\t0.1s\nok  \tsingle\t0.1s\nFAIL\n", out.String())

	// Of events, too: who reads them is not told that a package passes which fails.
	out.Reset()
	run = NewRun(Mode{JSON: true, Later: true}, &out, io.Discard, func(*Package) {})
	_, _ = io.WriteString(run, stream)
	run.Close(0)
	single = run.Packages()[1].Reports[0]
	single.Findings[0].Growth = report.NewGrowth([]int{1, 3}, []int{1, 1})
	run.Decide(true)
	ends := map[string][]string{}
	require.NoError(t, gotest.Read(&out, func(e *gotest.Event) {
		ends[e.Package] = append(ends[e.Package], e.Action+e.Output)
	}))
	assert.Equal(t, map[string][]string{
		"grows":  {"start", "outputFAIL\tgrows\t0.1s\n", "fail"},
		"single": {"start", "outputok  \tsingle\t0.1s\n", "pass"},
		"clean":  {"start", "outputok  \tclean\t0.1s\n", "pass"},
	}, ends)
}

// Of a run that is cut off, all that was printed is shown.
func TestRunThatIsCutOff(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	run := NewRun(Mode{Final: true}, &out, io.Discard, func(*Package) {})
	fmt.Fprint(run, event(t, "Action", "start", "Package", "p"), event(t, "Action", "start", "Package", "q"),
		event(t, "Action", "output", "Package", "q", "Output", "of q\n"),
		event(t, "Action", "output", "Package", "p", "Output", "SIGQUIT: quit\n"), "no event")
	run.Close(1)
	assert.Equal(t, "no eventSIGQUIT: quit\nof q\nFAIL\n", out.String())
	assert.Equal(t, "SIGQUIT: quit", run.Packages()[0].Why)
}
