package settle

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/settle/settletest"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Ids of goroutines that are there and no candidates.
const (
	self  = 1 // takes the dump
	other = 3
)

// slow is one that waits for the system's resolver.
func slow(id int64) stackparse.Goroutine {
	g := settletest.Parked(id, "chan receive")
	g.Creator = &stackparse.Creator{Func: "net.lookupProtocol", Goroutine: 1}
	return g
}

// settleOn runs a settler over script in a bubble, so that the clock is the
// test's, and returns what is left, how long that took and the stage.
func settleOn(t *testing.T, limit time.Duration, s *settletest.Stage) (left []stackparse.Goroutine, took time.Duration) {
	t.Helper()
	return settle(t, Settler{World: s, Bounds: Bounds{Limit: limit, Most: time.Minute}}, s)
}

func settle(t *testing.T, set Settler, s *settletest.Stage) (left []stackparse.Goroutine, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s.Start = time.Now()
		set.Pick = func(d capture.Dump) []stackparse.Goroutine {
			return slices.DeleteFunc(slices.Clone(d.Goroutines), func(g stackparse.Goroutine) bool {
				return g.ID == self || g.ID == other
			})
		}
		left = set.Run()
		took = time.Since(s.Start)
	})
	return left, took
}

func TestSettle(t *testing.T) {
	t.Parallel()
	always := func(gs ...stackparse.Goroutine) func(time.Duration) []stackparse.Goroutine {
		return func(time.Duration) []stackparse.Goroutine { return append([]stackparse.Goroutine(nil), gs...) }
	}
	until := func(d time.Duration, gs ...stackparse.Goroutine) func(time.Duration) []stackparse.Goroutine {
		return func(elapsed time.Duration) []stackparse.Goroutine {
			if elapsed < d {
				return append([]stackparse.Goroutine(nil), gs...)
			}
			return nil
		}
	}
	for _, row := range []struct {
		name     string
		reason   string
		stage    settletest.Stage
		limit    time.Duration
		left     int
		min, max time.Duration // of the time it takes
		maxDumps int
		proofs   int // asked for at most, where that is more than one
	}{{
		name: "small mutex", reason: "one scan often misses a small object, so it is looked at twice",
		stage: settletest.Stage{Script: always(settletest.Parked(2, "sync.Mutex.Lock")), Proven: true, Needs: 2}, limit: 5 * time.Second,
		left: 1, max: 10 * time.Millisecond, maxDumps: 5, proofs: 2,
	}, {
		name: "channel out of reach of the proof", reason: "a second scan finds no more of a channel, so none is asked for",
		stage: settletest.Stage{Script: always(settletest.Parked(2, "chan send")), Proven: true, Needs: 2}, limit: 5 * time.Second,
		left: 1, min: quiet, max: 2 * quiet, maxDumps: 5,
	}, {
		name: "comes to rest later", reason: "what moved when the runtime was asked can be proven afterwards",
		stage: settletest.Stage{Proven: true, Script: func(e time.Duration) []stackparse.Goroutine {
			if e < 100*time.Millisecond {
				return []stackparse.Goroutine{settletest.Parked(2, "chan send"), settletest.Parked(4, "sleep")}
			}
			return []stackparse.Goroutine{settletest.Parked(2, "chan send"), settletest.Parked(4, "chan send")}
		}}, limit: 5 * time.Second, left: 2, min: 100 * time.Millisecond, max: 3 * quiet, maxDumps: 10, proofs: 2,
	}, {
		name: "nothing there", reason: "a clean test costs one dump and no time",
		stage: settletest.Stage{Script: always()}, limit: time.Second, maxDumps: 1,
	}, {
		name: "parked forever", reason: "a rest of 250 ms with nothing running is the end, after three dumps",
		stage: settletest.Stage{Script: always(settletest.Parked(2, "chan send"))}, limit: 5 * time.Second,
		left: 1, min: quiet, max: 2 * quiet, maxDumps: 3,
	}, {
		name: "parked at a receive", reason: "a timer that no dump shows may be about to end it",
		stage: settletest.Stage{Script: until(700*time.Millisecond, settletest.Parked(2, "select"))}, limit: 5 * time.Second,
		min: 700 * time.Millisecond, max: 720 * time.Millisecond, maxDumps: 5,
	}, {
		name: "parked forever at a receive", reason: "but not for long",
		stage: settletest.Stage{Script: always(settletest.Parked(2, "chan receive"))}, limit: 5 * time.Second,
		left: 1, min: quietTimer, max: 2 * quietTimer, maxDumps: 5,
	}, {
		name: "proven", reason: "a proof ends the wait at once",
		stage: settletest.Stage{Script: always(settletest.Parked(2, "chan send")), Proven: true}, limit: 5 * time.Second,
		left: 1, max: 10 * time.Millisecond, maxDumps: 3,
	}, {
		name: "proven after a while", reason: "what still runs at the first look is asked about soon after, not after a rest",
		stage: settletest.Stage{Proven: true, Script: func(e time.Duration) []stackparse.Goroutine {
			if e < 2*time.Millisecond {
				return []stackparse.Goroutine{settletest.Parked(2, "runnable")}
			}
			return []stackparse.Goroutine{settletest.Parked(2, "chan send")}
		}}, limit: 5 * time.Second,
		left: 1, min: 2 * time.Millisecond, max: 20 * time.Millisecond, maxDumps: 4,
	}, {
		name: "one proven, one asleep", reason: "the proof of one says nothing of the other",
		stage: settletest.Stage{Script: always(settletest.Parked(2, "chan send"), settletest.Parked(4, "sleep")), Proven: true}, limit: time.Second,
		left: 2, min: time.Second, max: time.Second, maxDumps: 10,
	}, {
		name: "sleeper that ends", reason: "what sleeps is waited for and not reported",
		stage: settletest.Stage{Script: until(700*time.Millisecond, settletest.Parked(2, "sleep"))}, limit: 5 * time.Second,
		min: 700 * time.Millisecond, max: 720 * time.Millisecond, maxDumps: 9,
	}, {
		name: "sleeper that does not end", reason: "the limit bounds what the runtime cannot tell",
		stage: settletest.Stage{Script: always(settletest.Parked(2, "sleep"))}, limit: 2 * time.Second,
		left: 1, min: 2 * time.Second, max: 2 * time.Second, maxDumps: 14,
	}, {
		name: "one after the other", reason: "every change starts the quiet time again, and dumps do not pile up",
		stage: settletest.Stage{Script: func(e time.Duration) []stackparse.Goroutine {
			var gs []stackparse.Goroutine
			for id := range int64(100) {
				if e < time.Duration(id+1)*10*time.Millisecond {
					gs = append(gs, settletest.Parked(id+10, "chan receive"))
				}
			}
			return gs
		}}, limit: 5 * time.Second,
		min: time.Second, max: 1100 * time.Millisecond, maxDumps: 40,
	}, {
		name: "slow to stop", reason: "the catalogue says that it may take 30 s, in which it stands still",
		stage: settletest.Stage{Script: until(12*time.Second, slow(2))}, limit: 5 * time.Second,
		min: 12 * time.Second, max: 12*time.Second + 2*quiet, maxDumps: 30,
	}, {
		name: "slow and never done", reason: "and no longer",
		stage: settletest.Stage{Script: always(slow(2))}, limit: 5 * time.Second,
		left: 1, min: 30 * time.Second, max: 30*time.Second + 2*quiet, maxDumps: 30,
	}, {
		name: "slow and proven", reason: "a proof needs no patience",
		stage: settletest.Stage{Script: always(slow(2)), Proven: true}, limit: 5 * time.Second,
		left: 1, max: 10 * time.Millisecond, maxDumps: 3,
	}, {
		name: "limit 0", reason: "Wait(0) looks once",
		stage: settletest.Stage{Script: always(settletest.Parked(2, "sleep"))}, limit: 0, left: 1, maxDumps: 1,
	}, {
		name: "accept", reason: "a listener waits for a Close, not for the world",
		stage: settletest.Stage{Script: always(stackparse.Goroutine{ID: 2, State: "IO wait",
			Frames: []stackparse.Frame{{Func: "net.(*netFD).accept", File: "/go/net/fd_unix.go", Line: 1}}})},
		limit: 5 * time.Second, left: 1, min: quiet, max: 2 * quiet, maxDumps: 3,
	}, {
		name: "parked, but another runs", reason: "a running goroutine may yet wake the candidate",
		stage: settletest.Stage{Script: func(e time.Duration) []stackparse.Goroutine {
			gs := []stackparse.Goroutine{settletest.Parked(self, "running"), settletest.Parked(2, "chan receive")}
			if e < time.Second {
				gs = append(gs, settletest.Parked(other, "runnable"))
			}
			return gs
		}}, limit: 5 * time.Second, left: 1, min: time.Second, max: 1500 * time.Millisecond, maxDumps: 14,
	}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			left, took := settleOn(t, row.limit, &row.stage)
			assert.Len(t, left, row.left, row.reason)
			assert.GreaterOrEqual(t, took, row.min, row.reason)
			assert.LessOrEqual(t, took, row.max, row.reason)
			assert.LessOrEqual(t, row.stage.Dumps, row.maxDumps, row.reason)
			assert.LessOrEqual(t, row.stage.Proofs, max(1, row.proofs), "a proof costs a garbage collection")
		})
	}
}

// Where only proofs count there is nothing to wait for once the runtime was
// asked: what sleeps is no finding.
func TestSettleForProofs(t *testing.T) {
	t.Parallel()
	s := &settletest.Stage{Proven: true, Script: func(time.Duration) []stackparse.Goroutine {
		return []stackparse.Goroutine{settletest.Parked(2, "chan send"), settletest.Parked(4, "sleep")}
	}}
	left, took := settle(t, Settler{World: s, Bounds: Bounds{Limit: 5 * time.Second}, Proofs: true}, s)
	assert.LessOrEqual(t, took, 2*quiet)
	assert.Len(t, left, 2, "the caller leaves out what is not proven")
}

// What holds its object by a weak pointer ends at a tick after the object was
// collected, which may be in use when the test ends.
func TestSettleCollectsForWeakPointers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "cache.go")
	require.NoError(t, os.WriteFile(file, []byte(`package cache

func cleanUp(w weak.Pointer[cache], ticks <-chan time.Time) {
	for range ticks {
		if w.Value() == nil {
			return
		}
	}
}
`), 0o600))
	cleaner := settletest.Parked(2, "chan receive")
	cleaner.Frames = []stackparse.Frame{{Func: "example.org/cache.cleanUp", File: file, Line: 4}}
	for _, row := range []struct {
		needs, left int // collections that it takes
		min, max    time.Duration
	}{{2, 0, time.Second, 3 * time.Second}, {100, 1, 5 * time.Second, 6 * time.Second}} {
		s := &settletest.Stage{}
		s.Script = func(time.Duration) []stackparse.Goroutine {
			if s.GCs >= row.needs {
				return nil
			}
			return []stackparse.Goroutine{cleaner}
		}
		left, took := settle(t, Settler{World: s, Bounds: Bounds{Limit: 5 * time.Second}}, s)
		assert.Len(t, left, row.left)
		assert.GreaterOrEqual(t, took, row.min)
		assert.Less(t, took, row.max)
		assert.LessOrEqual(t, s.GCs, 6, "each stops the world")
	}
}

// A goroutine that runs forever makes no later test wait once it was reported.
func TestSettlePassesOverWhatWasReported(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		reported bool
		min, max time.Duration
	}{{true, quietTimer, 2 * quietTimer}, {false, 5 * time.Second, 6 * time.Second}} {
		s := &settletest.Stage{Script: func(time.Duration) []stackparse.Goroutine {
			return []stackparse.Goroutine{
				settletest.Parked(self, "running"), settletest.Parked(2, "chan receive"), settletest.Parked(other, "runnable"),
			}
		}}
		left, took := settle(t, Settler{World: s, Bounds: Bounds{Limit: 5 * time.Second},
			Reported: func(id int64) bool { return row.reported && id == other }}, s)
		assert.Len(t, left, 1)
		assert.GreaterOrEqual(t, took, row.min)
		assert.Less(t, took, row.max)
	}
}

// The user's own bound and the test's deadline hold for what is slow as well.
func TestSettleBoundsTheSlow(t *testing.T) {
	t.Parallel()
	s := &settletest.Stage{Script: func(time.Duration) []stackparse.Goroutine { return []stackparse.Goroutine{slow(2)} }}
	left, took := settle(t, Settler{World: s, Bounds: Bounds{Limit: time.Second, Most: 3 * time.Second}}, s)
	assert.Len(t, left, 1)
	assert.GreaterOrEqual(t, took, 3*time.Second)
	assert.Less(t, took, 4*time.Second)
}

// A bubble's candidates must never be put to the proof: it can hang
// synctest.Wait (see capture.Prove).
func TestSettleSparesBubbles(t *testing.T) {
	t.Parallel()
	inBubble := settletest.Parked(4, "select")
	inBubble.Bubble = 1
	s := &settletest.Stage{Proven: true, Script: func(time.Duration) []stackparse.Goroutine {
		return []stackparse.Goroutine{settletest.Parked(2, "chan send"), inBubble}
	}}
	left, _ := settleOn(t, time.Second, s)
	assert.Len(t, left, 2)
	assert.Zero(t, s.Proofs)
}

// A goroutine that starts a garbage collection is out of its bubble meanwhile
// and must not be taken for parked: the check would end too early.
func TestGoesOn(t *testing.T) {
	t.Parallel()
	out, in := settletest.Parked(8, "semacquire"), settletest.Parked(10, "chan send")
	in.Bubble = 4
	assert.True(t, goesOn(out), "it will go on")
	assert.False(t, goesOn(in), "it is parked in its bubble")
}

// A goroutine that runs at the last look is reported as it waited before: a
// ticker fires at that moment as at any other.
func TestSettleReportsTheWait(t *testing.T) {
	t.Parallel()
	const limit = time.Second
	for _, tt := range []struct {
		script func(time.Duration) string // the state after that time
		want   string
		reason string
	}{
		{func(e time.Duration) string {
			if e < limit {
				return "sleep"
			}
			return "runnable"
		}, "sleep", "woken at the last look"},
		{func(e time.Duration) string {
			if e < limit/2 {
				return "sleep"
			}
			return "running"
		}, "sleep", "it was seen to wait at an earlier look"},
		{func(e time.Duration) string {
			switch {
			case e < limit/4:
				return "sleep"
			case e < limit/2:
				return "running"
			case e < limit*3/4:
				return "select"
			}
			return "running"
		}, "select", "the latest wait counts"},
		{func(time.Duration) string { return "running" }, "running", "it was never seen to wait"},
	} {
		left, _ := settleOn(t, limit, &settletest.Stage{Script: func(e time.Duration) []stackparse.Goroutine {
			g := settletest.Parked(2, tt.script(e))
			// Counters move, so that the settler looks again and again.
			return append(make([]stackparse.Goroutine, 0, 2), g, stackparse.Goroutine{ID: other, State: "running"})
		}})
		require.Len(t, left, 1, tt.reason)
		assert.Equal(t, tt.want, left[0].State, tt.reason)
	}
}

// No verdict depends on which side of the bound a timer falls: what was woken at
// the bound, or at the end of the margin, is looked at once more.
func TestSettleAtTheBound(t *testing.T) {
	t.Parallel()
	const limit, margin = 5 * time.Second, time.Second
	for _, tt := range []struct {
		wakes, ends time.Duration
		margin      time.Duration
		left        int
		reason      string
	}{
		{limit - time.Millisecond, limit + 20*time.Millisecond, margin, 0, "woken just before the bound"},
		{limit + time.Millisecond, limit + 20*time.Millisecond, margin, 0, "woken just after it"},
		{limit + margin - time.Millisecond, limit + margin + 20*time.Millisecond, margin, 0, "woken at the end of the margin"},
		{limit + margin - time.Millisecond, time.Hour, margin, 1, "it goes on"},
		{limit - time.Millisecond, limit + 20*time.Millisecond, 0, 1, "a bound that the user set is one"},
	} {
		s := &settletest.Stage{Script: func(e time.Duration) []stackparse.Goroutine {
			switch {
			case e < tt.wakes:
				return []stackparse.Goroutine{settletest.Parked(2, "sleep")}
			case e < tt.ends:
				return []stackparse.Goroutine{settletest.Parked(2, "runnable")}
			}
			return nil
		}}
		left, took := settle(t, Settler{World: s, Bounds: Bounds{Limit: limit, Margin: tt.margin, Most: time.Minute}}, s)
		assert.Len(t, left, tt.left, tt.reason)
		assert.LessOrEqual(t, took, limit+tt.margin+2*maxGap, tt.reason)
	}
}

// What the source shows to be in a loop without a way out is not waited for until
// the bound, though it moves all the time, and does not keep others from resting.
func TestSettleEndless(t *testing.T) {
	t.Parallel()
	_, file, line, ok := runtime.Caller(0)
	require.True(t, ok)
	at := func(plus int) []stackparse.Frame {
		return []stackparse.Frame{{Func: "example.org/shop.loops", File: file, Line: line + plus}}
	}
	loops := func(n int, step func()) {
		for {
			step() // 7 lines below the call of Caller
		}
	}
	counts := func(n int, step func()) {
		for range n {
			step() // 12 lines below
		}
	}
	_, _ = loops, counts
	ticks := func(frames []stackparse.Frame) func(time.Duration) []stackparse.Goroutine {
		return func(elapsed time.Duration) []stackparse.Goroutine {
			g := stackparse.Goroutine{ID: 2, State: "sleep", Frames: frames}
			if elapsed/time.Millisecond%2 == 0 {
				g.State = "runnable"
			}
			return []stackparse.Goroutine{g, settletest.Parked(4, "chan send")}
		}
	}
	left, took := settleOn(t, 5*time.Second, &settletest.Stage{Script: ticks(at(7))})
	assert.Len(t, left, 2)
	assert.Less(t, took, time.Second, "by the clock of the bubble")

	left, took = settleOn(t, 5*time.Second, &settletest.Stage{Script: ticks(at(12))})
	assert.Len(t, left, 2)
	assert.GreaterOrEqual(t, took, 5*time.Second, "this loop ends")
}
