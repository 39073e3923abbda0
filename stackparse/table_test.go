package stackparse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTableRemembers(t *testing.T) {
	t.Parallel()
	var tab table[int]
	assert.Nil(t, tab.get([]byte("x")), "an empty table")
	const n = 2000
	for i := range n {
		key := fmt.Sprint("key ", i)
		require.Nil(t, tab.get([]byte(key)))
		tab.put(key, i)
	}
	found := 0
	for i := range n {
		if e := tab.get(fmt.Append(nil, "key ", i)); e != nil {
			require.Equal(t, i, e.value)
			found++
		}
	}
	assert.Greater(t, found, n*99/100, "it may forget, but hardly does")
}

func TestTableIsBounded(t *testing.T) {
	t.Parallel()
	var small, large table[int]
	for i := range 3 * mostEntries {
		small.put(fmt.Sprint(i), i)
		large.put(fmt.Sprint(i, strings.Repeat("x", 900)), i)
		if len(small.entries) > mostEntries || small.used > mostEntries/2 || large.size > tableBytes {
			t.Fatal("too large after", i)
		}
	}
	small.put(strings.Repeat("x", maxKey+1), 1)
	assert.Nil(t, small.get([]byte(strings.Repeat("x", maxKey+1))), "long keys are not kept")
}

// TestTableCollisions: whoever knows the hash can make keys that collide. They
// are forgotten, but never confused.
func TestTableCollisions(t *testing.T) {
	t.Parallel()
	var tab table[string]
	tab.put("seed", "seed")
	for i := range 10 * maxProbes {
		e := tab.place(0) // as if every key hashed to 0
		*e = entry[string]{hash: 0, key: fmt.Sprint(i), value: fmt.Sprint(i)}
	}
	for i := range tab.entries {
		assert.Equal(t, tab.entries[i].key, tab.entries[i].value)
	}
	assert.Nil(t, tab.get([]byte("absent")))
}

func TestHashSpreads(t *testing.T) {
	t.Parallel()
	for length := range 40 {
		seen := make(map[uint64]bool)
		b := make([]byte, length)
		for i := range b {
			for _, c := range []byte{1, 2, 'a', 255} {
				b[i] = c
				assert.False(t, seen[hash(b)], "length %d, byte %d", length, i)
				seen[hash(b)] = true
				b[i] = 0
			}
		}
	}
}

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
