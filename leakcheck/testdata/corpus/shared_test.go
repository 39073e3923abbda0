package corpus

import (
	"crypto/sha256"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// queue is bounded by a condition variable.
type queue struct {
	mu     sync.Mutex
	change *sync.Cond
	items  []int
	closed bool
}

func newQueue() *queue {
	q := &queue{}
	q.change = sync.NewCond(&q.mu)
	return q
}

func (q *queue) put(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 3 {
		q.change.Wait()
	}
	q.items = append(q.items, n)
	q.change.Broadcast()
}

func (q *queue) take() (int, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.closed {
		q.change.Wait()
	}
	if len(q.items) == 0 {
		return 0, false
	}
	n := q.items[0]
	q.items = q.items[1:]
	q.change.Broadcast()
	return n, true
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.change.Broadcast()
}

func TestBoundedQueue(t *testing.T) {
	leakcheck.Verify(t)
	q := newQueue()
	var sum atomic.Int64
	for range 3 { // nobody waits for these: close tells them
		go func() {
			for n, ok := q.take(); ok; n, ok = q.take() {
				sum.Add(int64(n))
			}
		}()
	}
	var producers sync.WaitGroup
	for n := range 4 {
		producers.Go(func() {
			for i := range 25 {
				q.put(25*n + i)
			}
		})
	}
	producers.Wait()
	q.close()
	assert.Eventually(t, func() bool { return sum.Load() == 4950 }, timeout, tick)
}

func TestBufferPool(t *testing.T) {
	leakcheck.Verify(t)
	buffers := sync.Pool{New: func() any { return new([64]byte) }}
	var wg sync.WaitGroup
	sums := make([][sha256.Size]byte, 16)
	for n := range sums {
		wg.Go(func() {
			buf := buffers.Get().(*[64]byte)
			defer buffers.Put(buf)
			sums[n] = sha256.Sum256(strconv.AppendInt(buf[:0], int64(n), 10))
		})
	}
	wg.Wait()
	assert.Equal(t, sha256.Sum256([]byte("7")), sums[7])
}

// flight lets callers of the same key share one call.
type flight struct {
	mu    sync.Mutex
	calls map[string]*sharedCall
}

type sharedCall struct {
	done  chan struct{}
	value int
}

func (f *flight) do(key string, load func() int) <-chan int {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.calls[key]
	if c == nil {
		c = &sharedCall{done: make(chan struct{})}
		f.calls[key] = c
		go func() {
			c.value = load()
			f.mu.Lock()
			delete(f.calls, key)
			f.mu.Unlock()
			close(c.done)
		}()
	}
	out := make(chan int, 1) // room for a value that nobody waits for any more
	go func() {
		<-c.done
		out <- c.value
	}()
	return out
}

// Half of the callers give up before the value is there.
func TestSingleFlight(t *testing.T) {
	leakcheck.Verify(t)
	f := &flight{calls: map[string]*sharedCall{}}
	var loads atomic.Int32
	release := make(chan struct{})
	var results []<-chan int
	for range 10 {
		results = append(results, f.do("key", func() int {
			loads.Add(1)
			<-release
			return 42
		}))
	}
	close(release)
	for _, r := range results[:5] {
		assert.Equal(t, 42, <-r)
	}
	assert.EqualValues(t, 1, loads.Load())
}

// broker hands messages to subscribers from one goroutine that owns the state.
type broker struct {
	subscribe chan chan string
	publish   chan string
	stop      chan chan struct{}
}

func (b *broker) run() {
	var subs []chan string
	for {
		select {
		case s := <-b.subscribe:
			subs = append(subs, s)
		case m := <-b.publish:
			for _, s := range subs {
				s <- m
			}
		case stopped := <-b.stop:
			for _, s := range subs {
				close(s)
			}
			close(stopped)
			return
		}
	}
}

func TestBroker(t *testing.T) {
	leakcheck.Verify(t)
	b := &broker{make(chan chan string), make(chan string), make(chan chan struct{})}
	go b.run()
	t.Cleanup(func() {
		stopped := make(chan struct{})
		b.stop <- stopped
		<-stopped
	})
	var got sync.Map
	var received sync.WaitGroup
	for n := range 3 {
		s := make(chan string)
		b.subscribe <- s
		received.Add(2)
		go func() {
			for m := range s {
				got.Store(strconv.Itoa(n)+m, true)
				received.Done()
			}
		}()
	}
	b.publish <- "a"
	b.publish <- "b"
	received.Wait()
	for _, key := range []string{"0a", "0b", "1a", "1b", "2a", "2b"} {
		_, ok := got.Load(key)
		assert.True(t, ok, key)
	}
}
