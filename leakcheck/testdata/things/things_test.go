// Package things has tests that leave descriptors and child processes behind, and
// some that do not.
package things

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) {
	switch os.Getenv("THINGS") {
	case "sleep": // as a child
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	case "exit":
		os.Exit(0)
	case "main":
		leakcheck.VerifyTestMain(m, leakcheck.Descriptors(), leakcheck.Children())
	}
	os.Exit(m.Run())
}

func verify(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Descriptors(), leakcheck.Children())
}

// kept is what tests leave.
var (
	keeping sync.Mutex
	kept    []any
)

func keep(what ...any) {
	keeping.Lock()
	defer keeping.Unlock()
	kept = append(kept, what...)
}

func TestFile(t *testing.T) {
	verify(t)
	f, err := os.Create(filepath.Join(t.TempDir(), "a.txt")) // file
	require.NoError(t, err)
	keep(f)
}

func TestFolder(t *testing.T) {
	verify(t)
	f, err := os.Open(".")
	require.NoError(t, err)
	keep(f)
}

func TestPipe(t *testing.T) {
	verify(t)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	keep(r, w)
}

func TestListener(t *testing.T) {
	verify(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	keep(l)
}

func TestAccepting(t *testing.T) {
	verify(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go l.Accept() // accept
}

func TestConnection(t *testing.T) {
	verify(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	s, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, s.Close())
	keep(c)
}

func TestDatagrams(t *testing.T) {
	verify(t)
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	keep(c)
}

func TestDropped(t *testing.T) {
	gc := debug.SetGCPercent(-1) // a collection would close the file
	t.Cleanup(func() { debug.SetGCPercent(gc) })
	verify(t)
	_, err := os.Open(os.Args[0])
	require.NoError(t, err)
}

func child(t *testing.T, what string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "THINGS="+what)
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	keep(stdin)
	require.NoError(t, cmd.Start())
	return cmd
}

func TestRunning(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Children(), leakcheck.Wait(100*time.Millisecond))
	keep(child(t, "sleep"))
}

func TestZombie(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Children())
	keep(child(t, "exit"))
}

func TestWaited(t *testing.T) {
	verify(t)
	require.NoError(t, child(t, "exit").Wait())
}

// What is closed in a moment is no finding.
func TestSoon(t *testing.T) {
	verify(t)
	f, err := os.Open(".")
	require.NoError(t, err)
	time.AfterFunc(50*time.Millisecond, func() { f.Close() })
}

// What the runtime and the standard library keep is none, also where this test is
// the first to use it.
func TestClean(t *testing.T) {
	verify(t)
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	resp, err := http.Get(s.URL)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	_, _ = net.LookupHost("localhost")
	_, err = exec.Command(os.Args[0], "-test.run=^$").Output()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(t.TempDir(), "b"), nil, 0o600))
}

var server *httptest.Server

// A connection that is kept for reuse belongs to its transport.
func TestKeptAlive(t *testing.T) {
	server = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Run("first", func(t *testing.T) {
		verify(t)
		resp, err := http.Get(server.URL)
		require.NoError(t, err)
		resp.Body.Close()
	})
	server.Close()
}

func TestLeftOut(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Descriptors("a TCP listener", "the file "))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f, err := os.Open(os.Args[0])
	require.NoError(t, err)
	keep(l, f)
}

func TestDeferred(t *testing.T) {
	defer leakcheck.Verify(t, leakcheck.Descriptors())
	f, err := os.Open(".")
	require.NoError(t, err)
	keep(f)
}

// Failed is its own problem, and what it leaves blames no other test.
func TestFailed(t *testing.T) {
	verify(t)
	f, err := os.Open(".")
	require.NoError(t, err)
	keep(f)
	t.Error("for another reason")
}

func TestAfterFailed(t *testing.T) { verify(t) }

// Parallel tests run together: each ends when the other one has begun.
func TestParallel(t *testing.T) {
	var begun sync.WaitGroup
	begun.Add(2)
	both := func(t *testing.T) {
		t.Parallel()
		verify(t)
		begun.Done()
		begun.Wait()
	}
	t.Run("socket", func(t *testing.T) {
		both(t)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		keep(l)
	})
	t.Run("file", func(t *testing.T) {
		if os.Getenv("THINGS") == "main" {
			t.Skip("not now")
		}
		both(t)
		f, err := os.Create(filepath.Join(t.TempDir(), "mine"))
		require.NoError(t, err)
		keep(f)
	})
	t.Run("other", func(t *testing.T) {
		if os.Getenv("THINGS") == "" {
			t.Skip("not now")
		}
		both(t)
	})
}
