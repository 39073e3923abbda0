package missingwait

import (
	"context"
	"io"
	"net"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestVersion is the leaky test with the fix in place.
func TestVersion(t *testing.T) {
	ctx, end := context.WithCancel(context.Background())
	t.Cleanup(end) // after the check
	leakcheck.Verify(t)

	version, err := Version(ctx, asProgram(t, "short"))

	require.NoError(t, err)
	require.Equal(t, "tool 1.2", version)
}

func TestVersionOf(t *testing.T) {
	exit := new(exec.ExitError)
	tests := []struct {
		why, play string
		check     func(t *testing.T, version string, err error)
	}{
		{"one with more to say than a pipe holds is heard out", "long", func(t *testing.T, version string, err error) {
			require.NoError(t, err)
			assert.Equal(t, "tool 1.2", version)
		}},
		{"one that fails after it", "failing", func(t *testing.T, version string, err error) {
			require.ErrorAs(t, err, &exit)
			assert.Equal(t, 3, exit.ExitCode())
			assert.Empty(t, version)
		}},
		{"one that says nothing", "silent", func(t *testing.T, _ string, err error) {
			require.ErrorIs(t, err, io.EOF)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			leakcheck.Verify(t)
			version, err := Version(t.Context(), asProgram(t, tt.play))
			tt.check(t, version, err)
		})
	}
}

// A program that does not end is killed at the end of the context.
func TestVersionCancelled(t *testing.T) {
	leakcheck.Verify(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	program := asProgram(t, ln.Addr().String())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := Version(ctx, program)
		done <- err
	}()
	conn, err := ln.Accept()
	require.NoError(t, err)
	defer conn.Close()

	cancel()

	exit := new(exec.ExitError)
	require.ErrorAs(t, <-done, &exit)
}

func TestVersionOfNothing(t *testing.T) {
	leakcheck.Verify(t)
	_, err := Version(t.Context(), "no-such-program-anywhere")
	require.ErrorIs(t, err, exec.ErrNotFound)
}
