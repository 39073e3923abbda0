package cache

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTableRemembers(t *testing.T) {
	t.Parallel()
	var tab Table[int]
	assert.Nil(t, tab.Get([]byte("x")), "an empty table")
	const n = 2000
	for i := range n {
		key := fmt.Sprint("key ", i)
		require.Nil(t, tab.Get([]byte(key)))
		tab.Put(key, i)
	}
	found := 0
	for i := range n {
		if e := tab.Get(fmt.Append(nil, "key ", i)); e != nil {
			require.Equal(t, i, e.Value)
			found++
		}
	}
	assert.Greater(t, found, n*99/100, "it may forget, but hardly does")
}

func TestTableIsBounded(t *testing.T) {
	t.Parallel()
	var small, large Table[int]
	for i := range 3 * mostEntries {
		small.Put(fmt.Sprint(i), i)
		large.Put(fmt.Sprint(i, strings.Repeat("x", 900)), i)
		if len(small.entries) > mostEntries || small.used > mostEntries/2 || large.size > tableBytes {
			t.Fatal("too large after", i)
		}
	}
	small.Put(strings.Repeat("x", MaxKey+1), 1)
	assert.Nil(t, small.Get([]byte(strings.Repeat("x", MaxKey+1))), "long keys are not kept")
}

// TestTableCollisions: keys can be made that collide. They are forgotten, but
// never confused.
func TestTableCollisions(t *testing.T) {
	t.Parallel()
	var tab Table[string]
	tab.Put("seed", "seed")
	for i := range 10 * MaxProbes {
		e := tab.place(0) // as if every key hashed to 0
		*e = Entry[string]{hash: 0, Key: fmt.Sprint(i), Value: fmt.Sprint(i)}
	}
	for i := range tab.entries {
		assert.Equal(t, tab.entries[i].Key, tab.entries[i].Value)
	}
	assert.Nil(t, tab.Get([]byte("absent")))
}

func TestHashSpreads(t *testing.T) {
	t.Parallel()
	for length := range 40 {
		seen := make(map[uint64]bool)
		b := make([]byte, length)
		for i := range b {
			for _, c := range []byte{1, 2, 'a', 255} {
				b[i] = c
				assert.False(t, seen[Hash(b)], "length %d, byte %d", length, i)
				seen[Hash(b)] = true
				b[i] = 0
			}
		}
	}
}
