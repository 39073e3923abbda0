package verify

import (
	"context"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// A deferred Verify runs before the cleanups that were registered in the body.

func TestDeferredEarly(t *testing.T) {
	defer leakcheck.Verify(t) // deferred: defer
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go waitFor(ctx) // deferred: go
} // deferred: end

// The same test as the report asks for it.
func TestDeferredMended(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go waitFor(ctx)
}

// Without a cleanup a deferred Verify is as good as one at the top.
func TestDeferredClean(t *testing.T) {
	defer leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go waitFor(ctx)
}

func TestDeferredLeak(t *testing.T) {
	defer leakcheck.Verify(t)
	startSender()
}

func waitFor(ctx context.Context) {
	<-ctx.Done()
}

// The subtest's check looks at the process after the parent's leak began.
func TestDeferredAfterSubtest(t *testing.T) {
	defer leakcheck.Verify(t)
	startSender()
	t.Run("sub", func(t *testing.T) { leakcheck.Verify(t) })
}
