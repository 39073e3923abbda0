package missingcancel

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestLoadWrong fails: the watcher is left behind. The context is the
// program's; that of the test would be cancelled at its end and hide the leak.
func TestLoadWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	changes := make(chan string, 1)
	changes <- "debug=true"

	value, err := LoadWrong(context.Background(), changes)

	require.NoError(t, err)
	require.Equal(t, "debug=true", value)
}
