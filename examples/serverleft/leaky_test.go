package serverleft

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestRunWrong fails: the server waits for the next connection.
func TestRunWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(t.Context())
	ln := listen(t)
	done := make(chan error, 1)
	go func() { done <- RunWrong(ctx, ln, hello) }()
	require.Equal(t, "hello", get(t, ln.Addr()))

	cancel()

	require.NoError(t, <-done)
}
