package leakcheck

import (
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const (
	// defaultQuiet is how long nothing may have run before tests are looked at.
	defaultQuiet = 2 * time.Second
	// looksPerQuiet is how often the counters are read in that time.
	looksPerQuiet = 4
	// busyQuiets bounds, in times of quiet, the time between two looks: of a
	// process that never rests, and after looks that found nothing.
	busyQuiets = 5
	// lookShare bounds what looks cost, however many goroutines there are and
	// however large the heap is: a fiftieth of the time.
	lookShare = 50
	// scans bounds how often the proof is asked for in one look: one garbage
	// collection often misses a small object such as a bare sync.Mutex, which
	// shares its memory with others.
	scans = 3
)

// watchdog looks for tests that can never end. Such a test never reaches its
// own check, and without a watchdog it waits for the alarm of -timeout, ten
// minutes by default, and then shows every stack there is.
//
// It acts on a proof alone: a test's own goroutine that the runtime's garbage
// collector has found to be unreachable for everything that could wake it. So
// it may look early and needs no knowledge of what a test is waiting for; a
// test that waits for input, a timer, a child process or a person is never
// proven. Where the runtime offers no proof, only the alarm is left to it:
// then it prints the same report just before.
type watchdog struct {
	world  watched
	quiet  time.Duration
	alarm  time.Time // when -timeout ends the process; zero for never
	ignore func(*stackparse.Goroutine) bool
	print  func(r *report.Report, failed []string, dump []stackparse.Goroutine) // failed are the names of the tests that hang
	end    func()                                                               // ends the process; the watchdog is done when it returns

	created uint64        // the runtime's counter at the last reading
	since   time.Time     // nothing has run since, as far as was seen
	looked  time.Time     // the last look
	gap     time.Duration // to the next look
	warned  bool          // the report before the alarm is printed
}

// watched is what a watchdog needs of the runtime; tests play it.
type watched interface {
	world
	idle() bool     // nothing but the caller runs now
	debugged() bool // a debugger is attached
}

func (live) idle() bool     { return capture.Idle() }
func (live) debugged() bool { return debugged() }

// run watches until stop is closed or a test was found to hang.
func (w *watchdog) run(stop <-chan struct{}) {
	w.since, w.looked, w.gap = time.Now(), time.Now(), w.quiet
	timer := time.NewTimer(w.pause(w.since))
	defer timer.Stop()
	for {
		select {
		case <-stop:
			return
		case <-timer.C:
		}
		now := time.Now()
		if !w.warned && w.warnAt(now) {
			w.warned = true
			w.warn()
		}
		if w.due(now) && w.look(now) {
			return
		}
		timer.Reset(w.pause(time.Now()))
	}
}

// pause is the time to the next reading of the counters.
func (w *watchdog) pause(now time.Time) time.Duration {
	pause := w.quiet / looksPerQuiet
	if left := w.alarm.Add(-warning).Sub(now); !w.alarm.IsZero() && !w.warned && left < pause {
		pause = left
	}
	return max(pause, time.Millisecond)
}

// due reports whether to look: nothing has run for a while, or what runs all
// the time has kept the watchdog waiting.
func (w *watchdog) due(now time.Time) bool {
	created := w.world.counters().Created
	if created != w.created {
		w.gap = w.quiet // something began: what was seen before is old
	}
	if created != w.created || !w.world.idle() {
		w.since = now
	}
	w.created = created
	gap := w.gap
	if now.Sub(w.since) < w.quiet {
		gap = max(gap, busyQuiets*w.quiet)
	}
	return now.Sub(w.looked) >= gap
}

// look takes a dump and asks for the proof where a test may hang. It reports
// whether one does; then it has ended the process.
func (w *watchdog) look(now time.Time) bool {
	d := w.world.dump()
	hung := proven(d)
	for scan := 0; len(hung) == 0 && scan < scans && w.mayHang(d) && w.world.prove(); scan++ {
		d = w.world.dump()
		hung = proven(d)
	}
	if len(hung) == 0 {
		w.looked = time.Now()
		w.gap = max(min(2*w.gap, busyQuiets*w.quiet), lookShare*w.looked.Sub(now))
		return false
	}
	w.print(w.hungReport(d, hung), names(hung), d.Goroutines)
	w.awaitOthers()
	w.end()
	return true
}

// proven returns the running tests whose own goroutine is proven leaked.
func proven(d capture.Dump) []owner.Test {
	return slices.DeleteFunc(owner.Running(d.Goroutines), func(t owner.Test) bool { return !t.Goroutine.Leaked })
}

// mayHang reports whether a running test waits for what can be proven never to
// come, and whether the proof may be asked for: a synctest bubble forbids it
// (see capture.Prove) and has a detection of its own.
func (w *watchdog) mayHang(d capture.Dump) bool {
	if slices.ContainsFunc(d.Goroutines, func(g stackparse.Goroutine) bool { return g.Bubble != 0 }) || w.world.debugged() {
		return false
	}
	return slices.ContainsFunc(owner.Running(d.Goroutines), func(t owner.Test) bool {
		return !moving(t.Goroutine)
	})
}

// others is how long tests that do not hang get to end and be reported, once
// one beside them was found to hang.
const others = 5 * time.Second

// awaitOthers waits for the tests that run beside those that hang. Those that
// did not begin yet have no claim: they would keep the news back.
func (w *watchdog) awaitOthers() {
	for end := time.Now().Add(others); time.Now().Before(end); time.Sleep(w.quiet / looksPerQuiet) {
		d := w.world.dump()
		if len(proven(d)) == len(owner.Running(d.Goroutines)) {
			return
		}
	}
}

// hungReport is about the tests that hang and about what hangs with them.
func (w *watchdog) hungReport(d capture.Dump, hung []owner.Test) *report.Report {
	r := w.report(d, hung, func(g *stackparse.Goroutine) bool { return g.Leaked })
	r.Kind = report.Hung
	for _, t := range owner.Running(d.Goroutines) {
		if !t.Goroutine.Leaked {
			r.Notes = append(r.Notes, "the process ends here; "+t.Name+", which runs beside, gets up to "+others.String()+" to end")
		}
	}
	return r
}

// warning is how long before the alarm of -timeout the report is printed. The
// check of a test ends its own wait a little earlier.
const warning = 500 * time.Millisecond

func (w *watchdog) warnAt(now time.Time) bool {
	return !w.alarm.IsZero() && !now.Before(w.alarm.Add(-warning))
}

// warn prints what the running tests wait for before the alarm ends the
// process. Benchmarks and fuzzing run without an alarm.
func (w *watchdog) warn() {
	d := w.world.dump()
	if !slices.ContainsFunc(d.Goroutines, underAlarm) {
		return
	}
	tests := owner.Running(d.Goroutines)
	if len(tests) == 0 {
		return
	}
	if w.mayHang(d) && w.world.prove() {
		d = w.world.dump()
		tests = owner.Running(d.Goroutines)
	}
	r := w.report(d, tests, func(*stackparse.Goroutine) bool { return true })
	r.Kind = report.Late
	w.print(r, nil, d.Goroutines)
}

// underAlarm reports whether the main goroutine g is at what -timeout bounds.
func underAlarm(g stackparse.Goroutine) bool {
	return slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool {
		return f.Func == "testing.runTests" || f.Func == "testing.runFuzzTests" || f.Func == "testing.runExamples"
	})
}

// report puts the goroutines of tests first and then what else was started
// since and passes with.
func (w *watchdog) report(d capture.Dump, tests []owner.Test, with func(*stackparse.Goroutine) bool) *report.Report {
	var leaks []report.Leak
	own := idSet{}
	for _, t := range tests {
		own[t.Goroutine.ID] = true
		leaks = append(leaks, report.Leak{Goroutine: *t.Goroutine,
			Owner: owner.Finding{Verdict: owner.Mine, Test: t.Name, Evidence: "the test's own goroutine"}})
	}
	judge := owner.NewJudge("", 0, d.Goroutines)
	for i := range d.Goroutines {
		if g := &d.Goroutines[i]; !own[g.ID] && !w.ignore(g) && with(g) {
			leaks = append(leaks, report.Leak{Goroutine: *g, Owner: judge.Of(g, true), Rank: 1})
		}
	}
	r := build(enumerate(names(tests)), leaks)
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Ignore = "" // nothing to leave out: the process ends
		if f.Rank < 2 {
			f.Started = report.Site{} // by package testing
		}
	}
	r.Notes = dumpNotes(d)
	return r
}

// names are the names of tests, each once.
func names(tests []owner.Test) []string {
	var names []string
	for _, t := range tests {
		if !slices.Contains(names, t.Name) {
			names = append(names, t.Name)
		}
	}
	return names
}

// enumerate joins names as in a sentence.
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
