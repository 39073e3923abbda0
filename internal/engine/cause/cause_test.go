package cause_test

import (
	"cmp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
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

// TestFunctions has what no program here can show: names of other releases and
// of libraries, and what a general rule must leave to a closer one.
func TestFunctions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		state   string
		calls   string // innermost first
		creator string
		id      string
		reason  string
	}{
		{"IO wait", "net.(*conn).Read", "net/http.(*http2Transport).newClientConn", "http2-client", "until Go 1.26"},
		{"IO wait", "net.(*conn).Read", "net/http/internal/http2.(*Transport).newClientConn", "http2-client", "since Go 1.27"},
		{"IO wait", "net.(*conn).Read", "golang.org/x/net/http2.(*Transport).newClientConn", "http2-client", "the module"},
		{"select", "net/http.(*http2serverConn).serve net/http.(*conn).serve", "net/http.(*Server).Serve", "http-conn-idle", "until Go 1.26"},
		{"syscall", "syscall.Syscall6 os.(*Process).blockUntilWaitable os.(*Process).wait os/exec.(*Cmd).Wait", "main.f", "exec-wait", "before pidfd"},
		{"IO wait", "net.(*conn).Read bufio.(*Reader).Peek github.com/gorilla/websocket.(*Conn).NextReader main.f net/http.serverHandler.ServeHTTP", "net/http.(*Server).Serve", "tls-hijack", "a websocket"},
		{"IO wait", "net.(*conn).Read net/http.(*body).Read main.f net/http.serverHandler.ServeHTTP", "net/http.(*Server).Serve", "http-handler-stuck",
			"the body of the request, not a connection taken over"},
		{"IO wait", "net.(*conn).Read github.com/lib/pq.(*conn).recv database/sql.(*DB).query main.f net/http.serverHandler.ServeHTTP", "net/http.(*Server).Serve",
			"http-handler-stuck", "a connection of the handler's own"},
		{"sync.Mutex.Lock", "sync.(*Mutex).Lock main.f net/http.serverHandler.ServeHTTP", "net/http.(*Server).Serve", "mutex-lock",
			"a lock tells more than that a handler waits for it"},
		{"select", "database/sql.(*DB).conn main.f net/http.serverHandler.ServeHTTP", "net/http.(*Server).Serve", "sql-pool-exhausted", "so does a database"},
		{"select", "net.(*pipe).read net.(*pipe).Read main.f", "main.g", "io-pipe", "net.Pipe is one too"},
		{"sync.Mutex.Lock", "sync.(*Mutex).Lock sync.(*Once).doSlow main.f", "main.g", "mutex-lock", "the Once runs once on this stack"},
		{"runnable", "main.f", "time.goFunc", "busy-loop", "a callback that runs is not blocked"},
		{"chan receive", "main.f", "context.(*afterFuncCtx).cancel.func1", "afterfunc-blocked", "a context's callback"},
		{"IO wait", "net.(*netFD).accept main.f", "main.g", "listener-accept", "a listener of any kind"},
	} {
		g := &stackparse.Goroutine{State: tt.state, Creator: &stackparse.Creator{Func: tt.creator}}
		for fn := range strings.FieldsSeq(tt.calls) {
			g.Frames = append(g.Frames, stackparse.Frame{Func: fn})
		}
		assert.Equal(t, tt.id, cause.Of(g, nil).ID, "%s by %s: %s", tt.calls, tt.creator, tt.reason)
	}
}
