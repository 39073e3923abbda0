package hook

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// input is called at the start of each input of a fuzz target in a process that
// runs generated ones: up to a hundred thousand a second. So it counts goroutines
// and looks at them where there are more than before.
func (p *process) input(t, fn any, fuzzing bool) {
	tt, ok := t.(*testing.T)
	if !ok {
		p.target = fn // the fuzz target, before its inputs
	}
	if !ok || !fuzzing {
		return
	}
	p.tests.Start() // what runs the inputs is there by now
	before := runtime.NumGoroutine()
	tt.Cleanup(func() {
		if runtime.NumGoroutine() > before && !tt.Failed() && stays(before) {
			p.checkInput(tt)
		}
	})
}

// passing is what goroutines get to end before they are looked at one by one.
const passing = 20 * time.Millisecond

// stays reports whether there are still more goroutines than before.
func stays(before int) bool {
	for range 100 {
		runtime.Gosched()
		if runtime.NumGoroutine() <= before {
			return false
		}
	}
	// Most need a few microseconds more, on another thread: a millisecond for each
	// of these would be longer than the inputs take.
	pause := 10 * time.Microsecond
	for end := time.Now().Add(passing); time.Now().Before(end); pause = min(2*pause, time.Millisecond) {
		time.Sleep(pause)
		if runtime.NumGoroutine() <= before {
			return false
		}
	}
	return true
}

// checkInput fails t where something outlasts a check of the process. An input
// that fails runs again, in smaller forms: what it left counts once.
func (p *process) checkInput(t *testing.T) {
	found, err := p.tests.EndInput(t.Name())
	if err != nil || found.Report == nil {
		return
	}
	p.cfg.Current = append(p.cfg.Current, found.Leaks)
	p.fail(t, p.target, p.text(found.Report))
	if p.mark != "" { // the last one counts: it is of the smallest input
		_ = os.WriteFile(filepath.Join(p.mark, fuzzName), encode(found.Report), 0o600)
	}
}

// fuzzName is the file for the report on an input that leaks, for the process
// that runs the fuzz target. Go test fuzzes one target at a time.
const fuzzName = "fuzz"

// fuzzed is the report on an input, or nil.
func (p *process) fuzzed() *report.Report {
	if p.mark == "" {
		return nil
	}
	return decode(filepath.Join(p.mark, fuzzName))
}
