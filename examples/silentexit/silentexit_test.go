package silentexit

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Save returns when all orders are saved, which takes as long as one of them.
func TestSave(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		var saved atomic.Int64
		began := time.Now()

		Save([]string{"tea", "milk", "salt"}, slow(&saved))

		assert.Equal(t, int64(3), saved.Load())
		assert.Equal(t, time.Minute, time.Since(began))
	})
}

// SaveWrong returns when none is saved. In a test the goroutines live on, and
// save them later: there is nothing to report.
func TestSaveWrong(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		var saved atomic.Int64

		SaveWrong([]string{"tea", "milk", "salt"}, slow(&saved))

		assert.Zero(t, saved.Load())
		time.Sleep(2 * time.Minute)
		assert.Equal(t, int64(3), saved.Load())
	})
}

func TestSaveNothing(t *testing.T) {
	leakcheck.Verify(t)
	Save(nil, nil)
}

// slow takes a minute for each order, of the bubble's time.
func slow(saved *atomic.Int64) func(string) {
	return func(string) {
		time.Sleep(time.Minute)
		saved.Add(1)
	}
}
