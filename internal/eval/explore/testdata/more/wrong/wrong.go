// Package wrong has code of services as it is often written, with tests that check
// results. Each leaks only in some orders of events, or when a context ends early.
// Package right has it repaired.
package wrong

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// Handler answers with the result of a slow query: it is left alone when the
// request ends first.
func Handler(query func() string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		result := make(chan string)
		go func() { result <- query() }()
		select {
		case s := <-result:
			w.Write([]byte(s))
		case <-r.Context().Done():
			http.Error(w, "gone", http.StatusServiceUnavailable)
		}
	})
}

// All runs functions and returns the first error, as an errgroup does. The others
// have nobody to tell their errors.
func All(fs ...func() error) error {
	errs := make(chan error)
	for _, f := range fs {
		go func() { errs <- f() }()
	}
	var first error
	for range fs {
		if err := <-errs; err != nil {
			return err
		}
	}
	return first
}

// Race is All with functions of which the first fails only when the second is late.
func Race() error {
	var mu sync.Mutex
	ready := false
	return All(func() error {
		time.Sleep(2 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		if !ready {
			return errors.New("not ready")
		}
		return nil
	}, func() error {
		mu.Lock()
		defer mu.Unlock()
		ready = true
		return nil
	}, func() error {
		time.Sleep(4 * time.Millisecond)
		return nil
	})
}

// Queue is a bounded queue with a condition for each side.
type Queue struct {
	mu    sync.Mutex
	cond  *sync.Cond
	items []int
	done  bool
}

// NewQueue returns an empty queue.
func NewQueue() *Queue {
	q := &Queue{}
	q.cond = sync.NewCond(&q.mu)
	return q
}

// Put adds an item.
func (q *Queue) Put(n int) {
	q.mu.Lock()
	q.items = append(q.items, n)
	q.mu.Unlock()
	q.cond.Signal()
}

// Close wakes one of those that wait, and the others wait on.
func (q *Queue) Close() {
	q.mu.Lock()
	q.done = true
	q.mu.Unlock()
	q.cond.Signal()
}

// Drain starts workers that take items until the queue is closed.
func (q *Queue) Drain(workers int) *sync.WaitGroup {
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			for {
				q.mu.Lock()
				if len(q.items) == 0 && !q.done {
					wg.Done()
					q.cond.Wait()
					wg.Add(1)
				}
				if len(q.items) == 0 {
					q.mu.Unlock()
					wg.Done()
					return
				}
				q.items = q.items[1:]
				q.mu.Unlock()
			}
		}()
	}
	return &wg
}

// Pool hands jobs to workers; a job that is submitted while the pool stops waits
// for a worker that is gone.
type Pool struct {
	jobs chan func()
	stop chan struct{}
}

// NewPool starts workers.
func NewPool(n int) *Pool {
	p := &Pool{make(chan func()), make(chan struct{})}
	for range n {
		go p.work()
	}
	return p
}

func (p *Pool) work() {
	for {
		select {
		case job := <-p.jobs:
			job()
		case <-p.stop:
			return
		}
	}
}

// Submit hands a job over in the background.
func (p *Pool) Submit(job func()) { go func() { p.jobs <- job }() }

// Stop ends the workers.
func (p *Pool) Stop() { close(p.stop) }

// Bus sends events to subscribers.
type Bus struct {
	mu   sync.Mutex
	subs map[chan int]bool
}

// Subscribe returns a channel of events.
func (b *Bus) Subscribe() chan int {
	c := make(chan int)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[chan int]bool{}
	}
	b.subs[c] = true
	return c
}

// Unsubscribe forgets a channel: a sender that has it already waits on.
func (b *Bus) Unsubscribe(c chan int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.subs, c)
}

// Publish sends an event to all, in the background.
func (b *Bus) Publish(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.subs {
		go func() { c <- n }()
	}
}

// Limit runs work with a limit of two at a time; the token is lost where the work
// ends by its context.
func Limit(ctx context.Context, work []int) (sum int, err error) {
	tokens := make(chan struct{}, 2)
	results := make(chan int, len(work))
	var wg sync.WaitGroup
	for _, n := range work {
		wg.Add(1)
		go func() {
			defer wg.Done()
			tokens <- struct{}{}
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Millisecond):
			}
			results <- n
			<-tokens
		}()
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	close(results)
	for n := range results {
		sum += n
	}
	return sum, nil
}

// Lines is a pipeline of two stages; the second ends at an error and leaves the first.
func Lines(ctx context.Context, lines []string) (n int, err error) {
	raw, trimmed := make(chan string), make(chan string)
	go func() {
		defer close(raw)
		for _, l := range lines {
			raw <- l
		}
	}()
	go func() {
		defer close(trimmed)
		for l := range raw {
			if ctx.Err() != nil {
				return
			}
			trimmed <- l
		}
	}()
	for range trimmed {
		n++
	}
	return n, ctx.Err()
}

// Ticker calls f now and then until stop is closed. It tells that it is over, to
// somebody who may have left.
func Ticker(ctx context.Context, f func()) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	over := make(chan error)
	go func() {
		for range 3 {
			f()
			select {
			case <-time.After(time.Millisecond):
			case <-ctx.Done():
				over <- ctx.Err()
				return
			}
		}
		over <- nil
	}()
	select {
	case err := <-over:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Lazy makes a connection once. Who comes while it is made waits for a signal that
// only the first gets.
type Lazy struct {
	once  sync.Once
	ready chan struct{}
	conn  int
}

// Get returns the connection.
func (l *Lazy) Get(dial func() int) int {
	l.once.Do(func() {
		go func() {
			l.conn = dial()
			select {
			case l.ready <- struct{}{}:
			case <-time.After(2 * time.Millisecond):
			}
		}()
	})
	<-l.ready
	return l.conn
}

// Retry asks twice, with a timeout for each try; what answers late has nobody.
func Retry(ask func() int) (int, error) {
	for range 2 {
		answer := make(chan int)
		go func() { answer <- ask() }()
		timer := time.NewTimer(300 * time.Millisecond)
		select {
		case n := <-answer:
			timer.Stop()
			return n, nil
		case <-timer.C:
		}
	}
	return 0, errors.New("no answer")
}
