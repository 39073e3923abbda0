package wait_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// The functions that stand as source text in TestOnTimer are never called.
var _ = waits

func thisFile(t *testing.T) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(1)
	require.True(t, ok)
	return file
}

// Only the source distinguishes a receive from a timer from other receives; this very file is the source.
func TestOnTimer(t *testing.T) {
	t.Parallel()
	lines := source.Here().Lines(thisFile(t))
	at := func(marker string) stackparse.Goroutine {
		for i, line := range lines {
			if strings.HasSuffix(line, "// "+marker) {
				frames := []stackparse.Frame{{Func: "shop.f", File: thisFile(t), Line: i + 1}}
				return stackparse.Goroutine{ID: 2, State: "chan receive", Frames: frames}
			}
		}
		t.Fatalf("no line marked %q", marker)
		return stackparse.Goroutine{}
	}
	timer, plain := at("timer"), at("plain")
	assert.True(t, wait.OnTimer(&timer, source.Here()))
	assert.False(t, wait.OnTimer(&plain, source.Here()))
	timer.State = "sleep"
	assert.False(t, wait.OnTimer(&timer, source.Here()), "only receives and selects can wait for a timer's channel")
}

func waits(c <-chan int) {
	<-time.After(time.Hour) // timer
	<-c                     // plain
}

// A connection whose body was closed is idle on both its goroutines; one whose
// body was not closed is a leak on both. Only the argument pairs them.
func TestIdleConns(t *testing.T) {
	t.Parallel()
	const dump = `goroutine 5 [IO wait]:
bufio.(*Reader).Peek(0xc0000a0000, 0x1)
	/go/src/bufio/bufio.go:1 +0x1
net/http.(*persistConn).readLoop(0xc000001000)
	/go/src/net/http/transport.go:1 +0x1
created by net/http.(*Transport).dialConn in goroutine 1
	/go/src/net/http/transport.go:1 +0x1

goroutine 6 [select]:
net/http.(*persistConn).writeLoop(0xc000001000)
	/go/src/net/http/transport.go:1 +0x1
created by net/http.(*Transport).dialConn in goroutine 1
	/go/src/net/http/transport.go:1 +0x1

goroutine 7 [select]:
net/http.(*persistConn).readLoop(0xc000002000)
	/go/src/net/http/transport.go:1 +0x1
created by net/http.(*Transport).dialConn in goroutine 1
	/go/src/net/http/transport.go:1 +0x1

goroutine 8 [select]:
net/http.(*persistConn).writeLoop(0xc000002000)
	/go/src/net/http/transport.go:1 +0x1
created by net/http.(*Transport).dialConn in goroutine 1
	/go/src/net/http/transport.go:1 +0x1
`
	gs, err := stackparse.Parse([]byte(dump))
	require.NoError(t, err)
	assert.Equal(t, map[int64]bool{5: true, 6: true}, wait.IdleConns(gs))
}

// The loop of net/http itself has to wait, and not what it called.
func TestIdleConnsNearMisses(t *testing.T) {
	t.Parallel()
	const (
		serve  = "net/http.(*conn).serve(0x1)"
		peek   = "bufio.(*Reader).Peek(0x1)"
		byConn = "net/http.(*Server).Serve"
	)
	for _, tt := range []struct {
		state, creator string
		calls          []string // innermost first
		idle           bool
		reason         string
	}{
		{"IO wait", byConn, []string{"net.(*conn).Read(0x1)", peek, serve}, true, "between two requests"},
		{"IO wait", byConn, []string{"shop.(*conn).Read(0x1)", peek, serve}, true, "the same on a connection that the program wraps"},
		{"IO wait", byConn, []string{"net.(*conn).Read(0x1)", peek, "shop.handle(0x1)", "net/http.serverHandler.ServeHTTP(0x1)", serve}, false,
			"a handler that took the connection over waits in a Peek of its own"},
		{"IO wait", byConn, []string{"net.(*conn).Read(0x1)", peek, "crypto/tls.(*Conn).Handshake(0x1)", serve}, false, "another Peek below the loop"},
		{"select", byConn, []string{"internal/nettest.(*Conn).Read(0x1)", peek, serve}, true, "the in-memory network of a NewTestServer"},
		{"select", byConn, []string{"net.(*pipe).Read(0x1)", peek, serve}, true, "one end of a net.Pipe"},
		{"select", byConn, []string{"shop.(*conn).Read(0x1)", peek, serve}, false, "what a connection of the user's waits for is not known"},
		{"chan receive", byConn, []string{"shop.state(0x1)", peek, serve}, false, "it does not wait for the network"},
		{"IO wait", "net/http.(*Transport).dialConn", []string{peek, "shop.read(0x1)", "net/http.(*persistConn).readLoop(0x1)"}, false, "a client's loop in other code"},
		{"select", byConn, []string{"net/http.(*http2serverConn).serve(0x1)", serve}, true, "HTTP/2 until Go 1.26"},
		{"select", byConn, []string{"net/http/internal/http2.(*serverConn).serve(0x1)", serve}, true, "HTTP/2 since Go 1.27"},
		{"select", byConn, []string{"shop.onState(0x1)", "net/http.(*http2serverConn).serve(0x1)", serve}, false, "the server's ConnState function waits"},
		{"chan send", byConn, []string{"net/http.(*http2serverConn).serve(0x1)", serve}, false, "it does not wait for frames"},
		{"IO wait", "net/http.(*http2serverConn).serve", []string{"net.(*conn).Read(0x1)", "net/http.(*http2serverConn).readFrames(0x1)"}, true, "the reader of an HTTP/2 server"},
		{"IO wait", "net/http.(*http2Transport).newClientConn", []string{"net.(*conn).Read(0x1)", "net/http.(*http2ClientConn).readLoop(0x1)"}, true, "of a client"},
		{"IO wait", "net/http.(*http2Transport).newClientConn", []string{"net/http.(*http2ClientConn).readLoop(0x1)", "shop.read(0x1)"}, false, "in another goroutine"},
	} {
		dump := "goroutine 5 [" + tt.state + "]:\n"
		for _, call := range tt.calls {
			dump += call + "\n\t/go/src/x.go:1 +0x1\n"
		}
		gs, err := stackparse.Parse([]byte(dump + "created by " + tt.creator + " in goroutine 1\n\t/go/src/x.go:1 +0x1\n"))
		require.NoError(t, err)
		assert.Equal(t, tt.idle, wait.IdleConns(gs)[5], tt.reason)
	}
}

// What sleeps for an hour sleeps for at least as long as is left of it since the
// process began. Where the dump is not sure of the argument, nothing is known.
func TestAsleep(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args string
		want time.Duration
	}{
		{"0x34630b8a000", 50 * time.Minute},
		{"0x3b9aca00", 0},
		{"0x34630b8a000?", 0},
		{"0x30b8a000, 0x346", 0},
		{"...", 0},
		{"", 0},
	} {
		g := stackparse.Goroutine{State: "sleep", Frames: []stackparse.Frame{{Func: "time.Sleep", Args: row.args}}}
		assert.Equal(t, row.want, wait.Asleep(&g, 10*time.Minute), row.args)
		g.State = "runnable"
		assert.Zero(t, wait.Asleep(&g, 10*time.Minute), "it was woken")
	}
}
