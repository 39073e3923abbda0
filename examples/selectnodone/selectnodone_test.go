package selectnodone

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestCount is the leaky test with the fix in place: the test's context ends
// with the test, and the counting with it.
func TestCount(t *testing.T) {
	leakcheck.Verify(t)

	hits := Count(t.Context())
	hits.Add("/news")
	count, _ := hits.Of("/news")

	require.Equal(t, 1, count)
}

// What many goroutines add at the same time is all counted.
func TestCountTogether(t *testing.T) {
	leakcheck.Verify(t)
	hits := Count(t.Context())
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { hits.Add("/news") })
		all.Go(func() { hits.Add("/home") })
	}
	all.Wait()
	for page, want := range map[string]int{"/news": 50, "/home": 50, "/none": 0} {
		count, ok := hits.Of(page)
		assert.True(t, ok)
		assert.Equal(t, want, count, page)
	}
}

// After the end nobody waits for a loop that is gone.
func TestCountEnded(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		hits := Count(ctx)
		hits.Add("/news")
		cancel()
		synctest.Wait() // until the loop has ended

		hits.Add("/news")
		_, ok := hits.Of("/news")

		assert.False(t, ok)
	})
}
