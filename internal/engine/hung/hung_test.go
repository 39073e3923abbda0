package hung

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/settle/settletest"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// kennel is a world for a watchdog that follows a script.
type kennel struct {
	settletest.Stage
	busy     bool
	nervous  int // only one of as many readings shows that nothing runs
	asked    int
	attached bool
	births   time.Duration // a goroutine is created each time this passes
	reads    uint64        // of the counters: one each time the timer fires
}

func (k *kennel) Idle() bool {
	k.asked++
	return !k.busy && (k.nervous == 0 || k.asked%k.nervous == 0)
}
func (k *kennel) Debugged() bool { return k.attached }

// Counters counts the goroutine in which the watchdog asks, as the runtime does.
func (k *kennel) Counters() capture.Counters {
	c := k.Stage.Counters()
	k.reads++
	c.Created += k.reads
	if k.births > 0 {
		c.Created += uint64(time.Since(k.Start) / k.births)
	}
	return c
}

// testIn is the goroutine of a test whose innermost calls are fns.
func testIn(id int64, state string, fns ...string) stackparse.Goroutine {
	g := stackparse.Goroutine{ID: id, State: state, Creator: &stackparse.Creator{Func: "testing.(*T).Run", Goroutine: 1}}
	for _, fn := range append(fns, "testing.tRunner") {
		file := "/shop/shop_test.go"
		if pkg, _, _ := strings.Cut(fn, "."); pkg != "shop" {
			file = source.Here().GoRoot + pkg + "/" + pkg + ".go"
		}
		g.Frames = append(g.Frames, stackparse.Frame{Func: fn, File: file, Line: 7})
	}
	return g
}

// alarmed is the main goroutine of a test binary while its tests run.
var alarmed = stackparse.Goroutine{ID: 1, State: "chan receive", Frames: []stackparse.Frame{
	{Func: "testing.(*T).Run"}, {Func: "testing.runTests"}, {Func: "main.main"}}}

func TestWatchdog(t *testing.T) {
	t.Parallel()
	stuck := testIn(5, "chan receive", "shop.TestStuck")
	for _, row := range []struct {
		name, reason string
		world        kennel
		tests        []stackparse.Goroutine
		alarm        time.Duration
		hung         []string      // the tests reported to hang
		at           time.Duration // when, at most
		late         string        // the test reported before the alarm
		maxProofs    int
		maxDumps     int
	}{{
		name: "stuck", reason: "the first look after two seconds of rest proves it",
		world: kennel{Stage: settletest.Stage{Proven: true}}, tests: []stackparse.Goroutine{stuck},
		hung: []string{"TestStuck"}, at: 3 * time.Second, maxProofs: 1, maxDumps: 3,
	}, {
		name: "small mutex", reason: "one scan often misses a small object, so one look asks several times",
		world: kennel{Stage: settletest.Stage{Proven: true, Needs: 3}}, tests: []stackparse.Goroutine{testIn(5, "sync.Mutex.Lock", "shop.TestStuck")},
		hung: []string{"TestStuck"}, at: 3 * time.Second, maxProofs: 3, maxDumps: 5,
	}, {
		name: "later", reason: "a look that found nothing is not the last",
		world: kennel{Stage: settletest.Stage{Proven: true, Needs: 5}}, tests: []stackparse.Goroutine{stuck},
		hung: []string{"TestStuck"}, at: 7 * time.Second, maxProofs: 5, maxDumps: 8,
	}, {
		name: "others busy", reason: "what runs forever must not delay the proof forever",
		world: kennel{Stage: settletest.Stage{Proven: true}, busy: true}, tests: []stackparse.Goroutine{stuck},
		hung: []string{"TestStuck"}, at: 11 * time.Second, maxProofs: 1, maxDumps: 3,
	}, {
		name: "wrong readings", reason: "nothing runs, though most readings of the runtime's counters say so",
		world: kennel{Stage: settletest.Stage{Proven: true}, nervous: 3}, tests: []stackparse.Goroutine{stuck},
		hung: []string{"TestStuck"}, at: 3 * time.Second, maxProofs: 1, maxDumps: 3,
	}, {
		name: "others born", reason: "neither must goroutines that come and go",
		world: kennel{Stage: settletest.Stage{Proven: true}, births: time.Second}, tests: []stackparse.Goroutine{stuck},
		hung: []string{"TestStuck"}, at: 11 * time.Second, maxProofs: 1, maxDumps: 3,
	}, {
		name: "no proof", reason: "no proof, no kill; and one refusal is answer enough for a look",
		world: kennel{}, tests: []stackparse.Goroutine{stuck}, maxProofs: 20, maxDumps: 20,
	}, {
		name: "sleeps", reason: "what cannot be proven is not put to the runtime",
		world: kennel{Stage: settletest.Stage{Proven: true}}, tests: []stackparse.Goroutine{testIn(5, "sleep", "time.Sleep", "shop.TestSlow")},
		maxDumps: 20,
	}, {
		name: "input", reason: "a wait for input is no proof either",
		world: kennel{Stage: settletest.Stage{Proven: true}}, tests: []stackparse.Goroutine{testIn(5, "IO wait", "net.(*conn).Read", "shop.TestSlow")},
		maxDumps: 20,
	}, {
		name: "debugger", reason: "a person who debugs a deadlock must not lose the process",
		world: kennel{Stage: settletest.Stage{Proven: true}, attached: true}, tests: []stackparse.Goroutine{stuck}, maxDumps: 20,
	}, {
		name: "bubble", reason: "a proof can hang a bubble that is there",
		world: kennel{Stage: settletest.Stage{Proven: true}}, tests: []stackparse.Goroutine{stuck, {ID: 9, State: "select", Bubble: 1}}, maxDumps: 20,
	}, {
		name: "waits for a subtest", reason: "a test that waits for another is not the one that hangs",
		world: kennel{Stage: settletest.Stage{Proven: true}}, tests: []stackparse.Goroutine{testIn(4, "chan receive", "testing.(*T).Run", "shop.TestOuter"), stuck},
		hung: []string{"TestStuck"}, at: 3 * time.Second, maxProofs: 1, maxDumps: 3,
	}, {
		name: "waits for its turn", reason: "a parallel test that has not begun cannot hang",
		world: kennel{Stage: settletest.Stage{Proven: true}}, tests: []stackparse.Goroutine{testIn(4, "chan receive", "testing.(*T).Parallel", "shop.TestLater")},
		maxDumps: 20,
	}, {
		name: "alarm", reason: "before the alarm the report comes without a proof as well",
		world: kennel{}, tests: []stackparse.Goroutine{alarmed, stuck}, alarm: 20 * time.Second,
		late: "TestStuck did not end", maxProofs: 20, maxDumps: 20,
	}, {
		name: "benchmark", reason: "benchmarks have no alarm",
		world: kennel{}, tests: []stackparse.Goroutine{testIn(5, "chan receive", "shop.BenchmarkSlow", "testing.(*B).runN")}, alarm: 20 * time.Second,
		maxProofs: 20, maxDumps: 20,
	}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			k := row.world
			k.Script = func(time.Duration) []stackparse.Goroutine { return append([]stackparse.Goroutine(nil), row.tests...) }
			hung, late, took := guard(t, &k, row.alarm)
			assert.Equal(t, row.hung, hung, row.reason)
			if row.hung != nil {
				assert.LessOrEqual(t, took, row.at, row.reason)
			}
			if row.late == "" {
				assert.Empty(t, late, row.reason)
			} else {
				assert.Contains(t, late, row.late, row.reason)
			}
			assert.LessOrEqual(t, k.Proofs, row.maxProofs, "garbage collections")
			assert.LessOrEqual(t, k.Dumps, row.maxDumps, "stops of the world")
		})
	}
}

// guard runs a watchdog over k for a minute of a bubble's time. It returns the
// tests that were reported to hang, what was printed besides, and when the
// process would have ended.
func guard(t *testing.T, k *kennel, alarm time.Duration) (hung []string, late string, took time.Duration) {
	t.Helper()
	return guardWorld(t, k, k, alarm)
}

// guardWorld is guard for a world made of k.
func guardWorld(t *testing.T, world World, k *kennel, alarm time.Duration) (hung []string, late string, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k.Start = time.Now()
		w := &Watchdog{World: world, Quiet: engine.DefaultWatchdog, Ignore: engine.OwnOrKnown}
		_, remembers := world.(settle.Remembering)
		w.Twice = remembers && !k.Proven
		if alarm > 0 {
			w.Alarm = k.Start.Add(alarm)
		}
		w.Print = func(r *report.Report, failed []string, _ []stackparse.Goroutine) {
			if hung = append(hung, failed...); len(failed) == 0 {
				late += report.Text{}.String(r)
				assert.Equal(t, alarm-shortest, time.Since(k.Start), "just before the alarm")
			}
		}
		ended := false
		w.End = func() {
			ended, took = true, time.Since(k.Start)
			assert.NotEmpty(t, hung, "it says why before it ends the process")
		}
		w.Start()
		time.Sleep(time.Minute)
		w.Stop()
		assert.Equal(t, hung != nil, ended)
	})
	return hung, late, took
}

// Tests that do not hang have a little time to end while one does, so
// that their results are not lost; but not forever.
func TestWatchdogLetsOthersEnd(t *testing.T) {
	t.Parallel()
	stuck, slow := testIn(5, "chan receive", "shop.TestStuck"), testIn(6, "sleep", "time.Sleep", "shop.TestSlow")
	for ends, want := range map[time.Duration]time.Duration{3 * time.Second: 3 * time.Second, time.Hour: 2*time.Second + others} {
		k := &kennel{Stage: settletest.Stage{Proven: true}}
		k.Script = func(elapsed time.Duration) []stackparse.Goroutine {
			if elapsed < ends {
				return []stackparse.Goroutine{stuck, slow}
			}
			return []stackparse.Goroutine{stuck}
		}
		hung, _, took := guard(t, k, 0)
		require.Equal(t, []string{"TestStuck"}, hung)
		assert.InDelta(t, want, took, float64(time.Second), "TestSlow ends after %v", ends)
	}
}

// The report on a hung test has the test first, then what is stuck with it.
func TestWatchdogReport(t *testing.T) {
	t.Parallel()
	w := &Watchdog{Ignore: engine.OwnOrKnown}
	stuck, with, healthy := testIn(5, "sync.WaitGroup.Wait", "sync.runtime_SemacquireWaitGroup", "sync.(*WaitGroup).Wait", "shop.TestStuck"), settletest.Parked(8, "chan send"), settletest.Parked(9, "sleep")
	stuck.Leaked, with.Leaked = true, true
	slow := testIn(6, "sleep", "shop.TestSlow")
	d := capture.Dump{Goroutines: []stackparse.Goroutine{healthy, with, slow, stuck}}
	r := w.hungReport(d, w.hung(d))
	require.Len(t, r.Findings, 2, "what is not stuck is left out")
	assert.Equal(t, "wg-wait", r.Findings[0].Cause.ID, "the test comes first")
	assert.Equal(t, "chan-send", r.Findings[1].Cause.ID)
	text := report.Text{}.String(r)
	assert.Contains(t, text, "leakcheck: TestStuck ")
	assert.Regexp(t, `note: .*TestSlow, `, text)
	assert.NotContains(t, text, "ignore", "there is nothing to ignore")
	assert.NotContains(t, text, "testing.(*T).Run")
}

// What has failed an earlier test is no news, though it may be what the test waits for.
func TestWatchdogRepeatsNothing(t *testing.T) {
	t.Parallel()
	stuck := testIn(5, "sync.WaitGroup.Wait", "sync.runtime_SemacquireWaitGroup", "sync.(*WaitGroup).Wait", "shop.TestStuck")
	member, known, news := settletest.Parked(8, "chan send"), settletest.Parked(9, "chan send"), settletest.Parked(10, "select")
	member.Creator = &stackparse.Creator{Func: "shop.TestStuck", Goroutine: 5}
	d := capture.Dump{Goroutines: []stackparse.Goroutine{stuck, member, known, news}}
	for i := range d.Goroutines {
		d.Goroutines[i].Leaked = true
	}
	w := &Watchdog{Ignore: engine.OwnOrKnown}
	w.Settled = func(id int64) bool { return id == 8 || id == 9 }
	r := w.hungReport(d, w.hung(d))
	require.Len(t, r.Findings, 2, "the test and what no check has reported")
	golden.Words(t, "notes", r.Notes)
	assert.Contains(t, report.Text{}.String(r), "goroutine 8 (shop.work)", "the member that the test waits for is named")
}

// The report before the alarm needs more time where a look takes long and where
// timers fire late: both say that the machine is busy.
func TestWarning(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ cost, lag, want time.Duration }{
		{0, 0, shortest},
		{time.Millisecond, 10 * time.Millisecond, shortest},
		{300 * time.Millisecond, 0, 1200 * time.Millisecond},
		{time.Minute, 0, 5 * time.Second},
		{0, 60 * time.Millisecond, 1200 * time.Millisecond},
		{0, time.Minute, 2 * time.Second},
	} {
		w := &Watchdog{cost: tt.cost, lag: tt.lag}
		assert.Equal(t, tt.want, w.warning(), "%+v", tt)
	}
}
