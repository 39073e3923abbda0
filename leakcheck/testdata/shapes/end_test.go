package shapes

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Tests that end in other ways than by returning. What they leave behind
// sleeps, so that a check that waits for it shows.

func startSleeper() { go time.Sleep(time.Hour) }

func fatal(t *testing.T) {
	t.Helper()
	t.Fatal("fatal: my own message")
}

func TestFatalInHelper(t *testing.T) {
	leakcheck.Verify(t)
	startSleeper()
	fatal(t) // fatal: here
}

func TestAfterFatal(t *testing.T) {
	leakcheck.Verify(t)
	assert.Equal(t, 9, square(3))
}

// FailNow in another goroutine ends that one and fails the test.
func TestFailNowInGoroutine(t *testing.T) {
	leakcheck.Verify(t)
	startSleeper()
	done := make(chan int)
	giveUp := t.FailNow // vet knows that this is wrong
	go func() {
		defer close(done)
		t.Log("goroutine: my own message")
		giveUp()
	}()
	<-done
}

func TestSkipNowLeak(t *testing.T) {
	leakcheck.Verify(t) // verify: TestSkipNowLeak
	startReceiver()
	t.SkipNow()
}

func TestSkipNowClean(t *testing.T) {
	leakcheck.Verify(t)
	assert.Equal(t, 9, square(3))
	t.SkipNow()
}

// A subtest that skips itself, between one that leaks and one that does not.
func TestSkipSub(t *testing.T) {
	t.Run("skips", func(t *testing.T) {
		leakcheck.Verify(t)
		t.Skip("skip: my own message")
	})
	t.Run("leaks", func(t *testing.T) {
		leakcheck.Verify(t) // verify: TestSkipSub/leaks
		startReceiver()
	})
	t.Run("clean", func(t *testing.T) { leakcheck.Verify(t) })
}

func TestPanicInSub(t *testing.T) {
	leakcheck.Verify(t)
	t.Run("sub", func(t *testing.T) {
		leakcheck.Verify(t)
		startSleeper()
		panic("panic: my own message")
	})
}

func TestPanicInCleanup(t *testing.T) {
	leakcheck.Verify(t)
	t.Cleanup(func() { panic("panic: my own message") })
	startSleeper()
}

func TestPanicInParallelSub(t *testing.T) {
	leakcheck.Verify(t)
	t.Run("sub", func(t *testing.T) {
		t.Parallel()
		leakcheck.Verify(t)
		startSleeper()
		panic("panic: my own message")
	})
}

// A panic that the test itself caught is over when the check runs.
func TestPanicCaughtLeak(t *testing.T) {
	leakcheck.Verify(t) // verify: TestPanicCaughtLeak
	assert.Panics(t, func() {
		startReceiver()
		panic("panic: caught")
	})
}

func TestPanicCaughtClean(t *testing.T) {
	leakcheck.Verify(t)
	assert.Panics(t, func() {
		assert.Equal(t, 9, square(3))
		panic("panic: caught")
	})
}

// Goexit by the test's own hand: the runner takes it for a panic.
func TestGoexit(t *testing.T) {
	leakcheck.Verify(t)
	startReceiver()
	runtime.Goexit()
}

// t.Run in a goroutine of the test.
func TestRunInGoroutine(t *testing.T) {
	leakcheck.Verify(t)
	done := make(chan bool)
	go func() {
		done <- t.Run("sub", func(t *testing.T) {
			leakcheck.Verify(t) // verify: TestRunInGoroutine/sub
			startReceiver()
		})
	}()
	assert.False(t, <-done)
}
