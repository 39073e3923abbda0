package capture

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// What waits for a goroutine to end must not move the clock of a bubble, which is the
// test's: a check there would fail for time that it let pass itself.
func TestAwaitEndInBubble(t *testing.T) {
	t.Parallel()
	assert.False(t, inBubble())
	synctest.Test(t, func(t *testing.T) {
		assert.True(t, inBubble())
		began := time.Now()
		awaitEnd(0) // there is always one goroutine, so it waits for as long as it may
		assert.Zero(t, time.Since(began))
	})
}
