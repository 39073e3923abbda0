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
// "at" stands for the one where it waits.
func Check(t *testing.T, test, headline string) {
	t.Helper()
	marks, err := Marks(".")
	if err != nil {
		t.Fatal(err)
	}
	out, err := Run(test)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, headline) {
		t.Errorf("the output lacks %q:\n%s", headline, out)
	}
	for _, m := range marks {
		if !m.in(out) {
			t.Errorf("no line of the output says %q for %s:%d:\n%s", m.Row, m.File, m.Line, out)
		}
	}
}

// Run runs one leaky test of the package in the working directory and returns
// what the go command printed. It is an error when that test does not fail.
func Run(test string) (string, error) {
	cmd := exec.Command("go", "test", "-tags", "leaky", "-run", "^"+test+"$", ".")
	cmd.Env = append(os.Environ(), "LEAKCHECK_VERBOSE=")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--- FAIL: "+test+" (") {
		return "", fmt.Errorf("%s: %s did not fail (exit: %v)\n%s", cmd, test, err, out)
	}
	return string(out), nil
}

// Mark is an expectation that stands in the source: the row of a report that
// names this line.
type Mark struct {
	Row  string // "at" or "started"
	File string
	Line int
}

var (
	markText = regexp.MustCompile(`// want "(\w+)"$`)
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
				marks = append(marks, Mark{m[1], filepath.Base(file), i + 1})
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
