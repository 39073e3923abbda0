package corpus

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// A pool that a cleanup closes, registered after the check and so before it.
func TestWorkerPool(t *testing.T) {
	leakcheck.Verify(t)
	jobs, results := make(chan int), make(chan int)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for n := range jobs {
				results <- n * n
			}
		})
	}
	t.Cleanup(func() {
		close(jobs)
		workers.Wait()
	})
	go func() {
		for n := range 100 {
			jobs <- n
		}
	}()
	sum := 0
	for range 100 {
		sum += <-results
	}
	assert.Equal(t, 328350, sum)
}

// numbers sends 0, 1, ... until ctx is done.
func numbers(ctx context.Context) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for n := 0; ; n++ {
			select {
			case out <- n:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// apply is a stage of a pipeline.
func apply(ctx context.Context, in <-chan int, f func(int) int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for n := range in {
			select {
			case out <- f(n):
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// The consumer stops early and cancels; the stages end by themselves.
func TestPipeline(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	square := apply(ctx, numbers(ctx), func(n int) int { return n * n })
	text := apply(ctx, square, func(n int) int { return n + 1 })
	for _, want := range []int{1, 2, 5, 10} {
		assert.Equal(t, want, <-text)
	}
}

// The context of the test itself ends the producers.
func TestFanIn(t *testing.T) {
	leakcheck.Verify(t)
	merged := make(chan int)
	for range 5 {
		in := numbers(t.Context())
		go func() {
			for n := range in {
				select {
				case merged <- n:
				case <-t.Context().Done():
					return
				}
			}
		}()
	}
	seen := map[int]int{}
	for range 50 {
		seen[<-merged]++
	}
	for n, times := range seen {
		assert.LessOrEqual(t, times, 5, "%d was sent by five producers", n)
	}
}

// group is the shape of golang.org/x/sync/errgroup.
type group struct {
	wg     sync.WaitGroup
	cancel context.CancelCauseFunc
	once   sync.Once
	err    error
}

func newGroup(ctx context.Context) (*group, context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	return &group{cancel: cancel}, ctx
}

func (g *group) Go(f func() error) {
	g.wg.Go(func() {
		if err := f(); err != nil {
			g.once.Do(func() {
				g.err = err
				g.cancel(err)
			})
		}
	})
}

func (g *group) Wait() error {
	g.wg.Wait()
	g.cancel(g.err)
	return g.err
}

func TestErrGroup(t *testing.T) {
	leakcheck.Verify(t)
	broken := errors.New("broken")
	g, ctx := newGroup(t.Context())
	for n := range 10 {
		g.Go(func() error {
			if n == 7 {
				return broken
			}
			<-ctx.Done()
			return ctx.Err()
		})
	}
	assert.ErrorIs(t, g.Wait(), broken)
}

// The last Done lets Wait return before the goroutine itself is gone.
func TestWaitGroupGo(t *testing.T) {
	leakcheck.Verify(t)
	var sum atomic.Int64
	for range 20 {
		var wg sync.WaitGroup
		for n := range 50 {
			wg.Go(func() { sum.Add(int64(n)) })
		}
		wg.Wait()
	}
	assert.EqualValues(t, 20*1225, sum.Load())
}

func TestSemaphore(t *testing.T) {
	leakcheck.Verify(t)
	sem := make(chan struct{}, 3)
	var running, most atomic.Int32
	var wg sync.WaitGroup
	for range 30 {
		sem <- struct{}{}
		wg.Go(func() {
			defer func() { <-sem }()
			n := running.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			running.Add(-1)
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, most.Load(), int32(3))
}

// Workers with labels of their own, which take the place of all others.
func TestLabelledWorkers(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	out := make(chan string)
	for _, name := range []string{"a", "b", "c"} {
		go pprof.Do(context.Background(), pprof.Labels("worker", name), func(labelled context.Context) {
			value, _ := pprof.Label(labelled, "worker")
			select {
			case out <- value:
			case <-ctx.Done():
			}
			<-ctx.Done()
		})
	}
	assert.ElementsMatch(t, []string{"a", "b", "c"}, []string{<-out, <-out, <-out})
}

// A walker, hashers and a collector, stopped by the first error.
func TestTreeWalk(t *testing.T) {
	leakcheck.Verify(t)
	dir := t.TempDir()
	for n := range 20 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, strconv.Itoa(n)), []byte{byte(n)}, 0o600))
	}
	g, ctx := newGroup(t.Context())
	paths, sums := make(chan string), make(chan [sha256.Size]byte)
	g.Go(func() error {
		defer close(paths)
		return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			select {
			case paths <- path:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	for range 4 {
		g.Go(func() error {
			for path := range paths {
				data, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				sums <- sha256.Sum256(data)
			}
			return nil
		})
	}
	go func() {
		defer close(sums)
		assert.NoError(t, g.Wait())
	}()
	seen := map[[sha256.Size]byte]bool{}
	for sum := range sums {
		seen[sum] = true
	}
	assert.Len(t, seen, 20)
	assert.True(t, seen[sha256.Sum256([]byte{7})])
}
