package addinside

import (
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestSums is the leaky test with the fix in place: Sums waits as long as
// somebody else is at work, and then has them all.
func TestSums(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		limit := make(chan struct{}, 1)
		limit <- struct{}{} // somebody else is at work
		var sums atomic.Pointer[[]string]
		go func() {
			got := Sums(limit, []string{"a", "b", "c"}, func(file string) string { return "sum of " + file })
			sums.Store(&got)
		}()

		synctest.Wait()
		assert.Nil(t, sums.Load(), "it waits for its places")

		<-limit
		synctest.Wait()
		assert.Equal(t, &[]string{"sum of a", "sum of b", "sum of c"}, sums.Load())
	})
}

// No more files are read at a time than there are places, and all are given back.
func TestSumsLimit(t *testing.T) {
	leakcheck.Verify(t)
	limit := make(chan struct{}, 2)
	var now, most atomic.Int64
	sum := func(file string) string {
		for n := now.Add(1); n > most.Load(); {
			most.CompareAndSwap(most.Load(), n)
		}
		defer now.Add(-1)
		return file
	}

	assert.Equal(t, []string{"a", "b", "c", "d"}, Sums(limit, []string{"a", "b", "c", "d"}, sum))

	assert.LessOrEqual(t, most.Load(), int64(2))
	assert.Empty(t, limit)
}

func TestSumsOfNothing(t *testing.T) {
	leakcheck.Verify(t)
	assert.Empty(t, Sums(nil, nil, nil), "no limit is asked for where there are no files")
}

// What go vet finds is Add as the first statement.
func TestVet(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "testdata/first.go:12:10: WaitGroup.Add called from inside new goroutine\n", leaky.Vet(t, "testdata/first.go"))
	assert.Empty(t, leaky.Vet(t, "wrong.go"))
}
