package hook

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// With -exec-children package os has two variables for us: a function that changes
// the environment of what the process starts, and whether a check takes place
// that makes the dump at its end needless. See package inject.
var (
	starting *func(env []string) []string
	tested   *bool
)

const (
	// childVar names the folder in which a process leaves what is there at its end.
	childVar = "LEAKCHECK_CHILD"
	// flagsVar is set by the command: a flag for the go commands that tests start.
	flagsVar = "LEAKCHECK_GOFLAGS"
)

// starts returns the environment of a process that the calling goroutine starts:
// with the folder for the test that does so, and with the flags that have a go
// command link what writes to it.
func (p *process) starts(env []string) []string {
	test, known := p.startsFor()
	env = slices.DeleteFunc(slices.Clone(withFlags(env)), func(v string) bool {
		return strings.HasPrefix(v, childVar+"=") || strings.HasPrefix(v, flagsVar+"=")
	})
	dir := p.childDir(test, known)
	if dir == "" {
		return env
	}
	return append(env, childVar+"="+dir)
}

// withFlags adds our overlay to the GOFLAGS of an environment. One that a test has
// put there stays.
func withFlags(env []string) []string {
	const name = "GOFLAGS="
	overlay, _ := syscall.Getenv(flagsVar) // os.Getenv would note it for the cached result
	own, _ := syscall.Getenv("GOFLAGS")
	flags := ""
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, name); ok {
			flags = value
		}
	}
	if overlay == "" || strings.Contains(flags, "-overlay") && flags != own {
		return env
	}
	all := slices.DeleteFunc(strings.Fields(flags), func(f string) bool { return strings.Contains(f, "-overlay") })
	env = slices.DeleteFunc(slices.Clone(env), func(v string) bool { return strings.HasPrefix(v, name) })
	return append(env, name+strings.Join(append(all, overlay), " "))
}

// startsFor returns the test at the top that the calling goroutine works for. It is
// not known where no label says so and several tests run: then it names them.
func (p *process) startsFor() (test string, known bool) {
	if label := capture.SelfTest(); label != "" {
		test, _, _ = strings.Cut(label, "/")
		return test, true
	}
	var running []string
	p.functions.Range(func(t, _ any) bool {
		running = append(running, t.(checked).Name())
		return true
	})
	if len(running) == 1 {
		return running[0], true
	}
	slices.Sort(running)
	return "one of " + words.Enumerate(running), false
}

// childDir is the folder for the processes that a test starts.
func (p *process) childDir(test string, known bool) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if dir, ok := p.childDirs[test]; ok {
		return dir
	}
	dir := filepath.Join(p.mark, "child-"+strconv.Itoa(len(p.childDirs)))
	if os.Mkdir(dir, 0o700) != nil {
		return ""
	}
	if p.childDirs == nil {
		p.childDirs = map[string]string{}
	}
	p.childDirs[test] = dir
	if !known {
		p.shared = append(p.shared, test)
	}
	return dir
}

// children reports, as the last cleanup of a test at the top, what the processes
// left that it started.
func (p *process) children(t checked, fn any) {
	for _, r := range p.ended(t.Name()) {
		p.found(t, fn, p.text(r))
		p.tell(&frame.Message{Report: encode(r)})
	}
}

// ended returns the reports on the processes that test started, and counts those
// that did not come to their end.
func (p *process) ended(test string) []*report.Report {
	p.mu.Lock()
	defer p.mu.Unlock()
	dir := p.childDirs[test]
	if dir == "" {
		return nil
	}
	delete(p.childDirs, test)
	defer os.RemoveAll(dir)
	began, _ := filepath.Glob(filepath.Join(dir, "*.began")) // the pattern is good
	var all []*report.Report
	for _, name := range began {
		name = strings.TrimSuffix(name, ".began")
		if _, err := os.Lstat(name + ".ended"); err != nil {
			p.ran.Silent++
		}
		for _, r := range []*report.Report{dumped(p.cfg, test, name+".dump"), decode(name + ".json")} {
			if r != nil {
				all = append(all, r)
			}
		}
	}
	return all
}

// dumped returns the report on the dump that a process left, or nil.
func dumped(cfg *engine.Config, test, name string) *report.Report {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	program, dump, _ := bytes.Cut(text, []byte("\n"))
	gs, _ := stackparse.Parse(dump) // what it cannot read is not judged
	subject := fmt.Sprintf("main of %s, which %s started", filepath.Base(string(program)), test)
	return engine.ExitOf(cfg, subject, owner.Finding{Test: test, Evidence: inChild(string(program), test)}, gs).Report
}

// inChild says where a goroutine was.
func inChild(program, test string) string {
	return fmt.Sprintf("in a child process: %s (started by %s)", filepath.Base(program), test)
}
