package tickerloop

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// The value is fetched at each tick, and no more after Close.
func TestNew(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		f := New(time.Minute, func() int64 { return calls.Add(1) })
		assert.Equal(t, int64(1), f.Value(), "fetched at once")
		time.Sleep(2*time.Minute + time.Second)
		assert.Equal(t, int64(3), f.Value())
		f.Close()
		time.Sleep(time.Hour)
		assert.Equal(t, int64(3), calls.Load())
	})
}
