package pullnostop

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestEqualWrong fails: the difference leaves the second iterator suspended.
func TestEqualWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	var open int
	a, b := logOf("start\nready\n", &open), logOf("start\nno disk\nstop\n", &open)

	require.False(t, EqualWrong(a.Lines, b.Lines))
}
