package verify

import (
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// check calls Verify when the defer statement is reached, in the manner of
// leaktest: it is a Verify at the top.
func check(t *testing.T) func() {
	leakcheck.Verify(t)
	return func() {}
}

func TestIdiom(t *testing.T) {
	for _, name := range []string{"a", "b"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer check(t)()
			done := make(chan int)
			go func() {
				time.Sleep(10 * time.Millisecond)
				startByAnother()
				close(done)
			}()
			<-done
		})
	}
}
