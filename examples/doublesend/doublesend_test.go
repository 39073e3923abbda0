package doublesend

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestTotal(t *testing.T) {
	leakcheck.Verify(t)
	stat := func(name string) (int64, error) {
		if name == "gone.txt" || name == "lost.txt" {
			return 0, fs.ErrNotExist
		}
		return 100, nil
	}
	tests := []struct {
		why   string
		names []string
		want  int64
		told  []string
	}{
		{"no file takes no room", nil, 0, nil},
		{"the sizes are added up", []string{"a.txt", "b.txt"}, 200, nil},
		{"the leaky test's files: the good ones count", []string{"a.txt", "gone.txt", "b.txt"}, 200, []string{"gone.txt"}},
		{"every error is returned", []string{"gone.txt", "lost.txt"}, 0, []string{"gone.txt", "lost.txt"}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			leakcheck.Verify(t)
			got, err := Total(tt.names, stat)
			assert.Equal(t, tt.want, got)
			if tt.told == nil {
				require.NoError(t, err)
			}
			for _, name := range tt.told {
				require.ErrorIs(t, err, fs.ErrNotExist)
				assert.ErrorContains(t, err, name+": ")
			}
		})
	}
}
