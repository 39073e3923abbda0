//go:build !leaky

// Package leaky runs the tests of an example that leak on purpose and checks
// what they print.
//
// It is left out under the build tag leaky, so that
//
//	go test -tags leaky ./examples/...
//
// shows the examples alone.
package leaky

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Check runs a leaky test of the package in the working directory with the go
// command, and fails t unless it fails with a report that contains the text
// headline and names every line marked in the source:
//
//	go work() // want "started"
//
// is a line that the report gives as the one that started the goroutine, and
//
//	answers <- a // want "at: chan-send"
//
// the one where it waits, with the id of the cause.
func Check(t *testing.T, test, headline string) {
	t.Helper()
	marks, err := Marks(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	out, err := run(test, dir)
	if err != nil {
		t.Fatal(err)
	}
	causes, err := readCauses(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, headline) {
		t.Errorf("the output lacks %q:\n%s", headline, out)
	}
	expected := map[string]bool{}
	for _, m := range marks {
		expected[fmt.Sprintf("%s:%d", m.File, m.Line)] = m.Row == "at"
	}
	for at, cause := range causes {
		if !expected[at] {
			t.Errorf("unexpected finding at %s: %s", at, cause)
		}
	}
	for _, m := range marks {
		if !m.in(out) {
			t.Errorf("no line of the output says %q for %s:%d:\n%s", m.Row, m.File, m.Line, out)
		}
		if got := causes[fmt.Sprintf("%s:%d", m.File, m.Line)]; m.Cause != "" && got != m.Cause {
			t.Errorf("the cause at %s:%d is %q, want %q", m.File, m.Line, got, m.Cause)
		}
	}
}

// Run runs one leaky test of the package in the working directory and returns
// what the go command printed. It is an error when that test does not fail.
func Run(test string) (string, error) { return run(test, "") }

// run is Run with a folder for the reports.
func run(test, reports string) (string, error) {
	cmd := exec.Command("go", "test", "-tags", "leaky", "-run", "^"+test+"$", ".")
	cmd.Env = append(os.Environ(), "LEAKCHECK_VERBOSE=", "GITHUB_ACTIONS=", "LEAKCHECK_REPORT="+reports)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--- FAIL: "+test+" (") {
		return "", fmt.Errorf("%s: %s did not fail (exit: %v)\n%s", cmd, test, err, out)
	}
	return string(out), nil
}

// readCauses returns the ids of the causes in the reports below dir, by file and
// line of where the goroutines wait.
func readCauses(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "report.json"))
	if err != nil {
		return nil, err
	}
	causes := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var r struct {
			Findings []struct {
				Cause struct{ ID string }
				At    struct {
					File string
					Line int
				}
			}
		}
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, f := range r.Findings {
			causes[fmt.Sprintf("%s:%d", f.At.File, f.At.Line)] = f.Cause.ID
		}
	}
	return causes, nil
}

// Mark is an expectation that stands in the source: the row of a report that
// names this line.
type Mark struct {
	Row   string // "at" or "started"
	Cause string // id of the cause; "" where any will do
	File  string
	Line  int
}

var (
	markText = regexp.MustCompile(`// want "(\w+)(?:: ([a-z0-9-]+))?"$`)
	rows     = []string{"at", "started"}
)

// Marks reads the marks of the Go files in dir. It is an error when one of the
// rows has none.
func Marks(dir string) ([]Mark, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var marks []Mark
	seen := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if m := markText.FindStringSubmatch(strings.TrimRight(line, "\r")); m != nil {
				marks = append(marks, Mark{m[1], m[2], filepath.Base(file), i + 1})
				seen[m[1]] = true
			}
		}
	}
	for _, row := range rows {
		if !seen[row] {
			return nil, fmt.Errorf(`%s: no line is marked // want %q`, dir, row)
		}
	}
	return marks, nil
}

// in reports whether a row of the report names the marked line.
func (m Mark) in(out string) bool {
	place := fmt.Sprintf("%s:%d", m.File, m.Line)
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == m.Row && f[1] == place {
			return true
		}
	}
	return false
}
