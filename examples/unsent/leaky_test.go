package unsent

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

var errFull = errors.New("disk full")

// TestSaveWrong fails: the order that is not stored leaves the goroutine behind
// that waits for its number.
func TestSaveWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)

	err := SaveWrong(func() (int, error) { return 0, errFull }, connect(&outbox{}))

	require.ErrorIs(t, err, errFull)
}
