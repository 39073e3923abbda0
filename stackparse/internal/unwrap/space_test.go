package unwrap

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestIsPlain puts each byte at each place of a line, for what is looked at
// eight bytes at a time and what is left over.
func TestIsPlain(t *testing.T) {
	t.Parallel()
	for at := range 19 {
		for c := range 256 {
			line := []byte("goroutine 7 [run]:x")
			line[at] = byte(c)
			want := ' ' <= c && c < 0x80 && (c != ' ' || at < len(line)-1)
			assert.Equal(t, want, IsPlain(line), "%q", line)
		}
	}
	assert.True(t, IsPlain(nil))
}
