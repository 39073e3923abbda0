package maprace

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestUsersWrong dies: it goes on until two goroutines are within a write at the
// same moment. With several processors that takes no time. With one it takes
// until the system halts one of the four threads within a write.
func TestUsersWrong(t *testing.T) {
	if out := leaky.Fatal(t); out != "" {
		leaky.Shown(t, out)
		return
	}
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	users := NewWrong()
	users.Saw("ann", noon) // the map has its place for her, and no write moves it
	end := time.Now().Add(30 * time.Second)
	var handlers sync.WaitGroup
	for range 4 {
		handlers.Go(func() {
			for time.Now().Before(end) {
				for range 10_000 {
					users.Saw("ann", noon)
				}
			}
		})
	}
	handlers.Wait()
}

// TestUsersWrongTwice fails with the race detector, and passes without: there is
// one processor, so that the two writes never meet.
func TestUsersWrongTwice(t *testing.T) {
	if out := leaky.Raced(t); out != "" {
		assert.Contains(t, out, "WARNING: DATA RACE")
		assert.Equal(t, 2, strings.Count(out, "wrong.go:15"), "both writes\n%s", out)
		return
	}
	leakcheck.Verify(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	users := NewWrong()
	var handlers sync.WaitGroup
	for range 2 {
		handlers.Go(func() { users.Saw("ann", noon) })
	}
	handlers.Wait()
}
