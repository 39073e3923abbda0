package stackparse

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0": 0, "007": 7, "9223372036854775807": 9223372036854775807} {
		n, ok := parseInt([]byte(text))
		assert.True(t, ok, text)
		assert.Equal(t, want, n)
	}
	for _, text := range []string{"", "-1", "+1", "1x", " 1", "9223372036854775808", "99999999999999999999999"} {
		_, ok := parseInt([]byte(text))
		assert.False(t, ok, text)
	}
	n, ok := parseHex([]byte("0xffffffffffffffff"))
	assert.True(t, ok)
	assert.Equal(t, ^uint64(0), n)
	for _, text := range []string{"", "0x", "1f", "0xG", "0xFF", "0x10000000000000000"} {
		_, ok := parseHex([]byte(text))
		assert.False(t, ok, text)
	}
}
