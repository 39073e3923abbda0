package blockedcallback

import (
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestNewWrong fails: the watch is closed while its callback runs, and that is
// left behind.
func TestNewWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	runs := make(chan struct{})

	w := NewWrong(time.Millisecond, func() string {
		close(runs)
		return "debug=true"
	})
	<-runs
	w.CloseWrong()
}
