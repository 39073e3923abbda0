package corpuscgo

import (
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m) }

// C calls back into Go, and the callbacks start goroutines.
func TestCallback(t *testing.T) {
	leakcheck.Verify(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { assert.Equal(t, 90, sumDoubled(10)) })
	}
	wg.Wait()
	for range 40 {
		<-doubled
	}
}

// A goroutine that is in a call of C when its test is over.
func TestLateReturnFromC(t *testing.T) {
	returned := make(chan bool, 1)
	t.Cleanup(func() { // after the check
		select {
		case <-returned:
		default:
			t.Error("the check did not wait")
		}
	})
	leakcheck.Verify(t)
	entered := make(chan bool)
	go func() {
		runtime.LockOSThread()
		close(entered)
		pause(300)
		returned <- true
	}()
	<-entered
}
