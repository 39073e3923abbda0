package verify

import (
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Tests that end in other ways than by returning, each with a goroutine left
// behind and a test after it that must not pay for it.

// startSleeper leaves a goroutine that a check would wait five seconds for, so
// that a wait shows on any machine.
func startSleeper() { go time.Sleep(time.Hour) }

func TestFatal(t *testing.T) {
	leakcheck.Verify(t)
	startSleeper()
	t.Fatal("fatal: my own message")
}

func TestFatalNext(t *testing.T) { leakcheck.Verify(t) }

func TestFatalDeferred(t *testing.T) {
	defer leakcheck.Verify(t)
	startSleeper()
	t.Fatal("fatal: my own message")
}

func TestFatalDeferredNext(t *testing.T) { leakcheck.Verify(t) }

func TestFatalRunOnFailure(t *testing.T) {
	leakcheck.Verify(t, leakcheck.RunOnFailure())
	startSender()
	t.Fatal("fatal: my own message")
}

func TestErrorInCleanup(t *testing.T) {
	leakcheck.Verify(t)
	t.Cleanup(func() { t.Error("cleanup: my own message") })
	startSleeper()
}

func TestSkip(t *testing.T) {
	leakcheck.Verify(t)
	startSender()
	t.Skip("skip: my own message")
}

func TestSkipClean(t *testing.T) {
	leakcheck.Verify(t)
	t.Skip("skip: my own message")
}

func TestPanic(t *testing.T) {
	leakcheck.Verify(t)
	startSleeper()
	panic("panic: my own message")
}

func TestPanicDeferred(t *testing.T) {
	defer leakcheck.Verify(t)
	startSleeper()
	panic("panic: my own message")
}

// A parent is failed by its subtest and is left alone as well.
func TestSubtestFails(t *testing.T) {
	leakcheck.Verify(t)
	startSleeper()
	t.Run("sub", func(t *testing.T) { t.Error("sub: my own message") })
}
