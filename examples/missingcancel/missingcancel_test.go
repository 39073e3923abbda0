package missingcancel

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestLoad is the leaky test with the fix in place.
func TestLoad(t *testing.T) {
	leakcheck.Verify(t)
	changes := make(chan string, 1)
	changes <- "debug=true"

	value, err := Load(context.Background(), changes)

	require.NoError(t, err)
	require.Equal(t, "debug=true", value)
}

func TestLoadGivesUp(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()

	value, err := Load(ctx, nil)

	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, value)
}

// TestCloseWithValue closes a watcher that has a value nobody asked for.
func TestCloseWithValue(t *testing.T) {
	leakcheck.Verify(t)
	changes := make(chan string)
	w := Watch(context.Background(), changes)
	changes <- "debug=true"
	w.Close()
}
