package corpus

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// What assert.Eventually is given: it ends early, and never this late.
const (
	timeout = 20 * time.Second
	tick    = time.Millisecond
)

// A goroutine that owns its thread, as one for a window or a GL context does.
func TestLockedThread(t *testing.T) {
	leakcheck.Verify(t)
	calls := make(chan func())
	var main sync.WaitGroup
	main.Go(func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for f := range calls {
			f()
		}
	})
	sum := 0
	for n := range 10 {
		calls <- func() { sum += n }
	}
	close(calls)
	main.Wait()
	assert.Equal(t, 45, sum)
}

// A goroutine that never parks and sees late that it has to stop.
func TestSpinsToTheEnd(t *testing.T) {
	leakcheck.Verify(t)
	var turns atomic.Int64
	var stopped atomic.Bool
	t.Cleanup(func() { stopped.Store(true) })
	go func() {
		for !stopped.Load() {
			turns.Add(1)
			runtime.Gosched()
		}
		for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
			runtime.Gosched()
		}
	}()
	assert.Eventually(t, func() bool { return turns.Load() > 10 }, timeout, tick)
}

// A flusher that sleeps between two looks at whether it has to stop: the
// cleanup tells it, and does not wait.
func TestSlowShutdown(t *testing.T) {
	leakcheck.Verify(t)
	var stop, flushed atomic.Bool
	t.Cleanup(func() { stop.Store(true) })
	go func() {
		for !stop.Load() {
			flushed.Store(true)
			time.Sleep(300 * time.Millisecond)
		}
	}()
	assert.Eventually(t, flushed.Load, timeout, tick)
}

// Four goroutines in a row, each of which waits for the one before; the first
// takes a second to stop. This cleanup comes after the check.
func TestSlowShutdownBehind(t *testing.T) {
	var order []int
	stop, last := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() {
		<-last
		assert.Equal(t, []int{0, 1, 2, 3}, order)
	})
	leakcheck.Verify(t)
	t.Cleanup(func() { close(stop) })
	before := make(chan struct{})
	go func(done chan<- struct{}) {
		<-stop
		<-time.After(time.Second)
		order = append(order, 0)
		close(done)
	}(before)
	for n := 1; n < 4; n++ {
		earlier, done := before, make(chan struct{})
		if n == 3 {
			done = last
		}
		go func() {
			defer close(done)
			<-earlier
			order = append(order, n)
		}()
		before = done
	}
}

// limiter hands out a token with each tick, and some in advance.
type limiter struct {
	tokens chan struct{}
	quit   chan struct{}
	done   sync.WaitGroup
}

func newLimiter(every time.Duration, burst int) *limiter {
	l := &limiter{tokens: make(chan struct{}, burst), quit: make(chan struct{})}
	for range burst {
		l.tokens <- struct{}{}
	}
	l.done.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				select {
				case l.tokens <- struct{}{}:
				default:
				}
			case <-l.quit:
				return
			}
		}
	})
	return l
}

func (l *limiter) Close() {
	close(l.quit)
	l.done.Wait()
}

func TestRateLimiter(t *testing.T) {
	leakcheck.Verify(t)
	l := newLimiter(2*time.Millisecond, 3)
	defer l.Close()
	start := time.Now()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { <-l.tokens })
	}
	wg.Wait()
	assert.GreaterOrEqual(t, time.Since(start), 6*time.Millisecond, "five of eight had to wait for a tick")
}

// A poller that reports the sizes of a file as it grows.
func TestPoller(t *testing.T) {
	leakcheck.Verify(t)
	path := filepath.Join(t.TempDir(), "log")
	sizes := make(chan int64)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go func() {
		last := int64(-1)
		for tick := time.Tick(time.Millisecond); ; {
			select {
			case <-tick:
			case <-ctx.Done():
				return
			}
			if info, err := os.Stat(path); err == nil && info.Size() != last {
				last = info.Size()
				select {
				case sizes <- last:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	for _, text := range []string{"a", "bbb"} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		size := <-sizes
		for size < int64(len(text)) { // a file that was seen between its creation and the write
			size = <-sizes
		}
		assert.EqualValues(t, len(text), size)
	}
}

// Of many calls in a row only the last counts. One timer fired, one was
// stopped, and one is still to fire when the test is over.
func TestDebounce(t *testing.T) {
	leakcheck.Verify(t)
	fired := make(chan int, 10)
	var timer *time.Timer
	call := func(n int, after time.Duration) {
		if timer != nil {
			timer.Stop()
		}
		timer = time.AfterFunc(after, func() { fired <- n })
	}
	for n := range 5 {
		call(n, time.Hour)
	}
	call(5, time.Millisecond)
	assert.Equal(t, 5, <-fired)
	call(6, 50*time.Millisecond)
}

func TestContextTimeout(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	slow, fast := make(chan int), make(chan int, 1)
	go func() {
		select {
		case slow <- 1: // nobody receives
		case <-ctx.Done():
		}
	}()
	go func() { fast <- 1 }()
	<-ctx.Done()
	assert.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
	assert.Equal(t, 1, <-fast)
}

// The callback runs in a goroutine that no label and no creator ties to a
// test, and takes its time.
func TestContextAfterFunc(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(t.Context())
	began := make(chan struct{})
	context.AfterFunc(ctx, func() {
		close(began)
		time.Sleep(20 * time.Millisecond)
	})
	stop := context.AfterFunc(ctx, func() { t.Error("stopped, and still ran") })
	assert.True(t, stop())
	context.AfterFunc(t.Context(), func() {}) // runs just before the check
	cancel()
	<-began
}

// A watch that is reset by every beat, and tells when they stop.
func TestHeartbeatReset(t *testing.T) {
	leakcheck.Verify(t)
	beats, silent := make(chan struct{}), make(chan int)
	go func() {
		defer close(silent)
		seen := 0
		timer := time.NewTimer(time.Hour)
		defer timer.Stop()
		for {
			select {
			case _, ok := <-beats:
				if !ok {
					timer.Reset(time.Millisecond)
					beats = nil
					continue
				}
				seen++
				timer.Reset(time.Hour)
			case <-timer.C:
				silent <- seen
				return
			}
		}
	}()
	for range 3 {
		beats <- struct{}{}
	}
	close(beats)
	assert.Equal(t, 3, <-silent)
}
