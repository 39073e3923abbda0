package hook

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
)

// A goroutine shows which line started it, and not which line of the tests called
// that code, of a library or of the module. The runtime remembers it where GODEBUG
// asks for it, but every go statement pays for it then, and every stack shows it to
// the tests. So tests that left such goroutines run once more, in a process of their
// own, when all tests are over. So do examples, which have no check of their own,
// where it is not known who started such a goroutine. The process is a helper to
// findRole, and leaves its findings as one.

// ancestry has the runtime remember who called whom. It counts at the start of a
// process alone.
const ancestry = "tracebackancestors=10"

const (
	// againAtLeast is the time that tests may have taken to run once more, however
	// soon all of them ended, and againAtMost however late. The go command kills a
	// process a minute after -timeout.
	againAtLeast = 2 * time.Second
	againAtMost  = 20 * time.Second
	// againShare is the part of all the time that they may have taken.
	againShare = 4
)

// againName is the name of a file in the folder of the findings of helpers. It tells
// that the tests run once more.
const againName = "again"

// strangers are the top-level tests that left goroutines behind without a known
// line of a test. A goroutine without a test may belong to any example.
func strangers(r *report.Report, examples []string) []string {
	var tests []string
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Started.Func == "" || len(f.Example.Ancestors) > 0 || namesTest(f) {
			continue
		}
		if test, _, _ := strings.Cut(f.Test, "/"); test != "" {
			tests = append(tests, test)
		} else {
			tests = append(tests, examples...)
		}
	}
	slices.Sort(tests)
	return slices.Compact(tests)
}

// namesTest reports whether a line of the finding is in a file of tests.
func namesTest(f *report.Finding) bool {
	inTest := func(s report.Site) bool { return strings.HasSuffix(s.File, "_test.go") }
	return inTest(f.Started) || slices.ContainsFunc(f.Stack, inTest)
}

// hand hands a report to the command.
func (p *process) hand(r *report.Report) {
	p.mu.Lock()
	for _, test := range strangers(r, p.examples) {
		if !slices.Contains(p.strange, test) {
			p.strange = append(p.strange, test)
		}
	}
	p.mu.Unlock()
	p.tell(&frame.Message{Report: encode(r)})
}

// again runs the tests once more whose findings name no line of a test, and hands what
// they leave to the command. If that goes wrong, the report does without the line. A run
// for the dump of the heap (see findWays) follows one that has done this.
func (p *process) again() {
	if !opts.Calls || p.role != root || p.mark == "" || testbin.Measures() ||
		testbin.Flag("fuzz") != "" || heap.Keeps() {
		return
	}
	tests, took := affordable(p.strange, p.took, time.Since(p.began))
	if len(tests) == 0 || !p.rerun(tests, 2*took+againAtLeast) {
		return
	}
	for _, name := range p.takeLeft() {
		if text, err := os.ReadFile(name); err == nil && json.Valid(text) {
			p.tell(&frame.Message{Again: text})
		}
	}
}

// affordable are those of tests that may run once more after a run of that
// length, and how long they took. The quickest come first.
func affordable(tests []string, took map[string]time.Duration, run time.Duration) (some []string, sum time.Duration) {
	bound := min(max(againAtLeast, run/againShare), againAtMost)
	tests = slices.Clone(tests)
	slices.SortStableFunc(tests, func(a, b string) int { return int(took[a] - took[b]) })
	for _, test := range tests {
		if sum+took[test] > bound {
			break
		}
		sum += took[test]
		some = append(some, test)
	}
	return some, sum
}

// rerun runs tests in a process of their own, and kills it when limit has passed.
// It reports whether the process came to its end.
func (p *process) rerun(tests []string, limit time.Duration) bool {
	if os.WriteFile(filepath.Join(p.mark, againName), nil, 0o600) != nil {
		return false
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer null.Close()
	child, err := os.StartProcess(p.exe, append([]string{p.exe}, againArgs(p.args, tests)...), &os.ProcAttr{
		Dir: p.dir, Env: remembering(syscall.Environ()), Files: []*os.File{null, null, null},
	})
	if err != nil {
		return false
	}
	alarm := time.AfterFunc(limit, func() { _ = child.Kill() })
	defer alarm.Stop()
	state, err := child.Wait()
	return err == nil && state.Exited()
}

// remembering is an environment in which the runtime remembers who called whom.
func remembering(env []string) []string {
	const name = "GODEBUG="
	setting := name + ancestry
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, name); ok && value != "" {
			setting = name + value + "," + ancestry
		}
	}
	env = slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, name) })
	return append(env, setting)
}

// notAgain are the flags of package testing that say which tests run, how often,
// and where their results and profiles go.
var notAgain = []string{
	"run", "skip", "v", "count", "cpu", "shuffle", "fullpath", "testlogfile", "outputdir", "artifacts",
	"coverprofile", "gocoverdir", "cpuprofile", "memprofile", "blockprofile", "mutexprofile", "trace",
}

// againArgs are the arguments args of this process, except for tests to run once.
func againArgs(args, tests []string) []string {
	quoted := make([]string, len(tests))
	for i, test := range tests {
		quoted[i] = regexp.QuoteMeta(test)
	}
	again := []string{"-test.run=^(" + strings.Join(quoted, "|") + ")$"}
	for i, arg := range args {
		flagged, ok := strings.CutPrefix(strings.TrimPrefix(arg, "-"), "-test.")
		if !ok {
			flagged, ok = strings.CutPrefix(arg, "-test.")
		}
		if !ok { // the user's, which are no flags of package testing
			return append(again, args[i:]...)
		}
		if name, _, _ := strings.Cut(flagged, "="); !slices.Contains(notAgain, name) {
			again = append(again, arg)
		}
	}
	return again
}

// takeLeft are the files that helpers have left since it was last asked.
func (p *process) takeLeft() []string {
	names, _ := filepath.Glob(filepath.Join(p.mark, "report-*")) // the pattern is good
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(p.taken, name) })
	p.taken = append(p.taken, names...)
	return names
}
