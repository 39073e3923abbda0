package sorting_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
)

func TestSort(t *testing.T) {
	t.Parallel()
	words := []string{"ccc", "a", "bb", "b", "aa", ""}
	sorting.Stable(words, func(a, b string) int { return len(a) - len(b) })
	assert.Equal(t, []string{"", "a", "b", "bb", "aa", "ccc"}, words, "words of one length stay in their order")
}
