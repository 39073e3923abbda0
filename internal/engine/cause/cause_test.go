package cause_test

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
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
	for what, state := range map[string]string{"no state": "", "an unknown state": " a state of Go 1.99"} {
		c := cause.Of(&stackparse.Goroutine{State: state}, nil)
		assert.Equal(t, cause.Cause{ID: "other", Title: c.Title}, c)
		golden.Words(t, what, c.Title)
	}
}

// row is a goroutine without source, and its cause.
type row struct {
	state   string
	calls   string // innermost first
	creator string
	id      string
	reason  string
}

func check(t *testing.T, rows []row) {
	t.Helper()
	for _, tt := range rows {
		g := &stackparse.Goroutine{State: tt.state, Creator: &stackparse.Creator{Func: tt.creator}}
		for fn := range strings.FieldsSeq(tt.calls) {
			g.Frames = append(g.Frames, stackparse.Frame{Func: fn})
		}
		assert.Equal(t, tt.id, cause.Of(g, nil).ID, "%s by %s: %s", tt.calls, tt.creator, tt.reason)
	}
}

// TestFunctions has what no program here can show: names of other releases and
// of libraries, and what a general rule must leave to a closer one.
func TestFunctions(t *testing.T) {
	t.Parallel()
	check(t, []row{
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
		{"running", "testing.(*common).logDepth testing.(*common).log testing.(*common).Logf main.f", "main.TestF", "log-after-test", "until Go 1.24"},
		{"running", "testing.(*common).Output main.f", "main.TestF", "log-after-test", "the writer of a test"},
		{"select", "net.(*pipe).read net.(*pipe).Read main.f", "main.g", "io-pipe", "net.Pipe is one too"},
		{"sync.Mutex.Lock", "sync.(*Mutex).Lock sync.(*Once).doSlow main.f", "main.g", "once-wait", "the Once runs once on this stack"},
		{"runnable", "main.f", "time.goFunc", "busy-loop", "a callback that runs is not blocked"},
		{"chan receive", "main.f", "context.(*afterFuncCtx).cancel.func1", "afterfunc-blocked", "a context's callback"},
		{"IO wait", "net.(*netFD).accept main.f", "main.g", "listener-accept", "a listener of any kind"},
		{"IO wait", "net.(*conn).Read shop.(*conn).Read net/http.(*connReader).Read bufio.(*Reader).Peek net/http.(*conn).serve", "net/http.(*Server).Serve", "http-conn-idle",
			"a connection that wraps another"},
		{"IO wait", "net.(*netFD).accept net.(*TCPListener).Accept shop.(*limited).Accept net/http.(*Server).Serve main.f", "main.g", "http-server", "a listener that wraps another"},
		{"select", "golang.org/x/net/http2.(*clientStream).doRequest golang.org/x/net/http2.(*Transport).RoundTrip net/http.(*Transport).roundTrip main.f", "main.g",
			"http-roundtrip-stuck", "by the module"},
		{"chan receive", "google.golang.org/grpc.(*Server).serverWorker", "google.golang.org/grpc.(*Server).initServerWorkers", "grpc-server", "a worker without work"},
		{"select", "github.com/soheilhy/cmux.muxListener.Accept google.golang.org/grpc.(*Server).Serve main.f", "main.g", "grpc-server", "on a listener of another module"},
	})
}

// TestNearMisses has, for each rule that looks further than the innermost call,
// a stack with the same function on it that waits for something else.
func TestNearMisses(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"chan receive", "main.(*conn).Read bufio.(*Reader).Peek main.f net/http.serverHandler.ServeHTTP net/http.(*conn).serve", "net/http.(*Server).Serve", "http-handler-stuck",
			"a handler with a Peek of its own"},
		{"IO wait", "net.(*conn).Read bufio.(*Reader).Peek github.com/gorilla/websocket.(*Conn).NextReader main.f", "main.g", "conn-read", "the client's side of a websocket"},
		{"IO wait", "net.(*conn).Read main.f github.com/gorilla/websocket.(*Conn).handle net/http.serverHandler.ServeHTTP", "net/http.(*Server).Serve", "http-handler-stuck",
			"a connection of the handler's own, below a websocket"},
		{"IO wait", "net.(*conn).Read example.com/websocketutil.Read main.f net/http.serverHandler.ServeHTTP", "net/http.(*Server).Serve", "http-handler-stuck",
			"a package whose name has the word in it"},
		{"IO wait", "net.(*conn).Read main.proxyHeader net/http.(*Server).Serve main.f", "main.g", "conn-read", "the server's ConnContext function"},
		{"IO wait", "net.(*conn).Read main.certificate crypto/tls.(*Conn).serverHandshake net/http.(*conn).serve", "net/http.(*Server).Serve", "conn-read",
			"the server's GetCertificate function"},
		{"chan send", "main.onState net/http.(*http2serverConn).serve net/http.(*conn).serve", "net/http.(*Server).Serve", "chan-send", "the server's ConnState function"},
		{"chan receive", "main.(*listener).Accept net/http.(*Server).Serve net/http/httptest.(*Server).goServe.func1 main.f", "main.g", "chan-recv", "called by other code"},
		{"select", "main.(*transport).RoundTrip net/http.send net/http.(*Client).do main.f", "main.g", "select-no-exit", "a transport of the user's own"},
		{"chan receive", "main.gotConn net/http.(*Transport).roundTrip main.f", "main.g", "chan-recv", "a function of httptrace"},
		{"select", "main.(*driver).Open database/sql.(*DB).connectionOpener", "database/sql.OpenDB", "select-no-exit", "a driver that does not connect"},
		{"select", "net.(*netFD).connect main.(*driver).Open database/sql.(*DB).conn main.f", "main.g", "select-no-exit", "the same in a query"},
		{"chan send", "main.(*log).Write io.Copy os/exec.(*Cmd).writerDescriptor.func1", "os/exec.(*Cmd).Start", "chan-send", "the writer that the output goes to"},
		{"select", "io.(*pipe).write io.(*PipeWriter).Write io.Copy os/exec.(*Cmd).writerDescriptor.func1", "os/exec.(*Cmd).Start", "io-pipe", "nobody reads the output"},
		{"chan receive", "main.f os/exec.(*Cmd).watchCtx.func1", "os/exec.(*Cmd).watchCtx", "chan-recv", "the command's Cancel function"},
		{"sync.WaitGroup.Wait", "sync.(*WaitGroup).Wait main.f golang.org/x/sync/singleflight.(*Group).doCall golang.org/x/sync/singleflight.(*Group).Do main.g", "main.h", "wg-wait",
			"the function that a singleflight.Group calls"},
		{"chan receive", "main.f golang.org/x/sync/errgroup.(*Group).Wait", "main.g", "chan-recv", "no function of an errgroup is called there"},
		{"chan receive", "main.handle google.golang.org/grpc.(*Server).processUnaryRPC google.golang.org/grpc.(*Server).serveStreams.func2.1",
			"google.golang.org/grpc.(*Server).serveStreams.func2", "chan-recv", "a handler of a gRPC server"},
		{"select", "google.golang.org/grpc.(*serverStream).RecvMsg main.handle google.golang.org/grpc.(*Server).serverWorker",
			"google.golang.org/grpc.(*Server).initServerWorkers", "select-no-exit", "a handler that receives, on a worker"},
		{"sync.Mutex.Lock", "sync.(*Mutex).Lock main.f sync.(*RWMutex).Lock main.g", "main.h", "mutex-lock", "another lock"},
		{"sync.Mutex.Lock", "sync.(*Mutex).Lock main.f sync.(*Once).doSlow main.g", "main.h", "mutex-lock", "the function of a Once waits for a lock"},
		{"sync.WaitGroup.Wait", "sync.(*WaitGroup).Wait main.f net/http/httptest.(*Server).Close main.g", "main.h", "wg-wait", "not in Close itself"},
		{"select", "main.f net/http.(*Server).Shutdown main.g", "main.h", "select-no-exit", "not in Shutdown itself"},
		{"running", "main.f testing.(*common).runCleanup testing.tRunner", "main.g", "busy-loop", "a cleanup of a test"},
		{"sync.Mutex.Lock", "sync.(*Mutex).Lock testing.(*common).log testing.(*common).Logf main.f", "main.g", "mutex-lock", "it waits to log"},
		{"chan receive", "main.f os/signal.loop main.g", "main.h", "chan-recv", "no goroutine of os/signal"},
		{"chan receive", "main.f os.(*File).Read main.g", "main.h", "chan-recv", "it does not read"},
		{"IO wait", "main.f net.(*netFD).accept main.g", "main.h", "io-wait", "it does not accept"},
	})
}

// TestStartedWhere tells the two sides of a websocket by the function that has
// the go statement: the stacks are the same.
func TestStartedWhere(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "shop.go")
	require.NoError(t, os.WriteFile(file, []byte(`package shop

func serve() {
	c, _ := up.Upgrade(w, r, nil)
	go c.ReadMessage() // line 5
}

func ask() {
	handle(func() { up.Upgrade(w, r, nil) })
	c, _ := dialer.Dial(url, nil)
	go c.ReadMessage() // line 11
}

func take() {
	c, _ := h.Hijack()
	go read(c) // line 16
}
`), 0o600))
	const websocket = "github.com/gorilla/websocket.(*Conn).ReadMessage"
	for _, tt := range []struct {
		call, creator string
		line          int
		id            string
	}{
		{websocket, "shop.serve", 5, "tls-hijack"},
		{websocket, "shop.ask", 11, "conn-read"},
		{"example.com/shop.read", "example.com/shop.take", 16, "tls-hijack"},
		{"example.com/shop.read", "example.com/shop.ask", 11, "conn-read"},
	} {
		g := &stackparse.Goroutine{State: "IO wait", Creator: &stackparse.Creator{Func: tt.creator, File: file, Line: tt.line}}
		for _, fn := range []string{"net.(*conn).Read", "bufio.(*Reader).Peek", tt.call} {
			g.Frames = append(g.Frames, stackparse.Frame{Func: fn})
		}
		assert.Equal(t, tt.id, cause.Of(g, &source.Tree{GoRoot: "/usr/local/go/src/"}).ID, "%s, started by %s", tt.call, tt.creator)
	}
}
