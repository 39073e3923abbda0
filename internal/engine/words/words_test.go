package words_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

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
