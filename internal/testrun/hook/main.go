package hook

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/hung"
	"github.com/leakcheck-go/goroutine/internal/engine/ratchet"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// config is what the options of the command line mean to a check.
func config() *engine.Config {
	c := engine.NewConfig()
	c.Leave, c.ProvenOnly, c.NoProof = report.ByCommand, opts.ProvenOnly, opts.NoProof
	c.RunOnFailure, c.NoAdvice = opts.Failed, true // the command runs tests again to learn more
	if opts.Wait > 0 {
		c.Wait, c.WaitSet = opts.Wait, true
	}
	for _, expr := range opts.Ignore {
		if f, err := filters.Parse(expr); err == nil { // the command has looked
			c.Ignore(f)
		}
	}
	if opts.Baseline != "" {
		c.SetCommandBaseline(opts.Baseline, opts.Update)
	}
	return c
}

const (
	// helperWait bounds what the check of a helper waits: a test waits for it.
	helperWait = time.Second
	// againWait is that of tests that run once more: what they leave was waited for
	// in the first run, and only what that found counts.
	againWait = 100 * time.Millisecond
)

// begin records what is there before the first test, and starts to watch.
func (p *process) begin() {
	p.cfg = config()
	p.cfg.RunOnFailure = p.cfg.RunOnFailure || p.both
	if p.role != root {
		heap.Discard()
	}
	if p.role == helper {
		p.cfg.Wait, p.cfg.WaitSet = helperWait, true
		if existing(filepath.Join(p.mark, againName)) != "" {
			p.cfg.Wait = againWait
		}
	}
	// With -failfast the next test must not start before it is known whether this one failed.
	p.tests = &engine.Unasked{Config: p.cfg, Report: p.report, Together: testbin.Flag("failfast") != "true"}
	if p.role == worker {
		return // see input
	}
	p.tests.Start()
	if p.role == helper {
		return
	}
	show := func(r *report.Report, failed []string, _ []stackparse.Goroutine) {
		_, _ = io.WriteString(stderr, hung.Text(p.text(r), failed))
		p.tell(&frame.Message{Report: encode(r), Failed: p.failing()})
	}
	p.dog = hung.Watch(p.cfg, p.tests.Known, show, func() { os.Exit(1) })
}

// end checks the whole package once its tests are over, and returns the exit
// code.
func (p *process) end(code int) int {
	p.dog.Stop()
	if code == 0 {
		p.ran.Failed = nil // a test ran them with testing.RunTests, to see them fail
	}
	found, looked, err := p.tests.End(code == 0)
	if p.role == helper {
		p.leave(found.Report)
		return code
	}
	if why := p.cfg.Unable(false); why != "" {
		p.print("leakcheck: " + why + "\n")
	}
	if err != nil {
		p.print("leakcheck: " + report.Escape(err.Error()) + "\n")
		code = max(code, 1)
	}
	reports := p.left()
	for _, tests := range p.shared {
		reports = append(reports, p.ended(tests)...)
	}
	if found.Report != nil {
		reports = append([]*report.Report{found.Report}, reports...)
	}
	for _, r := range reports {
		p.print(p.text(r))
		p.hand(r)
		if !opts.Tell {
			code = max(code, 1)
		}
	}
	if r := p.fuzzed(); r != nil { // the message of the failure has it
		p.tell(&frame.Message{Report: encode(r)})
	}
	if !p.endRun(code == 0 && testbin.Whole()) {
		code = max(code, 1)
	}
	p.again()
	p.ran.Package = looked
	p.ran.Known = p.cfg.Baseline.Passed()
	if opts.PerPackage && !looked {
		p.ran.Checked, p.ran.Unchecked = 0, p.ran.Checked
	}
	p.tell(&frame.Message{Tests: &p.ran})
	if p.role == root && p.mark != "" {
		_ = os.RemoveAll(p.mark)
	}
	return code
}

// endRun says what a whole run of all tests tells about the ignores and the
// baseline, which it updates if requested. It returns false where the
// file cannot be written.
func (p *process) endRun(whole bool) bool {
	lines, ok := engine.EndRun(whole)
	for _, line := range lines {
		p.print("leakcheck: " + report.Escape(line) + "\n")
	}
	if len(lines) > 0 {
		p.tell(&frame.Message{Notes: lines})
	}
	_, files := ratchet.Inputs()
	testbin.LogInputs(nil, files)
	return ok
}

func (p *process) print(text string) { _, _ = io.WriteString(stderr, text) }

// text renders a report for people.
func (p *process) text(r *report.Report) string {
	return report.Text{}.String(r) + "\n"
}

// encode is a report for the command.
func encode(r *report.Report) json.RawMessage {
	var b bytes.Buffer
	if err := (report.JSON{}).Write(&b, r); err != nil {
		return nil
	}
	return b.Bytes()
}

// leave leaves the report of a helper to the process that started it. What
// cannot be written is lost: the output is not ours.
func (p *process) leave(r *report.Report) {
	if r == nil || p.mark == "" {
		return
	}
	if dir, ok := syscall.Getenv(childVar); ok && opts.Children {
		_ = os.WriteFile(filepath.Join(dir, strconv.Itoa(os.Getpid())+".json"), encode(r), 0o600)
		return
	}
	file, err := os.CreateTemp(p.mark, "report-*")
	if err != nil {
		return
	}
	_, _ = file.Write(encode(r))
	_ = file.Close()
}

// left are the reports that helpers left.
func (p *process) left() []*report.Report {
	if p.mark == "" {
		return nil
	}
	var all []*report.Report
	for _, name := range p.takeLeft() {
		if r := decode(name); r != nil {
			r.Notes = append(r.Notes, "this was left behind by a process that a test started from the test "+
				"binary")
			all = append(all, r)
		}
	}
	return all
}

// decode reads the report that another process left, or returns nil.
func decode(name string) *report.Report {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	r, err := report.Decode(bytes.NewReader(text))
	if err != nil {
		return nil
	}
	return r
}
