package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest"
)

// suite is one module's tests in a folder of their own.
type suite struct {
	module
	command string // leakcheck
	dir     string
	runs    int
}

// measure runs the tests without and with checks. The first run of each fills
// the caches; its findings count, and its time does not. Then the two take
// turns, so that the load of the machine is the same for both.
func (s *suite) measure() (*result, error) {
	if err := s.prepare(); err != nil {
		return nil, err
	}
	plain, err := s.plain()
	if err != nil {
		return nil, err
	}
	checked, err := s.checked()
	if err != nil {
		return nil, err
	}
	r := &result{packages: plain.tested, broken: unexplained(plain, checked), alsoFail: len(plain.failed)}
	for _, rep := range checked.reports {
		r.add(rep)
	}
	for range s.runs {
		p, err := s.plain()
		if err != nil {
			return nil, err
		}
		c, err := s.checked()
		if err != nil {
			return nil, err
		}
		r.plain, r.checked = append(r.plain, p.cost), append(r.checked, c.cost)
	}
	status, err := output(s.dir, "git", "status", "--porcelain", "--ignored")
	r.changed = len(status) > 0
	return r, err
}

// prepare copies the module, completes its go.mod and go.sum, and commits it.
func (s *suite) prepare() error {
	out, err := output(os.TempDir(), "go", "mod", "download", "-json", s.path+"@"+s.version)
	if err != nil {
		return err
	}
	var info struct{ Dir string }
	if err := json.Unmarshal(out, &info); err != nil {
		return err
	}
	if err := os.CopyFS(s.dir, os.DirFS(info.Dir)); err != nil {
		return err
	}
	for _, c := range [][]string{
		{"chmod", "-R", "u+w", "."},
		{"go", "test", "-mod=mod", "-count=1", "-run=^$", "./..."},
		{"git", "init", "-q"}, {"git", "add", "-A", "-f"},
		{"git", "-c", "user.name=openmodules", "-c", "user.email=openmodules@localhost", "commit", "-q", "-m",
			"as downloaded"},
	} {
		if _, err := output(s.dir, c[0], c[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// outcome is what one run of the tests came to.
type outcome struct {
	cost    cost
	tested  int             // packages
	failed  map[string]bool // "package Test"; "package " for a package without a test that failed
	reports []*report.Report
}

func (s *suite) plain() (*outcome, error) { return s.test("go") }

// checked is plain with leak checks. The reports are read from the folder that
// the checks put them into.
func (s *suite) checked() (*outcome, error) {
	dir, err := os.MkdirTemp("", "openmodules-reports-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	o, err := s.test(s.command, "LEAKCHECK_REPORT="+dir)
	if err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "*", "report.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		r, err := report.Decode(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		o.reports = append(o.reports, r)
	}
	return o, nil
}

func (s *suite) test(command string, env ...string) (*outcome, error) {
	args := slices.Concat([]string{"test", "-json", "-count=1", "-timeout=10m"}, s.flags, []string{"./..."})
	cmd := exec.Command(command, args...)
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), env...)
	start := time.Now()
	out, err := cmd.Output()
	took := time.Since(start)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		if exit.ExitCode() != 1 {
			return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
		}
	} else if err != nil {
		return nil, err
	}
	o := readEvents(out)
	o.cost = cost{took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	return o, nil
}

// readEvents reads what go test -json prints (go doc test2json).
func readEvents(out []byte) *outcome {
	o := &outcome{failed: map[string]bool{}}
	_ = gotest.Read(bytes.NewReader(out), func(e *gotest.Event) { // of bytes
		switch {
		case e.Test != "" && e.Action == "fail":
			o.failed[e.Package+" "+e.Test] = true
		case e.Test == "" && (e.Action == "pass" || e.Action == "fail"):
			o.tested++
			if e.Action == "fail" && !o.anyFailed(e.Package) {
				o.failed[e.Package+" "] = true
			}
		}
	})
	return o
}

func (o *outcome) anyFailed(pkg string) bool {
	for name := range o.failed {
		if strings.HasPrefix(name, pkg+" ") {
			return true
		}
	}
	return false
}

// unexplained returns the tests that fail with checks alone though neither they
// nor a subtest of theirs has a report.
func unexplained(plain, checked *outcome) []string {
	leaky := map[string]bool{}
	for _, r := range checked.reports {
		leaky[r.Package+" "] = true
		for test := r.Subject; test != ""; {
			leaky[r.Package+" "+test] = true
			test = test[:max(strings.LastIndexByte(test, '/'), 0)]
		}
	}
	var names []string
	for name := range checked.failed {
		if !plain.failed[name] && !leaky[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
