package cause

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/stackparse"
)

func TestOf(t *testing.T) {
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
		{"sync.RWMutex.RLock", "", "rw-recursive", "rw.RLock()"},
		{"sync.RWMutex.Lock", "", "rw-writer", "rw.Lock() that waits for readers"},
		{"sync.Mutex.Lock", "sync.(*RWMutex).Lock", "rw-writer", "rw.Lock() that waits for a writer: the state tells half of it"},
		{"sync.WaitGroup.Wait", "", "wg-wait", "wg.Wait()"},
		{"sync.Cond.Wait", "", "cond-wait", "cond.Wait()"},
		{"sleep", "", "sleep-loop", "time.Sleep"},
		{"IO wait", "", "io-wait", "a connection or pipe"},
		{"syscall", "", "syscall", "a blocking call"},
		{"coroutine", "", "iter-pull", "iter.Pull without stop"},
		{"running", "", "busy-loop", "a status, not a wait reason"},
		{"runnable", "", "busy-loop", "a status, not a wait reason"},

		{"IO wait", "net.(*netFD).accept", "listener-accept", "a function tells more than the state"},
		{"select", "net/http.(*persistConn).writeLoop", "http-body-not-closed", "a connection's writer"},
		{"IO wait", "net/http.(*persistConn).readLoop", "http-body-not-closed", "a connection's reader"},
		{"select", "database/sql.(*DB).connectionOpener", "sql-db", "an open sql.DB"},
		{"select", "os/signal.NotifyContext.func1", "signal-ctx", "an unstopped NotifyContext"},
		{"select", "net.(*netFD).acceptAll", "select-no-exit", "a function that only begins alike"},
	} {
		g := &stackparse.Goroutine{State: tt.state}
		if tt.fn != "" {
			g.Frames = []stackparse.Frame{{Func: "sync.runtime_Semacquire"}, {Func: tt.fn}, {Func: "main.main"}}
		}
		assert.Equal(t, tt.id, Of(g).ID, "%q in %q: %s", tt.state, tt.fn, tt.reason)
	}
}

func TestOfUnknownState(t *testing.T) {
	t.Parallel()
	assert.Equal(t, Cause{ID: "other", Title: "in state a state of Go 1.99"}, Of(&stackparse.Goroutine{State: "a state of Go 1.99"}))
	assert.Equal(t, "other", Of(&stackparse.Goroutine{}).ID, "no state at all")
}

// TestTexts holds the texts to what a report can print: one line each, short
// enough that it does not wrap.
func TestTexts(t *testing.T) {
	t.Parallel()
	titles, ids := map[string]string{}, map[string]string{}
	for _, table := range []map[string]Cause{byState, byFunction} {
		for key, c := range table {
			assert.Regexp(t, `^[a-z]+(-[a-z]+)*$`, c.ID, key)
			for name, text := range map[string]string{"Title": c.Title, "Why": c.Why, "Fix": c.Fix} {
				assert.NotEmpty(t, strings.TrimSpace(text), "%s of %s", name, key)
				assert.NotContains(t, text, "\n", "%s of %s", name, key)
				assert.LessOrEqual(t, utf8.RuneCountInString(text), 110, "%s of %s", name, key)
				assert.NotRegexp(t, `[.\s]$`, text, "%s of %s is a phrase", name, key)
			}
			if title, ok := titles[c.ID]; ok {
				assert.Equal(t, title, c.Title, "an ID means one thing")
			}
			if id, ok := ids[c.Title]; ok {
				assert.Equal(t, id, c.ID, "a title has one ID")
			}
			titles[c.ID], ids[c.Title] = c.Title, c.ID
		}
	}
	assert.NotContains(t, titles, "other", "that is what Of makes of an unknown state")
}
