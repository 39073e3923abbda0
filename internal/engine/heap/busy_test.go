package heap

import (
	"flag"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var captures = flag.Int("captures", 40, "how many dumps to take while goroutines are busy; every twentieth is read")

// patient is for machines that do much else.
var patient = Limits{Time: time.Hour}

// pending are the finalizers and cleanups that have not run. On a busy machine
// they run later than others are made, so they are bounded.
var pending atomic.Int64

const maxPending = 1000

// busy is what the goroutines of TestCaptureWhileBusy do until quit is closed:
// all that the runtime's dump has to deal with.
var busy = []func(i int){
	func(int) {
		defer func() { _ = recover() }()
		defer func() { panic("again") }()
		panic("once")
	},
	func(i int) {
		if i%64 == 0 {
			runtime.GC()
		}
		if pending.Load() > maxPending {
			return
		}
		o := &box{links: []*box{{}, {}}}
		pending.Add(1)
		runtime.SetFinalizer(o, func(*box) { pending.Add(-1) })
	},
	func(int) {
		if pending.Load() > maxPending {
			runtime.Gosched()
			return
		}
		o := &box{}
		pending.Add(1)
		runtime.AddCleanup(o, func(int) { pending.Add(-1) }, 1)
		w := weak.Make(o)
		runtime.KeepAlive(w.Value())
	},
	func(int) { _, _ = os.Stat("testdata") },
	func(int) {
		timer := time.NewTimer(time.Microsecond)
		defer timer.Stop()
		<-timer.C
	},
	func(i int) { _ = make([]*box, 1+i%5000) },
	func(int) {
		c := make(chan int)
		go func() { c <- 1 }()
		<-c
	},
	deep,
}

// deep makes the stack grow, so that it moves.
func deep(i int) {
	var b [256]byte
	if i %= 200; i > 0 {
		deep(i - 1)
	}
	runtime.KeepAlive(&b)
}

// TestCaptureWhileBusy takes dumps of goroutines that do everything at once: none
// ends the process, those that are read can be, and a goroutine that is stuck is
// never taken for another.
func TestCaptureWhileBusy(t *testing.T) {
	var p uintptr
	before := dumpNow(t)
	away(func() {
		c := make(chan struct{})
		p = hide(c)
		go subject(func() { <-c })
	})
	_, id := waitFor(t, "chan receive", before)
	quit := make(chan struct{})
	var all sync.WaitGroup
	for _, f := range busy {
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-quit:
					return
				default:
					f(i)
				}
			}
		})
	}
	defer all.Wait()
	defer close(quit)
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer nowhere.Close()
	for i := range *captures {
		if i%20 != 0 {
			debug.WriteHeapDump(nowhere.Fd())
			continue
		}
		g, err := Capture(patient)
		require.NoError(t, err)
		f, ok := g.Explain(dumpNow(t))[id]
		require.True(t, ok)
		assert.True(t, f.Known)
	}
	close(reveal[chan struct{}](p))
}
