package corpus

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// echoServer answers line by line until it is closed, connection by connection.
type echoServer struct {
	l     net.Listener
	wg    sync.WaitGroup
	mu    sync.Mutex
	conns map[net.Conn]bool
}

func newEchoServer(l net.Listener) *echoServer {
	s := &echoServer{l: l, conns: map[net.Conn]bool{}}
	s.wg.Go(s.accept)
	return s
}

func (s *echoServer) accept() {
	for {
		c, err := s.l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
		s.wg.Go(func() {
			defer c.Close()
			io.Copy(c, c)
		})
	}
}

// Close ends the connections, too, and waits for their goroutines.
func (s *echoServer) Close() {
	s.l.Close()
	s.mu.Lock()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// talk sends lines over c and expects them back.
func talk(t *testing.T, c net.Conn) {
	t.Helper()
	in := bufio.NewReader(c)
	for n := range 3 {
		fmt.Fprintln(c, "line", n)
		line, err := in.ReadString('\n')
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("line %d\n", n), line)
	}
}

func TestTCPEcho(t *testing.T) {
	leakcheck.Verify(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := newEchoServer(l)
	t.Cleanup(srv.Close)
	for range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		talk(t, c)
		t.Cleanup(func() { c.Close() })
	}
}

func TestUDP(t *testing.T) {
	leakcheck.Verify(t)
	srv, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := srv.ReadFrom(buf)
			if err != nil {
				return
			}
			srv.WriteTo(buf[:n], from)
		}
	}()
	c, err := net.Dial("udp", srv.LocalAddr().String())
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Write([]byte("ping"))
	require.NoError(t, err)
	buf := make([]byte, 16)
	n, err := c.Read(buf)
	require.NoError(t, err)
	assert.Equal(t, "ping", string(buf[:n]))
	require.NoError(t, srv.Close())
	<-done
}

func TestNetPipe(t *testing.T) {
	leakcheck.Verify(t)
	a, b := net.Pipe()
	go func() {
		defer b.Close()
		io.Copy(b, b)
	}()
	talk(t, a)
	require.NoError(t, a.SetReadDeadline(time.Now().Add(time.Millisecond)))
	_, err := a.Read(make([]byte, 1))
	assert.ErrorContains(t, err, "timeout")
	require.NoError(t, a.Close())
}

// Arith is what the RPC server offers.
type Arith struct{}

func (Arith) Add(args [2]int, sum *int) error {
	*sum = args[0] + args[1]
	return nil
}

func TestRPC(t *testing.T) {
	leakcheck.Verify(t)
	srv := rpc.NewServer()
	require.NoError(t, srv.Register(Arith{}))
	here, there := net.Pipe()
	go srv.ServeConn(there)
	client := rpc.NewClient(here)
	var calls []*rpc.Call
	for n := range 10 {
		calls = append(calls, client.Go("Arith.Add", [2]int{n, 1}, new(int), nil))
	}
	for n, call := range calls {
		<-call.Done
		require.NoError(t, call.Error)
		assert.Equal(t, n+1, *call.Reply.(*int))
	}
	require.NoError(t, client.Close())
}

// A lookup that is given up: the goroutine of the resolver ends after the
// caller went on.
func TestLookupCancelled(t *testing.T) {
	leakcheck.Verify(t)
	asked := make(chan struct{}, 100)
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		asked <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := r.LookupHost(ctx, "name.invalid")
	assert.Error(t, err)
}

// Two connections race and the slower one is given up.
func TestDialCancelled(t *testing.T) {
	leakcheck.Verify(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := newEchoServer(l)
	t.Cleanup(srv.Close)
	ctx, cancel := context.WithCancel(t.Context())
	conns := make(chan net.Conn)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			var d net.Dialer
			c, err := d.DialContext(ctx, "tcp", l.Addr().String())
			if err != nil {
				assert.ErrorIs(t, err, context.Canceled)
				return
			}
			select {
			case conns <- c:
			case <-ctx.Done():
				c.Close()
			}
		})
	}
	c := <-conns
	cancel()
	talk(t, c)
	c.Close()
	wg.Wait()
}
