package maprace

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// TestUsers has many handlers at the same time, which write and read. With the
// race detector it is silent.
func TestUsers(t *testing.T) {
	leakcheck.Verify(t)
	users := New()
	var handlers sync.WaitGroup
	for range 4 {
		handlers.Go(func() {
			for range 1000 {
				users.Saw("ann", noon)
				assert.Equal(t, noon, users.Last("ann"))
			}
		})
	}
	handlers.Wait()

	users.Saw("ann", noon.Add(time.Hour))
	assert.Equal(t, noon.Add(time.Hour), users.Last("ann"), "the last time counts")
	assert.Zero(t, users.Last("bob"), "nobody saw him")
}

// One after the other the wrong way works, which is why tests miss it.
func TestUsersWrongInTurn(t *testing.T) {
	leakcheck.Verify(t)
	users := NewWrong()
	users.Saw("ann", noon)
	users.Saw("ann", noon.Add(time.Hour))
	assert.Equal(t, noon.Add(time.Hour), users.Last("ann"))
}
