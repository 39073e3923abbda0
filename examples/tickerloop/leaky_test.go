package tickerloop

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestNewWrong fails: the loop goes on. It waits for time, so the check has to
// be told that it will not end by itself.
func TestNewWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t, leakcheck.Wait(100*time.Millisecond))

	f := NewWrong(time.Hour, func() int64 { return 7 })

	require.Equal(t, int64(7), f.Value())
}
