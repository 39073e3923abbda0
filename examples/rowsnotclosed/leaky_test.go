package rowsnotclosed

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestFirstWrong fails: the rows wait to be closed. The context is the
// program's; that of the test is cancelled at its end and hides the leak.
func TestFirstWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	program, end := context.WithCancel(context.Background())
	t.Cleanup(end) // after the check
	leakcheck.Verify(t)
	db := open(t)

	name, err := FirstWrong(program, db, "example.org")

	require.NoError(t, err)
	require.Equal(t, "Bob", name)
}
