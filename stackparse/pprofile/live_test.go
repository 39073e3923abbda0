package pprofile_test

import (
	"bytes"
	"context"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// waits is a way to wait, in a method of its own so that its goroutine is
// found by name.
type waits struct {
	c     chan int
	other chan int
	mu    sync.Mutex
	rw    sync.RWMutex
	wg    sync.WaitGroup
	ready sync.Cond
}

func (w *waits) receive() { <-w.c }
func (w *waits) rangeOver() {
	for range w.c {
	}
}
func (w *waits) nilSend() { var none chan int; none <- 1 }
func (w *waits) nilRecv() { var none chan int; <-none }
func (w *waits) selects() {
	select {
	case <-w.c:
	case <-w.other:
	}
}
func (w *waits) selectNone() { select {} }
func (w *waits) lock()       { w.mu.Lock() }
func (w *waits) rlock()      { w.rw.RLock() }
func (w *waits) wait()       { w.wg.Wait() }
func (w *waits) cond()       { w.ready.L.Lock(); w.ready.Wait() }
func (w *waits) sleep()      { time.Sleep(time.Hour) }
func (w *waits) labelled() {
	pprof.Do(context.Background(), pprof.Labels("k", "v"), func(context.Context) { <-w.c })
}

// TestLiveProfile holds the forms of this process's own goroutines against each
// other, so that a release of Go that parks them elsewhere does not go unseen.
//
// Some of its goroutines wait for nil channels and can be ended by nobody, so
// those of earlier runs are still there and are counted as well.
func TestLiveProfile(t *testing.T) {
	t.Parallel()
	w := &waits{c: make(chan int), other: make(chan int)}
	w.ready.L = new(sync.Mutex)
	w.mu.Lock()
	w.rw.Lock()
	w.wg.Add(1)
	ways := []func(){w.receive, w.rangeOver, w.nilSend, w.nilRecv, w.selects, w.selectNone,
		w.lock, w.rlock, w.wait, w.cond, w.sleep, w.labelled}
	before := total(ourRecords(t, stack()))
	for _, way := range ways {
		go way()
	}
	var dump []pprofile.Record
	require.Eventually(t, func() bool {
		dump = ourRecords(t, stack())
		return total(dump) == before+int64(len(ways)) && allWait(dump)
	}, time.Minute, time.Millisecond)

	proto, counts := lookup(t, "goroutine", 0), lookup(t, "goroutine", 1)
	assert.Equal(t, stacks(dump, withState), stacks(ourRecords(t, proto), withState))
	assert.Equal(t, stacks(dump, calls), stacks(ourRecords(t, counts), calls))
	assert.Contains(t, labels(ourRecords(t, proto), true), "k=v")
	assert.Contains(t, labels(ourRecords(t, counts), true), "k=v")

	if pprof.Lookup("goroutineleak") == nil {
		// The runtime has no such profile, so its dump must not know leaked
		// goroutines either. TestLeakProfiles reads what others have written.
		assert.NotContains(t, string(stack()), "(leaked)")
		return
	}
	leaked := ourRecords(t, lookup(t, "goroutineleak", 0))
	for _, rec := range leaked {
		assert.True(t, rec.Goroutine.Leaked)
	}
	got := stacks(leaked, withState)
	for key := range stacks(dump, withState) {
		if strings.Contains(key, "nil chan") || strings.Contains(key, "no cases") {
			assert.Contains(t, got, key, "nobody can end it")
		}
	}
	runtime.KeepAlive(w)
}

// TestPanic takes the profiles of a goroutine that panics.
func TestPanic(t *testing.T) {
	t.Parallel()
	var proto, counts []byte
	func() {
		defer func() {
			proto, counts = lookup(t, "goroutine", 0), lookup(t, "goroutine", 1)
			assert.Equal(t, "on purpose", recover())
		}()
		fail()
	}()
	for _, data := range [][]byte{proto, counts} {
		recs, err := pprofile.Parse(data)
		require.NoError(t, err)
		assert.True(t, slices.ContainsFunc(recs, func(rec pprofile.Record) bool {
			frames := rec.Goroutine.Frames
			i := slices.IndexFunc(frames, func(f stackparse.Frame) bool { return f.Func == "panic" })
			return i > 0 && strings.HasSuffix(frames[i+1].Func, "pprofile_test.fail")
		}), "a panic is shown between the deferred call and what has panicked")
	}
}

//go:noinline
func fail() { panic("on purpose") }

// stack is runtime.Stack of all goroutines.
func stack() []byte {
	buf := make([]byte, 1<<20)
	return buf[:runtime.Stack(buf, true)]
}

func lookup(t *testing.T, name string, debug int) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, pprof.Lookup(name).WriteTo(&out, debug))
	return out.Bytes()
}

// ourRecords parses data and keeps the goroutines of waits.
func ourRecords(t *testing.T, data []byte) (ours []pprofile.Record) {
	t.Helper()
	recs, err := pprofile.Parse(data)
	require.NoError(t, err)
	for _, rec := range recs {
		frames := rec.Goroutine.Frames
		if len(frames) > 0 && strings.Contains(frames[len(frames)-1].Func, "(*waits)") {
			ours = append(ours, rec)
		}
	}
	return ours
}

// allWait reports whether all of recs are parked where their method waits. A
// goroutine that the collector holds up on its way there (GC assist wait,
// preempted) is not.
func allWait(recs []pprofile.Record) bool {
	for _, rec := range recs {
		if !slices.ContainsFunc([]string{"chan ", "select", "sync.", "sleep"}, func(wait string) bool {
			return strings.HasPrefix(rec.Goroutine.State, wait)
		}) {
			return false
		}
	}
	return true
}
