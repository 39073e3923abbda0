// Package leaky runs the test of an example that leaks on purpose, in a process
// of its own, and holds what it reports to the marks in the source:
//
//	go work() // want "started"
//
// is a line that the report gives as the one that started a goroutine, and
//
//	answers <- a // want "at: chan-send"
//
// one where a goroutine waits, with the id of the cause. Where the goroutine is
// the standard library's, that is
//
//	resp, err := client.Get(url) // want "called: http-body-not-closed"
//
// for the call that led to it, which the runtime tells with a setting of GODEBUG.
// A finding without a mark is as wrong as a mark without a finding.
//
// Under the build tag leaky the test runs where it is, so that
//
//	go test -tags leaky ./examples/blockedsend
//
// fails as a user's test would. A test that hangs needs the tag hung for that.
//
// What the test prints is kept in report.txt next to it, which the pages in docs
// show. LEAKY_UPDATE=1 writes that file; it is done with a release of Go that
// has proofs.
package leaky

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// childEnv is the name of the test that a child process is to run.
const childEnv = "LEAKY_CHILD"

// Checked runs the test that calls it, which leaves goroutines behind, in a
// process of its own, and reports true. It fails t unless that test fails with
// the findings that are marked in the Go files of the working directory. In the
// process where the test is to go on, it reports false:
//
//	if leaky.Checked(t) {
//		return
//	}
func Checked(t *testing.T) bool {
	t.Helper()
	if tagLeaky || os.Getenv(childEnv) == t.Name() {
		return false
	}
	t.Parallel()
	check(t, "60s")
	return true
}

// CheckedHung is Checked for a test that never ends, in a package whose TestMain
// watches for that. Where the runtime cannot prove it, the alarm of -timeout has
// to end it.
func CheckedHung(t *testing.T) bool {
	t.Helper()
	if tagHung || os.Getenv(childEnv) == t.Name() {
		return false
	}
	t.Parallel()
	if pprof.Lookup("goroutineleak") != nil { // there, whatever is forbidden here
		check(t, "60s")
	} else {
		check(t, alarm)
	}
	return true
}

// Ancestors is the setting with which the runtime tells what called a library
// that starts a goroutine.
const Ancestors = "GODEBUG=tracebackancestors=10"

// alarm is the -timeout of a test that hangs without a proof.
const alarm = "4s"

// check is Checked in the process that watches.
func check(t *testing.T, timeout string) {
	t.Helper()
	marks, err := Marks(".")
	require.NoError(t, err)
	dir := t.TempDir()
	var env []string
	if slices.ContainsFunc(marks, func(m Mark) bool { return m.Row == "called" }) {
		env = []string{Ancestors}
	}
	out, err := run(t.Name(), timeout, dir, env...)
	require.NoError(t, err)
	findings, err := read(dir)
	require.NoError(t, err, out)
	for _, problem := range compare(marks, findings) {
		t.Errorf("%s\n%s", problem, out)
	}
	if timeout == alarm {
		return // the report before the alarm of -timeout has other words
	}
	assert.NoError(t, checkReport(reportFile, out))
}

// run runs one test of this binary in a child process, which leaves its reports
// in the folder of that name, and returns what it printed. It is an error when
// the child does not fail. env is set for the child, besides.
func run(test, timeout, reports string, env ...string) (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(exe, "-test.run=^"+test+"$", "-test.timeout="+timeout)
	cmd.Env = append(steady.Env(), childEnv+"="+test, "LEAKCHECK_REPORT="+reports, "GORACE=atexit_sleep_ms=0")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); !errors.As(err, &exit) {
		return "", fmt.Errorf("%s did not fail: %v\n%s", test, err, out)
	}
	return string(out), nil
}

// read returns the findings of the reports below dir.
func read(dir string) ([]report.Finding, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "report.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("no report")
	}
	var findings []report.Finding
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		r, err := report.Decode(file)
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		findings = append(findings, r.Findings...)
	}
	return findings, nil
}

// compare returns what is wrong with the findings, or with the marks.
func compare(marks []Mark, findings []report.Finding) []string {
	met := map[Mark]bool{}
	var problems []string
	for i := range findings {
		f := &findings[i]
		met[Mark{"started", "", f.Started.File, f.Started.Line}] = true
		known := false
		for _, m := range marks {
			at := f.At
			if m.Row == "called" {
				at = f.Called
			}
			if m.Cause == f.Cause.ID && m.File == at.File && m.Line == at.Line {
				known, met[m] = true, true
			}
		}
		if !known {
			problems = append(problems, fmt.Sprintf("no mark for the finding %s at %s:%d", f.Cause.ID, f.At.File, f.At.Line))
		}
	}
	for _, m := range marks {
		if !met[m] {
			problems = append(problems, fmt.Sprintf("no finding for %s:%d: %s", m.File, m.Line,
				strings.TrimSuffix(m.Row+": "+m.Cause, ": ")))
		}
	}
	return problems
}

// reportFile holds what the leaky test of an example prints.
const reportFile = "report.txt"

// checkReport holds the output of a test to the file of that name, or writes it.
func checkReport(name, out string) error {
	out = strings.ReplaceAll(out, "\r\n", "\n")
	out = strings.TrimSuffix(out, "FAIL\n")
	shown, err := os.ReadFile(name)
	if err == nil {
		err = steady.Compare(plain(string(shown)), plain(out))
	}
	switch {
	case err == nil:
		return nil
	case os.Getenv("LEAKY_UPDATE") != "":
		return os.WriteFile(name, []byte(out), 0o666)
	}
	return fmt.Errorf("%s shows another output: %w\ngot:\n%s\nLEAKY_UPDATE=1 rewrites the file", name, err, out)
}
