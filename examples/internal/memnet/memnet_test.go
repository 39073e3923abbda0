package memnet

import (
	"context"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestListener(t *testing.T) {
	leakcheck.Verify(t)
	ln := Listen()
	go func() {
		conn, err := ln.Accept()
		if assert.NoError(t, err) {
			_, err = io.WriteString(conn, ln.Addr().Network()+" "+ln.Addr().String())
			assert.NoError(t, err)
			assert.NoError(t, conn.Close())
		}
	}()
	conn, err := ln.Dial(t.Context(), "tcp", "example.com:80")
	require.NoError(t, err)
	text, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Equal(t, "memory memory", string(text))

	require.NoError(t, ln.Close())
	require.NoError(t, ln.Close(), "a server may close it as well")
	_, err = ln.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = ln.Dial(t.Context(), "", "")
	require.ErrorIs(t, err, net.ErrClosed)
}

// Nobody accepts.
func TestDialGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Listen().Dial(ctx, "", "")
	require.ErrorIs(t, err, context.Canceled)
}
