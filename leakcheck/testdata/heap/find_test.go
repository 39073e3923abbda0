package heap

import (
	"runtime"
	"strings"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// inbox keeps what TestFind leaves.
var inbox chan string

// TestFind looks while something else runs.
func TestFind(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	inbox = make(chan string)
	go func() { inbox <- "tea" }()
	stacks := make([]byte, 1<<20)
	for !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), " [chan send") {
		runtime.Gosched()
	}
	t.Log(leakcheck.Find(leakcheck.Wait(1e7), leakcheck.Heap()))
}
