package capture

import (
	"runtime"
	"runtime/pprof"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// leaked starts the one goroutine of this process that nothing can wake, and
// returns its id once it waits. It is one however often the tests run, because it
// stays.
var leaked = sync.OnceValue(func() int64 {
	id := make(chan int64)
	forever := make(chan struct{})
	go func() {
		id <- SelfID()
		<-forever
	}()
	leaked := <-id
	parked := func(g stackparse.Goroutine) bool { return g.ID == leaked && g.State == "chan receive" }
	for !slices.ContainsFunc(All().Goroutines, parked) {
		runtime.Gosched()
	}
	return leaked
})

// Not parallel: a proof speaks of the whole process.
func TestProve(t *testing.T) {
	id, waiting := leaked(), blocked(t)
	for range 2 {
		Prove()
		d := All()
		for _, g := range d.Goroutines {
			want := g.ID == id && CanProve()
			assert.Equal(t, want, g.Leaked, "goroutine %d [%s]; leaked is %d, a waiting one %d", g.ID, g.State, id, waiting)
		}
		g := find(t, d.Goroutines, id)
		assert.Equal(t, "chan receive", g.State, "the mark is no part of the state")
	}
}

// Not parallel: the variable is one for the process.
func TestCanProve(t *testing.T) {
	t.Setenv(ProofVariable, "off")
	assert.False(t, CanProve(), "switched off")
	Prove() // does nothing
	for _, value := range []string{"", "on"} {
		t.Setenv(ProofVariable, value)
		assert.Equal(t, pprof.Lookup("goroutineleak") != nil, CanProve(), "%q leaves it to the runtime", value)
	}
}
