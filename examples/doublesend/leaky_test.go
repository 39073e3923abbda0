package doublesend

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestTotalWrong fails: the missing file leaves a goroutine behind.
func TestTotalWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	stat := func(name string) (int64, error) {
		if name == "gone.txt" {
			return 0, fs.ErrNotExist
		}
		return 100, nil
	}

	_, err := TotalWrong([]string{"a.txt", "gone.txt", "b.txt"}, stat)

	require.ErrorIs(t, err, fs.ErrNotExist)
}
