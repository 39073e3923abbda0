package blockedcallback

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestCloseInCallback is the leaky test with the fix in place.
func TestCloseInCallback(t *testing.T) {
	leakcheck.Verify(t)
	runs := make(chan struct{})

	w := New(time.Millisecond, func() string {
		close(runs)
		return "debug=true"
	})
	<-runs
	w.Close()
}

// Time is that of synctest, which takes none.
func TestNew(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		w := New(time.Second, func() string { reads++; return strconv.Itoa(reads) })
		begin := time.Now()
		for range 10 {
			time.Sleep(time.Second / 2)
			w.Changed()
		}
		assert.Equal(t, "1", <-w.Values(), "one value for all changes")
		assert.Equal(t, 6*time.Second, time.Since(begin), "a second after the last one")
		w.Changed()
		assert.Equal(t, "2", <-w.Values())
		w.Changed()
		w.Close()
		time.Sleep(time.Hour)
		assert.Equal(t, 2, reads, "no more is read after Close")
	})
}
