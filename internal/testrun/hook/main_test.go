package hook

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestWait: the command bounds the wait of all checks.
func TestWait(t *testing.T) {
	before := options
	t.Cleanup(func() { options = before })
	options.wait = 300 * time.Millisecond
	c := config()
	assert.Equal(t, 300*time.Millisecond, c.Wait)
	assert.True(t, c.WaitSet, "also for what is slow to stop")
	options.wait = 0
	assert.False(t, config().WaitSet)
}
