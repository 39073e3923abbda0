package live

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

func look(t *testing.T, s *Surveyor, ask Ask) *Survey {
	t.Helper()
	v, err := s.Look(t.Context(), ask)
	require.NoError(t, err)
	return v
}

// finding returns the finding at fn.
func finding(t *testing.T, v *Survey, fn string) report.Finding {
	t.Helper()
	for _, f := range v.Report.Findings {
		if f.At.Func == fn {
			return f
		}
	}
	require.Fail(t, "no finding", "%s in %+v", fn, v.Report.Findings)
	return report.Finding{}
}

func TestLookCountsAndGrades(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.records = []pprofile.Record{
		at(1, "", "github.com/leakcheck-go/goroutine/internal/service/live.(*Surveyor).Look"),
		at(3, "chan receive", "shop.work"), at(40, "select", "shop.wait"), at(2, "syscall", "os/signal.loop"),
	}
	w.records[3].Goroutine.Frames = []stackparse.Frame{{Func: "os/signal.signal_recv"}, {Func: "os/signal.loop"}}
	v := look(t, &Surveyor{world: w}, Ask{})
	assert.Equal(t, 45, v.Total, "without the one that looks")
	assert.Equal(t, 2, v.Known)
	assert.Equal(t, map[string]int{"chan receive": 3, "select": 40, "syscall": 2}, v.States)
	assert.Len(t, v.All, 3)
	require.Len(t, v.Report.Findings, 2)
	assert.Equal(t, 40, v.Report.Findings[0].Count, "the most frequent first")
	assert.Equal(t, cause.Blocked, v.Report.Findings[0].Graded)
	golden.Words(t, "summary", v.Report.Summary())
}

// What every service has is named without a cause and a fix: nobody asked what
// went wrong there.
func TestOrdinaryFindings(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.records = []pprofile.Record{
		at(9, "select", "shop.loop"), at(10, "select", "shop.many"), at(1, "chan send", "shop.send"), at(1, "sync.Mutex.Lock", "shop.lock"),
		at(2, "select", "shop.gone"), at(1, "select", "github.com/leakcheck-go/goroutine/leakcheck/leakhttp.(*Dumper).Run"),
	}
	w.leaked = []pprofile.Record{at(1, "select", "shop.gone")}
	v := look(t, &Surveyor{world: w}, Ask{Proof: true})
	assert.Equal(t, 1, v.Known, "our own")
	require.Len(t, v.Report.Findings, 5)
	for _, f := range v.Report.Findings {
		assert.NotEmpty(t, f.Cause.Title)
		assert.Equal(t, f.At.Func == "shop.loop", f.Cause.Fix == "", f.At.Func)
		assert.Empty(t, f.Ignore, "an option of tests")
	}
}

func TestLookKeepsTheLastOneForAnInterval(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.records = []pprofile.Record{at(1, "select", "shop.wait")}
	w.takes = 100 * time.Millisecond
	s := &Surveyor{world: w}
	first := look(t, s, Ask{})
	assert.Equal(t, 100*time.Millisecond, first.Took)
	assert.Same(t, first, look(t, s, Ask{}))
	w.clock = w.clock.Add(1500 * time.Millisecond)
	assert.Same(t, first, look(t, s, Ask{}), "a look that took 100 ms is followed by 2 s of rest: no more than a twentieth of the time goes into looks")
	w.clock = w.clock.Add(500 * time.Millisecond)
	assert.NotSame(t, first, look(t, s, Ask{}))
	assert.Equal(t, 2, w.profiles)
	assert.Same(t, s.Last(), look(t, s, Ask{}))
}

func TestProof(t *testing.T) {
	t.Parallel()
	w := newFake()
	label := stackparse.Label{Key: "tenant", Value: "a"}
	w.records = []pprofile.Record{at(5, "chan send", "shop.send"), at(2, "chan send", "shop.send", label), at(90, "select", "shop.wait")}
	w.leaked = []pprofile.Record{at(4, "chan send", "shop.send"), {Count: 1, Goroutine: &stackparse.Goroutine{}}}
	s := &Surveyor{world: w}
	assert.Zero(t, look(t, s, Ask{}).Report.Proven)
	v := look(t, s, Ask{Proof: true})
	assert.Equal(t, 1, w.proofs, "though the last look was a moment ago")
	assert.Equal(t, 4, v.Report.Proven, "the record without calls is none")
	f := v.Report.Findings[0]
	assert.Equal(t, "shop.send", f.At.Func, "what is proven comes first, however few they are")
	assert.Equal(t, []int{7, 4}, []int{f.Count, f.Proven})
	assert.Equal(t, cause.Proven, f.Graded, "as leakcheck report has it")
	require.Len(t, v.All, 4)
	assert.True(t, v.All[0].Goroutine.Leaked)
	assert.EqualValues(t, 1, v.All[1].Count)
	assert.NotEmpty(t, v.All[2].Goroutine.Labels)
	assert.False(t, v.All[2].Goroutine.Leaked, "those with the label are not the leaked ones")

	w.clock = w.clock.Add(5 * time.Second)
	w.records[0].Count = 3 // two have gone though they cannot have: the runtime was wrong about them
	v = look(t, s, Ask{Proof: true})
	assert.Equal(t, 1, w.proofs, "asked for too early")
	assert.Equal(t, 3, v.Report.Proven, "who is proven to be leaked stays so, but no more than are there")
	assert.Equal(t, time.Unix(1000, 0), v.Proof)
	golden.Words(t, "the second note", v.Report.Notes)

	w.clock = w.clock.Add(5 * time.Second)
	look(t, s, Ask{Proof: true})
	assert.Equal(t, 2, w.proofs)
}

func TestNoProof(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.records = []pprofile.Record{at(1, "select", "shop.wait")}
	w.noProof = "it is switched off"
	s := &Surveyor{world: w}
	_, err := s.Look(t.Context(), Ask{Proof: true})
	golden.Words(t, "refused", err)
	assert.Equal(t, &RefusedError{What: Proof, Why: err.Error()}, err)
	assert.Zero(t, w.profiles, "and nothing was looked at")

	w.noProof = ""
	w.records = append(w.records, at(1, "synctest.Run", "internal/synctest.Run"))
	_, err = s.Look(t.Context(), Ask{Proof: true})
	golden.Words(t, "a bubble", err)
	assert.Zero(t, w.proofs)
	assert.NotNil(t, look(t, s, Ask{}), "a look without the proof works")
}

// The real profile shows a bubble as prove expects it.
func TestBubbleIsSeen(t *testing.T) {
	// Not parallel: no other test of the package has a bubble then.
	recs, err := process{}.profile(goroutines)
	require.NoError(t, err)
	assert.False(t, bubble(recs))
	synctest.Test(t, func(*testing.T) {
		recs, err = process{}.profile(goroutines)
	})
	require.NoError(t, err)
	assert.True(t, bubble(recs))
}

func TestFullText(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.records = []pprofile.Record{at(3, "chan send", "shop.send")}
	for id := range int64(3) {
		r := at(1, "chan send", "shop.send")
		r.Goroutine.ID, r.Goroutine.Wait, r.Goroutine.Leaked = id+10, 2*time.Minute, id == 0
		w.goroutines = append(w.goroutines, r)
	}
	s := &Surveyor{world: w, MaxFull: 2}
	_, err := s.Look(t.Context(), Ask{Full: true})
	golden.Words(t, "too many", err)
	require.Equal(t, &RefusedError{Text, true, err.Error()}, err)
	assert.Zero(t, w.dumps)

	v := look(t, s, Ask{Full: true, Force: true})
	assert.True(t, v.Full)
	assert.Zero(t, w.profiles, "the text alone is enough")
	f := finding(t, v, "shop.send")
	assert.Equal(t, []int64{10, 11, 12}, f.IDs)
	assert.Equal(t, cause.Proven, f.Graded, "as leakcheck report grades a kind with one that is proven")
	assert.Equal(t, 1, f.Proven, "marked by the runtime")
	assert.Same(t, v, look(t, s, Ask{Full: true}), "who asks early gets it, forced or not")
	assert.Same(t, v, look(t, s, Ask{}), "it says more than a profile")

	w.clock = w.clock.Add(time.Second)
	assert.False(t, look(t, s, Ask{}).Full)
	assert.Nil(t, s.full, "it is dropped when it is too old")
	assert.False(t, s.last.Full, "wherever it was")
	assert.Equal(t, 2*time.Minute, look(t, s, Ask{Full: true, Force: true, Proof: true}).All[0].Goroutine.Wait)
	assert.Equal(t, []int{2, 1, 2}, []int{w.profiles, w.proofs, w.dumps}, "the profile says whether a bubble is alive")
}

func TestRedaction(t *testing.T) {
	t.Parallel()
	r := at(1, "select", "shop.wait", stackparse.Label{Key: "user", Value: "secret"})
	r.Goroutine.Unparsed = []string{"secret"}
	r.Goroutine.Ancestors = []stackparse.Ancestor{{Frames: []stackparse.Frame{{Func: "f", Args: "0x5ec2e7"}}}}
	for _, tt := range []struct {
		s            *Surveyor
		labels, args bool
	}{
		{&Surveyor{}, true, true}, {&Surveyor{HideLabels: true}, false, true},
		{&Surveyor{HideArgs: true}, true, false}, {&Surveyor{HideLabels: true, HideArgs: true}, false, false},
	} {
		w := newFake()
		w.records, w.goroutines = []pprofile.Record{r}, []pprofile.Record{r}
		tt.s.world = w
		for _, ask := range []Ask{{}, {Full: true}} {
			v := look(t, tt.s, ask)
			w.clock = w.clock.Add(time.Minute)
			g := v.All[0].Goroutine
			assert.Equal(t, tt.labels, len(g.Labels) > 0)
			assert.Equal(t, tt.args, len(g.Unparsed) > 0)
			assert.Equal(t, tt.args, g.Frames[0].Args == "0xc000012345")
			assert.Equal(t, tt.args, g.Ancestors[0].Frames[0].Args == "0x5ec2e7")
			text := report.Text{Verbose: true}.String(v.Report)
			assert.Equal(t, tt.labels, strings.Contains(text, `user: secret`), text)
			assert.Equal(t, tt.args, strings.Contains(text, "0xc000012345"), text)
		}
	}
}

func TestGrowingStandsOut(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.records = []pprofile.Record{at(1000, "select", "shop.wait"), at(0, "chan send", "shop.send"), at(0, "IO wait", "shop.read"),
		at(0, "select", "shop.pool")}
	s := &Surveyor{world: w}
	for i := range 4 {
		w.records[1].Count = int64(10 * i)
		w.records[2].Count = []int64{5, 9, 3, 8}[i]
		w.records[3].Count = []int64{100, 100, 900, 900}[i]
		v := look(t, s, Ask{})
		if i > 0 {
			assert.Equal(t, i == 3, finding(t, v, "shop.send").Graded == cause.Growing, "look %d", i)
		}
		w.clock = w.clock.Add(15 * time.Second)
	}
	v := s.Last()
	assert.Equal(t, "shop.send", v.Report.Findings[0].At.Func, "what grows comes first, however many others came at once")
	assert.Equal(t, "10 more in 15s, 30 more in 45s", v.Report.Findings[0].Trend)
	assert.Equal(t, "5 more in 15s, 3 more in 45s", finding(t, v, "shop.read").Trend)
	assert.Equal(t, cause.Blocked, finding(t, v, "shop.read").Graded, "it comes and goes")
	assert.Empty(t, finding(t, v, "shop.wait").Trend)
}

// Looks that follow each other closely are no samples: what fills up in a second
// would be growing.
func TestSamplesKeepTheirDistance(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.records = []pprofile.Record{at(0, "chan send", "shop.send")}
	s := &Surveyor{world: w}
	for i := range 20 {
		w.records[0].Count = int64(i + 1)
		v := look(t, s, Ask{})
		assert.NotEqual(t, cause.Growing, finding(t, v, "shop.send").Graded)
		w.clock = w.clock.Add(time.Second)
	}
}

// Where nothing grows yet, what has got more goroutines comes before what always
// had many.
func TestMoreComesFirst(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.records = []pprofile.Record{at(1000, "select", "shop.wait"), at(5, "chan send", "shop.send"), at(50, "select", "shop.pool")}
	s := &Surveyor{world: w}
	look(t, s, Ask{})
	w.clock = w.clock.Add(2 * time.Second)
	w.records[1].Count = 305
	v := look(t, s, Ask{})
	var order []string
	for _, f := range v.Report.Findings {
		order = append(order, f.At.Func)
	}
	assert.Equal(t, []string{"shop.send", "shop.wait", "shop.pool"}, order)
	assert.Equal(t, cause.Blocked, v.Report.Findings[0].Graded, "one step is no growth")
	assert.Equal(t, time.Unix(1000, 0), v.Since)
	assert.Equal(t, 1, v.Samples)
}

func TestOneLookAtATime(t *testing.T) {
	// Not parallel: it holds the turn, which the process has one of.
	w := newFake()
	w.records = []pprofile.Record{at(1, "select", "shop.wait")}
	w.hold = make(chan struct{})
	s, other := &Surveyor{world: w}, &Surveyor{world: w, MinInterval: time.Minute}
	var wg sync.WaitGroup
	got := make([]*Survey, 50)
	for i := range got {
		wg.Go(func() { got[i], _ = s.Look(context.Background(), Ask{}) })
	}
	require.Eventually(t, func() bool { return len(turn) == 1 }, time.Minute, time.Millisecond, "one of them looks")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := other.Look(ctx, Ask{})
	require.ErrorIs(t, err, context.Canceled, "another Surveyor waits for the same turn")
	close(w.hold)
	wg.Wait()
	assert.Equal(t, 1, w.profiles, "all of them get the one look")
	for _, v := range got {
		assert.Same(t, got[0], v)
	}
}

func TestProfileError(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.err = errors.New("out of paper")
	s := &Surveyor{world: w}
	_, err := s.Look(t.Context(), Ask{})
	assert.EqualError(t, err, "out of paper")
	w.err = nil
	look(t, s, Ask{})
}

// The heap is read when it is asked for, and above a bound when it is forced.
func TestHeap(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.goroutines = []pprofile.Record{{Count: 1, Goroutine: &stackparse.Goroutine{ID: 7, State: "chan send",
		Frames: []stackparse.Frame{{Func: "example.com/shop.send", File: "/shop/send.go", Line: 3}}}}}
	s := &Surveyor{world: f}
	v, err := s.Look(t.Context(), Ask{Full: true})
	require.NoError(t, err)
	assert.Zero(t, v.Report.Unreachable)
	assert.Zero(t, f.heaps)
	v, err = s.Look(t.Context(), Ask{Heap: true})
	require.NoError(t, err)
	assert.Equal(t, 1, v.Report.Unreachable)
	assert.Equal(t, cause.Unreachable, v.Report.Findings[0].Graded)
	_, err = s.Look(t.Context(), Ask{Heap: true})
	require.NoError(t, err)
	assert.Equal(t, 1, f.heaps, "the second look came too early")

	f.clock, f.heapBytes = f.clock.Add(time.Hour), defaultMaxHeap+1
	_, err = s.Look(t.Context(), Ask{Heap: true})
	require.Equal(t, &RefusedError{Heap, true, err.Error()}, err)
	assert.Contains(t, err.Error(), "641ms")
	_, err = s.Look(t.Context(), Ask{Heap: true, Force: true})
	require.NoError(t, err)
	assert.Equal(t, 2, f.heaps)

	f.clock, s.MaxHeap = f.clock.Add(time.Hour), f.heapBytes
	_, err = s.Look(t.Context(), Ask{Heap: true})
	require.NoError(t, err)
	assert.Equal(t, 3, f.heaps, "another bound")
}
