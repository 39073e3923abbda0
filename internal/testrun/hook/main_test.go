package hook

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestConfig: the command bounds the wait of all checks, and gives the advice itself.
func TestConfig(t *testing.T) {
	before := options
	t.Cleanup(func() { options = before })
	options.wait = 300 * time.Millisecond
	c := config()
	assert.Equal(t, 300*time.Millisecond, c.Wait)
	assert.True(t, c.WaitSet, "also for what is slow to stop")
	assert.True(t, c.NoAdvice, "the command learns more by running tests again")
	options.wait = 0
	assert.False(t, config().WaitSet)
}
