package unclosed

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestAdd(t *testing.T) {
	for why, tt := range map[string]struct {
		lines []string
		want  int
		fails bool
	}{
		"nothing adds up to nothing": {nil, 0, false},
		"several numbers":            {[]string{"1", "2", "3"}, 6, false},
		"the leaky test's input":     {[]string{"1", "two", "3"}, 0, true},
	} {
		t.Run(why, func(t *testing.T) {
			leakcheck.Verify(t)
			got, err := Add(tt.lines)
			assert.Equal(t, tt.want, got)
			if tt.fails {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
			}
		})
	}
}
