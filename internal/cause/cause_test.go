package cause_test

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/cause"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// TestStates is what is said without a function that tells more and without
// source.
func TestStates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ state, fn, id, reason string }{
		// runtime/runtime2.go of Go 1.26: waitReasonStrings, those that user code can be in.
		{"chan send", "", "chan-send", "ch <- v"},
		{"chan receive", "", "chan-recv", "<-ch"},
		{"chan send (nil chan)", "", "chan-nil-send", "a nil channel is a cause of its own"},
		{"chan receive (nil chan)", "", "chan-nil-recv", "a nil channel is a cause of its own"},
		{"select", "", "select-no-exit", "select with cases"},
		{"select (no cases)", "", "select-empty", "select {}"},
		{"sync.Mutex.Lock", "", "mutex-lock", "mu.Lock()"},
		{"sync.RWMutex.RLock", "", "rw-reader", "rw.RLock(), of a single goroutine: whether it is recursive cannot be told"},
		{"sync.RWMutex.Lock", "", "rw-writer", "rw.Lock() that waits for readers"},
		{"sync.WaitGroup.Wait", "sync.(*WaitGroup).Wait", "wg-wait", "wg.Wait()"},
		{"semacquire", "sync.(*WaitGroup).Wait", "wg-wait", "until Go 1.23"},
		{"sync.Cond.Wait", "", "cond-wait", "cond.Wait()"},
		{"sleep", "", "sleep-loop", "time.Sleep"},
		{"IO wait", "", "io-wait", "a connection or pipe"},
		{"syscall", "", "syscall", "a blocking call"},
		{"coroutine", "", "iter-pull", "iter.Pull without stop"},
		{"running", "", "busy-loop", "a status, not a wait reason"},
		{"runnable", "", "busy-loop", "a status, not a wait reason"},

		{"select", "net.(*netFD).acceptAll", "select-no-exit", "a function that only begins alike"},
		{"a state of Go 1.99", "", "other", "a state that nobody knows"},
		{"", "", "other", "no state at all"},
	} {
		g := &stackparse.Goroutine{State: tt.state, Frames: []stackparse.Frame{
			{Func: "sync.runtime_Semacquire"}, {Func: cmp.Or(tt.fn, "main.f")}, {Func: "main.main"}}}
		assert.Equal(t, tt.id, cause.Of(g, nil).ID, "%q in %q: %s", tt.state, tt.fn, tt.reason)
	}
	assert.Equal(t, cause.Cause{ID: "other", Title: "in state a state of Go 1.99"}, cause.Of(&stackparse.Goroutine{State: " a state of Go 1.99"}, nil))
}
