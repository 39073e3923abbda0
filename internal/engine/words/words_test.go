package words_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

func TestEnumerate(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "TestA", words.Enumerate([]string{"TestA"}))
	assert.Equal(t, "TestA and TestB", words.Enumerate([]string{"TestA", "TestB"}))
	assert.Equal(t, "TestA, TestB and TestC", words.Enumerate([]string{"TestA", "TestB", "TestC"}))
}

func TestPlural(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "1 entry", words.Plural(1, "entry", "entries"))
	assert.Equal(t, "0 entries", words.Plural(0, "entry", "entries"))
	assert.Equal(t, "2 leaks", words.Count(2, "leak"))
}

func TestFirst(t *testing.T) {
	t.Parallel()
	calls := []string{"a", "b", "c"}
	assert.Equal(t, []string{"a", "2 more calls"}, words.First(calls, 1, "more call", "more calls"))
	assert.Equal(t, []string{"a", "b", "1 more call"}, words.First(calls, 2, "more call", "more calls"))
	assert.Equal(t, []string{"a", "b", "c"}, words.First(calls, 3, "more call", "more calls"), "the list itself has not changed")
}

// What names a folder comes from a test's name, which may hold anything.
func TestFileName(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a.b_c.TestX_y_z", words.FileName("a.b/c.TestX/y z"))
	assert.Equal(t, "__x__", words.FileName("\\\x00x\n\x7f"))
	assert.Equal(t, "_.._.._etc", words.FileName("/../../etc"))
	assert.Empty(t, words.FileName("..."), "no folder of the system's")
	assert.Len(t, words.FileName(strings.Repeat("x", 1000)), words.MaxFileName)
}

func TestSparkline(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "▁▂▃▄▅▆▇█", words.Sparkline([]int64{0, 1, 2, 3, 4, 5, 6, 7}, 20))
	assert.Equal(t, "▁█", words.Sparkline([]int64{9, 9, 1, 2}, 2), "the last ones")
	assert.Equal(t, "▁▁▁", words.Sparkline([]int64{5, 5, 5}, 9), "no change")
	assert.Empty(t, words.Sparkline(nil, 9))
	require.NotPanics(t, func() { words.Sparkline([]int64{math.MinInt64, math.MaxInt64, 0}, 9) })
}
