//go:build unix

package corpus

import (
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// systemPrograms are the programs for systems of this kind.
func systemPrograms() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"UnixSocket":   TestUnixSocket,
		"SignalReload": TestSignalReload,
	}
}

func TestUnixSocket(t *testing.T) {
	leakcheck.Verify(t)
	dir, err := os.MkdirTemp("", "corpus") // t.TempDir is too long a name for a socket
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	require.NoError(t, err)
	srv := newEchoServer(l)
	t.Cleanup(srv.Close)
	c, err := net.Dial("unix", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	talk(t, c)
}

// A goroutine that loads a configuration again with each signal.
func TestSignalReload(t *testing.T) {
	leakcheck.Verify(t)
	signals, loaded := make(chan os.Signal, 1), make(chan os.Signal)
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for s := range signals {
			loaded <- s
		}
	}()
	for range 3 {
		require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGUSR1))
		assert.Equal(t, syscall.SIGUSR1, <-loaded)
	}
	signal.Stop(signals)
	close(signals)
}
