package counterrace

import (
	"errors"
	"testing"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestBrokenWrong fails with the race detector, and passes without. The number
// is not looked at: it is right nearly always, which is why tests miss this.
func TestBrokenWrong(t *testing.T) {
	if out := leaky.Raced(t); out != "" {
		leaky.Shown(t, out)
		return
	}
	leakcheck.Verify(t)
	gone := errors.New("gone")

	BrokenWrong([]string{"a", "b"}, func(string) error { return gone })
}
