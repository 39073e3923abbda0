package lockorder

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Transfers in opposite directions at the same time, many times.
func TestTransferRight(t *testing.T) {
	t.Parallel()
	leakcheck.Verify(t)
	a, b := Open(1, 100), Open(2, 100)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { TransferRight(a, b, 2) })
		all.Go(func() { TransferRight(b, a, 1) })
	}
	all.Wait()
	assert.Equal(t, 0, a.Balance())
	assert.Equal(t, 200, b.Balance())
}

// One after the other the wrong way works, which is why tests miss it.
func TestTransferWrongInTurn(t *testing.T) {
	t.Parallel()
	a, b := Open(1, 100), Open(2, 100)
	TransferWrong(a, b, 2, nil)
	TransferWrong(b, a, 1, nil)
	assert.Equal(t, []int{99, 101}, []int{a.Balance(), b.Balance()})
}
