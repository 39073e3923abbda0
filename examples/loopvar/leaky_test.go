package loopvar

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestAskWrong fails: all three answer for the last mirror, and two of them are
// left behind.
func TestAskWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()

	texts, err := AskWrong(ctx, []string{"de", "fr", "us"}, textOf)

	if err != nil { // with the mistake
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Empty(t, texts)
	}
}
