package verify

import (
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Tests that end in other ways than by returning, each with a goroutine left
// behind and a test after it that must not pay for it.

func TestFatal(t *testing.T) {
	leakcheck.Verify(t)
	startSender()
	t.Fatal("fatal: my own message")
}

func TestFatalNext(t *testing.T) { leakcheck.Verify(t) }

func TestFatalDeferred(t *testing.T) {
	defer leakcheck.Verify(t)
	startSender()
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
	startSender()
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
	startSender()
	panic("panic: my own message")
}

func TestPanicDeferred(t *testing.T) {
	defer leakcheck.Verify(t)
	startSender()
	panic("panic: my own message")
}

// A parent is failed by its subtest and is left alone as well.
func TestSubtestFails(t *testing.T) {
	leakcheck.Verify(t)
	startSender()
	t.Run("sub", func(t *testing.T) { t.Error("sub: my own message") })
}
