package lockorder

import (
	"sync"
	"testing"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m) }

// TestTransferWrong hangs: each transfer waits for the lock that the other one
// holds.
func TestTransferWrong(t *testing.T) {
	if leaky.CheckedHung(t) {
		return
	}
	a, b := Open(1, 100), Open(2, 100)
	var both sync.WaitGroup
	both.Add(2)
	meet := func() { both.Done(); both.Wait() }
	go TransferWrong(a, b, 10, meet) // want "started"
	TransferWrong(b, a, 20, meet)
}
