package capture

import (
	"context"
	"runtime/pprof"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// blocked starts a goroutine with the labels kv that waits until the test is
// over, and returns its id.
func blocked(t *testing.T, kv ...string) int64 {
	t.Helper()
	id, stop, done := make(chan int64), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		pprof.Do(context.Background(), pprof.Labels(kv...), func(context.Context) {
			id <- SelfID()
			<-stop
		})
	}()
	t.Cleanup(func() {
		close(stop)
		<-done
	})
	return <-id
}

// find returns the goroutine id of gs, or fails.
func find(t *testing.T, gs []stackparse.Goroutine, id int64) stackparse.Goroutine {
	t.Helper()
	for _, g := range gs {
		if g.ID == id {
			return g
		}
	}
	require.Fail(t, "goroutine is not in the dump", "%d", id)
	return stackparse.Goroutine{}
}

func TestRead(t *testing.T) {
	t.Parallel()
	before, created := Read(), Created()
	assert.GreaterOrEqual(t, created, before.Created, "the counter never goes back")
	blocked(t)
	after := Read()
	assert.Greater(t, after.Created, before.Created, "a go statement before the call is counted")
	assert.Greater(t, Created(), created, "by Created as well")
	assert.GreaterOrEqual(t, after.Live, uint64(3), "the main goroutine, this one and the blocked one")
}

func TestReadAllocatesNothing(t *testing.T) {
	// Not parallel: AllocsPerRun counts the allocations of the process.
	Read()
	assert.Zero(t, testing.AllocsPerRun(100, func() { Read() }))
	assert.Zero(t, testing.AllocsPerRun(100, func() { Created() }))
	assert.Zero(t, testing.AllocsPerRun(100, func() { SelfID() }))
}

func TestSelf(t *testing.T) {
	t.Parallel()
	self := Self()
	assert.Positive(t, self.ID)
	assert.Equal(t, self.ID, SelfID(), "two ways to the same id")
	assert.Equal(t, "running", self.State)
	require.NotNil(t, self.Creator)
	assert.Equal(t, "testing.(*T).Run", self.Creator.Func)

	other := make(chan [2]int64)
	go func() { other <- [2]int64{Self().ID, SelfID()} }()
	ids := <-other
	assert.Equal(t, ids[0], ids[1])
	assert.NotEqual(t, self.ID, ids[0], "another goroutine has another id")
}

// A stack that is deeper than the first buffer is read whole.
func TestSelfOfADeepStack(t *testing.T) {
	t.Parallel()
	var dive func(n int) stackparse.Goroutine
	dive = func(n int) stackparse.Goroutine {
		if n == 0 {
			return Self()
		}
		return dive(n - 1)
	}
	self := dive(90)
	require.NotNil(t, self.Creator, "the last lines are there")
	assert.Equal(t, SelfID(), self.ID)
	assert.Greater(t, len(self.Frames), 90)
}

func TestAll(t *testing.T) {
	t.Parallel()
	id := blocked(t, "job", "sync", "empty", "")
	d := All()
	require.NoError(t, d.Problems)
	require.NotEmpty(t, d.Goroutines)
	assert.Equal(t, SelfID(), d.Goroutines[0].ID, "the goroutine that asks comes first")
	assert.GreaterOrEqual(t, Created(), d.Counters.Created, "the counters are not newer")
	assert.True(t, d.Labels, "every supported release can print labels")

	g := find(t, d.Goroutines, id)
	job, ok := g.Label("job")
	assert.Equal(t, "sync", job, "labels come with the id")
	assert.True(t, ok)
	empty, ok := g.Label("empty")
	assert.Empty(t, empty)
	assert.True(t, ok, "an empty label is a label")
	assert.NotContains(t, g.Labels, stackparse.Label{Key: TestLabel, Value: "probe"}, "the probe labels a goroutine of its own")
}

// A dump must stay as it is when the buffer is used again.
func TestAllSharesNothing(t *testing.T) {
	t.Parallel()
	id := blocked(t, "job", "sync")
	first := All()
	want := find(t, first.Goroutines, id)
	want = *want.Clone()
	for range 3 {
		All()
	}
	assert.Equal(t, want, find(t, first.Goroutines, id))
}

// 3000 goroutines do not fit into the first buffer, and three together exceed
// what is kept.
func TestAllOfMany(t *testing.T) {
	t.Parallel()
	const n = 3000
	var ready, done sync.WaitGroup
	stop := make(chan struct{})
	ready.Add(n)
	for range n {
		done.Go(func() {
			ready.Done()
			<-stop
		})
	}
	ready.Wait()
	d := All()
	close(stop)
	done.Wait()
	assert.NoError(t, d.Problems)
	assert.Greater(t, len(d.Goroutines), n)
}

func TestAllConcurrently(t *testing.T) {
	t.Parallel()
	id := blocked(t, "job", "sync")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				self := Self()
				d := All()
				assert.NoError(t, d.Problems)
				assert.Equal(t, self.ID, d.Goroutines[0].ID, "each dump begins with who asked")
				found := false
				for i := range d.Goroutines {
					job, _ := d.Goroutines[i].Label("job")
					found = found || d.Goroutines[i].ID == id && job == "sync"
				}
				assert.True(t, found, "each dump shows labels")
			}
		})
	}
	wg.Wait()
}
