// Package hung finds tests that can never end.
package hung

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const (
	// looksPerQuiet is how often the counters are read in that time.
	looksPerQuiet = 4
	// firstReading is the part of that time after which the counters are read
	// first: by then the first test runs, and nothing may begin any more.
	firstReading = 20
	// readings is how many of them in a row have to show that something runs. The
	// time between them doubles from a millisecond: 63 ms together.
	readings = 7
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

// Watchdog looks for tests that can never end. Such a test never reaches its
// own check, and without a watchdog it waits for the alarm of -timeout, ten
// minutes by default, and then shows every stack there is.
//
// It acts on a proof: a test's own goroutine that the runtime's garbage
// collector has found to be unreachable for everything that could wake it. So
// it may look early and needs no knowledge of what a test is waiting for; a
// test that waits for input, a timer, a child process or a person is never
// proven. Where the runtime offers no proof, the heap has to say the same
// twice, some time apart. Where that cannot be read either, only the alarm is
// left to the watchdog: then it prints the same report just before.
//
// Between two looks it is a timer and no goroutine: tests that count goroutines
// see none of it.
type Watchdog struct {
	World World
	// how long nothing may have run before tests are looked at
	Quiet time.Duration
	// when -timeout ends the process; zero for never
	Alarm time.Time
	// The runtime is not asked for a proof: the heap has to say the same twice.
	Twice  bool
	Ignore func(*stackparse.Goroutine) bool // no leak
	// Settled reports whether an earlier check has reported a goroutine or left it out;
	// nil for none.
	Settled func(id int64) bool
	Print   Printer
	End     func() // ends the process; the watchdog is done when it returns

	mu      sync.Mutex // held while it looks
	timer   *time.Timer
	stopped bool

	ticks   uint64        // goroutines that the timer has started
	created uint64        // the runtime's counter at the last reading, without those
	since   time.Time     // nothing has run since, as far as was seen
	asked   time.Time     // the last look began
	looked  time.Time     // and ended
	gap     time.Duration // to the next look
	cost    time.Duration // of the last look
	next    time.Time     // when the timer is to fire
	lag     time.Duration // how much later than that it fired; what is past counts half
	warned  bool          // the report before the alarm is printed
	memory  memory        // what the heap says, where there is no proof
}

// World is what a watchdog needs of the runtime; tests play it.
type World interface {
	settle.World
	Idle() bool     // nothing but the caller runs now
	Debugged() bool // a debugger is attached
}

// Live is the world of this process.
type Live struct{ settle.Live }

// Heap implements [settle.Remembering].
func (l Live) Heap(since time.Time) (settle.Heap, error) {
	// A garbage collection records how long a goroutine has waited since the
	// previous collection. The first collection of a process, possibly the one for
	// the dump, has no previous one to compare with.
	if !heap.Off() {
		runtime.GC()
	}
	return l.Live.Heap(since)
}

// Idle implements [World].
func (Live) Idle() bool { return capture.Idle() }

// Debugged implements [World].
func (Live) Debugged() bool { return debugged() }

// Printer gets a report and the dump that it is from. failed are the names of the
// tests that hang.
type Printer func(r *report.Report, failed []string, dump []stackparse.Goroutine)

// Watch starts a watchdog of this process, whose tests begin now, and returns nil where
// it could do nothing. ignore, show and end are as in [Watchdog].
func Watch(cfg *engine.Config, ignore func(*stackparse.Goroutine) bool, show Printer, end func()) *Watchdog {
	alarm := testbin.Alarm(time.Now())
	noProof := cfg.NoProof || !capture.CanProve()
	// Without an alarm, a proof and the heap there would be nothing to say at any time.
	if cfg.Watchdog == 0 || alarm.IsZero() && noProof && heap.Off() {
		return nil
	}
	w := &Watchdog{
		World: Live{}, Quiet: cfg.Watchdog, Alarm: alarm, Twice: noProof, Settled: engine.Settled,
		Ignore: ignore, Print: show, End: end,
	}
	w.Start()
	return w
}

// Start begins to watch.
func (w *Watchdog) Start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since, w.looked, w.gap = time.Now(), time.Now(), w.rest()
	pause := min(w.pause(w.since), max(w.Quiet/firstReading, time.Millisecond))
	w.next = w.since.Add(pause)
	w.timer = time.AfterFunc(pause, w.tick)
}

// Stop ends the watch. It waits for a look that is under way.
func (w *Watchdog) Stop() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	// A tick that has begun waits for the lock and then sees stopped; one that looks holds
	// it, and has this call wait.
	w.timer.Stop()
}

// tick is called in a goroutine of its own each time the timer fires.
func (w *Watchdog) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	// The goroutine of the timer must not be reported as a leak by a check that runs now.
	defer engine.Watching()()
	// Each firing of the timer creates a goroutine, which due must not take for news.
	w.ticks++
	if w.stopped {
		return
	}
	now := time.Now()
	w.lag = max(now.Sub(w.next), w.lag/2)
	// Before the look: that takes as long as the heap is large, and the alarm does not
	// wait for it.
	if !w.warned && w.warnAt(now) {
		w.warned = true
		w.warn()
	}
	if w.due(now) && !w.late(now) {
		if w.look(now) {
			return
		}
		w.cost = time.Since(now)
	}
	// Reset at the end and not by a ticker: a look that takes longer than the pause must
	// not be followed by another at once.
	now = time.Now()
	pause := w.pause(now)
	w.next = now.Add(pause)
	w.timer.Reset(pause)
}

// rest is how long nothing may have run before tests are looked at. Two questions
// may begin earlier than one: their answer does not come sooner.
func (w *Watchdog) rest() time.Duration {
	if w.Twice {
		return w.Quiet / 2
	}
	return w.Quiet
}

// pause is the time to the next reading of the counters.
func (w *Watchdog) pause(now time.Time) time.Duration {
	pause := w.Quiet / looksPerQuiet
	if left := w.since.Add(w.rest()).Sub(now); left > 0 && left < pause {
		pause = left
	}
	if left := w.asked.Add(agree).Sub(now); w.memory.again && left < pause {
		pause = left // the second dump is all that is missing
	}
	if left := w.Alarm.Add(-w.warning()).Sub(now); !w.Alarm.IsZero() && !w.warned && left < pause {
		pause = left
	}
	return max(pause, time.Millisecond)
}

// due reports whether to look: nothing has run for a while, or what runs all
// the time has kept the watchdog waiting.
func (w *Watchdog) due(now time.Time) bool {
	created := w.World.Counters().Created - w.ticks
	if created != w.created {
		w.gap = w.rest() // something began: what was seen before is old
	}
	// The counter first: it costs 100 ns, and idle up to 63 ms of sleep.
	if created != w.created || !w.idle() {
		w.since = now
	}
	w.created = created
	gap := w.gap
	switch {
	case w.memory.again:
		// The runtime ran because the heap was read; this says nothing about the tests.
		return now.Sub(w.asked) >= agree
	case now.Sub(w.since) < w.rest():
		gap = max(gap, busyQuiets*w.Quiet)
	}
	return now.Sub(w.looked) >= gap
}

// idle reports whether nothing runs. The runtime counts a goroutine as running
// for a moment longer, on a machine that is loaded quite often, so one reading
// is not enough to say that something does.
func (w *Watchdog) idle() bool {
	for i := range readings {
		if w.World.Idle() {
			return true
		}
		if i < readings-1 {
			time.Sleep(time.Millisecond << i)
		}
	}
	return false
}

// look takes a dump and asks for the proof where a test may hang. It reports
// whether one does; then it has ended the process.
func (w *Watchdog) look(now time.Time) bool {
	w.asked = now
	d := w.World.Dump()
	hung := w.hung(d)
	for scan := 0; len(hung) == 0 && !w.Twice && scan < scans && w.mayHang(d) && w.World.Prove(); scan++ {
		// The proof marks goroutines; only a dump taken after it shows which.
		d = w.World.Dump()
		hung = w.hung(d)
	}
	// Reading the heap takes a tenth of a second of processor time or more. The proof
	// decides nearly always, so the heap is asked where a look before found nothing.
	if len(hung) == 0 && (w.Twice || w.gap > w.rest()) && w.mayHang(d) && w.remember(d, now) {
		hung = w.hung(d)
	}
	if len(hung) == 0 {
		w.looked = time.Now()
		// Tests that wait for something slow are looked at less and less often, so that the
		// watchdog takes a small part of the time whatever a look costs.
		w.gap = max(min(2*w.gap, busyQuiets*w.Quiet), lookShare*w.looked.Sub(now))
		return false
	}
	w.Print(w.hungReport(d, hung), names(hung), d.Goroutines)
	// The report is printed first: nothing that the others do can take it away.
	w.awaitOthers()
	w.End()
	return true
}

// hung returns the running tests whose own goroutine is proven leaked, or was
// found unreachable twice.
func (w *Watchdog) hung(d capture.Dump) []owner.Test {
	return slices.DeleteFunc(owner.Running(d.Goroutines), func(t owner.Test) bool { return !w.stuck(t.Goroutine) })
}

// stuck reports whether nothing can wake g any more.
func (w *Watchdog) stuck(g *stackparse.Goroutine) bool { return g.Leaked || w.memory.confirms(g) }

// mayHang reports whether a running test waits for what can be proven never to
// come, and whether the proof may be asked for: a synctest bubble forbids it
// (see capture.Prove) and has a detection of its own.
func (w *Watchdog) mayHang(d capture.Dump) bool {
	// A debugger stops goroutines in the middle of what would wake others, which no proof
	// knows.
	if slices.ContainsFunc(d.Goroutines, func(g stackparse.Goroutine) bool { return g.Bubble != 0 }) ||
		w.World.Debugged() {
		return false
	}
	return slices.ContainsFunc(owner.Running(d.Goroutines), func(t owner.Test) bool {
		return !wait.Moves(t.Goroutine)
	})
}

// others is how long tests that do not hang get to end and be reported, once
// one of those that run with them was found to hang.
const others = 5 * time.Second

// awaitOthers waits for the tests that run while others hang. Those that
// did not begin yet have no claim: they would keep the news back.
func (w *Watchdog) awaitOthers() {
	for end := time.Now().Add(others); time.Now().Before(end); time.Sleep(w.Quiet / looksPerQuiet) {
		d := w.World.Dump()
		if len(w.hung(d)) == len(owner.Running(d.Goroutines)) {
			return
		}
	}
}

// hungReport is about the tests that hang and about what hangs with them.
func (w *Watchdog) hungReport(d capture.Dump, hung []owner.Test) *report.Report {
	in := w.input(d, hung, w.stuck)
	engine.Remember(in.Leaks, w.memory.facts, d.Goroutines)
	in.Kind = report.Hung
	for _, t := range owner.Running(d.Goroutines) {
		if !w.stuck(t.Goroutine) {
			in.Notes = append(in.Notes, "the process ends here; "+t.Name+", which still runs, gets up to "+others.String()+
				" to end")
		}
	}
	return in.Build()
}

// shortest is the least time before the alarm of -timeout at which the report is
// printed. The check of a test ends its own wait a little earlier.
const shortest = 500 * time.Millisecond

// warning is how long before the alarm the report is printed. The report needs a
// look of its own and is written to files, so it begins earlier where looks have
// taken long, with many goroutines, and where timers fire late, on a busy machine.
func (w *Watchdog) warning() time.Duration {
	return min(max(shortest, 4*w.cost, min(20*w.lag, 4*shortest)), 10*shortest)
}

// late reports whether a look that begins now could last beyond the moment of the
// warning, which would then come too late. On a machine that gets busy, a look takes
// several times as long as the one before, and it stops the process meanwhile.
func (w *Watchdog) late(now time.Time) bool {
	return !w.Alarm.IsZero() && !w.warned && w.Alarm.Add(-w.warning()).Sub(now) < max(8*w.cost, 2*shortest)
}

func (w *Watchdog) warnAt(now time.Time) bool {
	return !w.Alarm.IsZero() && !now.Before(w.Alarm.Add(-w.warning()))
}

// warn prints what the running tests wait for before the alarm ends the
// process. Benchmarks and fuzzing run without an alarm.
func (w *Watchdog) warn() {
	d := w.World.Dump()
	// M.Run starts the alarm before tests and stops it before benchmarks (startAlarm and
	// stopAlarm in testing/testing.go), so the time alone does not say that it will ring.
	if !slices.ContainsFunc(d.Goroutines, underAlarm) {
		return
	}
	tests := owner.Running(d.Goroutines)
	if len(tests) == 0 {
		return
	}
	// The proof marks goroutines for the next dump, so another one is taken.
	if !w.Twice && w.mayHang(d) && w.World.Prove() {
		d = w.World.Dump()
		tests = owner.Running(d.Goroutines)
	}
	in := w.input(d, tests, func(*stackparse.Goroutine) bool { return true })
	in.Kind = report.Late
	w.Print(in.Build(), nil, d.Goroutines)
}

// underAlarm reports whether the main goroutine g is at what -timeout bounds.
func underAlarm(g stackparse.Goroutine) bool {
	return slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool {
		return f.Func == "testing.runTests" || f.Func == "testing.runFuzzTests" || f.Func == "testing.runExamples"
	})
}

// input puts the goroutines of tests first and then what else was started
// since and passes with. A note counts the goroutines that an earlier check has
// settled. They may still explain the others, as the holder of a lock does.
func (w *Watchdog) input(d capture.Dump, tests []owner.Test, with func(*stackparse.Goroutine) bool) report.Input {
	leaks := engine.Hanging(d.Goroutines, tests, func(g *stackparse.Goroutine) bool { return !w.Ignore(g) && with(g) })
	// All of them are explained before some are dropped: a goroutine of an earlier test
	// may hold what this one waits for.
	known := engine.Explain(leaks)
	news := slices.DeleteFunc(slices.Clone(leaks), func(l report.Leak) bool {
		return !l.Test && w.Settled != nil && w.Settled(l.Goroutine.ID)
	})
	notes := engine.DumpNotes(d)
	if n := len(leaks) - len(news); n > 0 {
		left := words.Plural(n, "goroutine that an earlier test left is", "goroutines that earlier tests left are")
		notes = append(notes, left+" not repeated here")
	}
	return report.Input{
		Package: testbin.Package(), Subject: words.Enumerate(names(tests)), Leaks: news, Known: known,
		Tree: source.Here(), Notes: notes, Leave: report.ByNone,
	}
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
