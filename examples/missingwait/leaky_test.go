package missingwait

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestVersionWrong fails: the goroutine that watches the context of the command
// is left behind. The context is the program's; that of the test is cancelled
// at its end and hides the leak.
func TestVersionWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	ctx, end := context.WithCancel(context.Background())
	t.Cleanup(end) // after the check
	leakcheck.Verify(t)

	version, err := VersionWrong(ctx, asProgram(t, "short"))

	require.NoError(t, err)
	require.Equal(t, "tool 1.2", version)
}
