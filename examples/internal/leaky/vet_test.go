package leaky

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestVet(t *testing.T) {
	t.Parallel()
	assert.Empty(t, Vet(t, "touch.go"), "nothing to say")
	assert.Equal(t, "testdata/copied.go:9:14: Copy passes lock by value: sync.Mutex\n", Vet(t, "testdata/copied.go"))
}
