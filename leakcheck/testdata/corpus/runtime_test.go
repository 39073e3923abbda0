package corpus

import (
	"context"
	"iter"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"unique"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Two iterators side by side, one of which is stopped before its end.
func TestPull(t *testing.T) {
	leakcheck.Verify(t)
	count := func(yield func(int) bool) {
		for n := 0; yield(n); n++ {
		}
	}
	next, stop := iter.Pull(count)
	defer stop()
	abc := func(yield func(int, string) bool) {
		for n, s := range []string{"a", "b", "c"} {
			if !yield(n, s) {
				return
			}
		}
	}
	next2, stop2 := iter.Pull2(abc)
	defer stop2()
	for _, want := range []string{"a", "b", "c"} {
		n, ok := next()
		assert.True(t, ok)
		m, s, ok := next2()
		assert.True(t, ok)
		assert.Equal(t, n, m)
		assert.Equal(t, want, s)
	}
	_, _, ok := next2()
	assert.False(t, ok)
}

// A sequence that is fed by a goroutine, which the end of the loop stops.
func TestPullOfGoroutine(t *testing.T) {
	leakcheck.Verify(t)
	seq := func(yield func(int) bool) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for n := range numbers(ctx) {
			if !yield(n) {
				return
			}
		}
	}
	next, stop := iter.Pull(seq)
	for want := range 5 {
		n, ok := next()
		require.True(t, ok)
		assert.Equal(t, want, n)
	}
	stop()
	_, ok := next()
	assert.False(t, ok)
}

// collected runs the garbage collector until done says so.
func collected(t *testing.T, done func() bool) {
	t.Helper()
	assert.Eventually(t, func() bool {
		runtime.GC()
		return done()
	}, timeout, tick)
}

// A finalizer that starts a goroutine: the runtime's own, which is started
// with the first finalizer, is its creator.
func TestFinalizer(t *testing.T) {
	leakcheck.Verify(t)
	var ran atomic.Int32
	for range 10 {
		runtime.SetFinalizer(&[64]byte{}, func(*[64]byte) { go ran.Add(1) })
	}
	collected(t, func() bool { return ran.Load() == 10 })
}

func TestCleanup(t *testing.T) {
	leakcheck.Verify(t)
	var ran atomic.Int32
	for range 200 {
		runtime.AddCleanup(&[64]byte{}, func(n int32) { ran.Add(n) }, 1)
	}
	collected(t, func() bool { return ran.Load() == 200 })
}

// cache drops values that nobody uses.
type cache struct {
	mu     sync.Mutex
	values map[string]weak.Pointer[[1024]byte]
}

func (c *cache) get(key string) *[1024]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.values[key].Value(); p != nil {
		return p
	}
	p := new([1024]byte)
	copy(p[:], key)
	c.values[key] = weak.Make(p)
	runtime.AddCleanup(p, func(key string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.values[key].Value() == nil {
			delete(c.values, key)
		}
	}, key)
	return p
}

func (c *cache) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.values)
}

func TestWeakCache(t *testing.T) {
	leakcheck.Verify(t)
	c := &cache{values: map[string]weak.Pointer[[1024]byte]{}}
	kept := c.get("kept")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			assert.Equal(t, byte('d'), c.get("dropped")[0])
			assert.Same(t, kept, c.get("kept"))
		})
	}
	wg.Wait()
	collected(t, func() bool { return c.len() == 1 })
	runtime.KeepAlive(kept)
}

// The first handles of a process start a goroutine of package unique.
func TestUnique(t *testing.T) {
	leakcheck.Verify(t)
	handles := make([]unique.Handle[string], 8)
	var wg sync.WaitGroup
	for n := range handles {
		wg.Go(func() { handles[n] = unique.Make("name" + string(rune('0'+n%2))) })
	}
	wg.Wait()
	assert.Equal(t, handles[0], handles[2])
	assert.NotEqual(t, handles[0], handles[1])
	runtime.GC()
}

// The first Notify of a process starts a goroutine that stays.
func TestNotifyContext(t *testing.T) {
	leakcheck.Verify(t)
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		done <- ctx.Err()
	}()
	stop()
	assert.ErrorIs(t, <-done, context.Canceled)
}
