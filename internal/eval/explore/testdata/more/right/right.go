// Package right has the code of package wrong, repaired.
package right

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// Handler: repaired.
func Handler(query func() string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		result := make(chan string, 1)
		go func() { result <- query() }()
		select {
		case s := <-result:
			w.Write([]byte(s))
		case <-r.Context().Done():
			http.Error(w, "gone", http.StatusServiceUnavailable)
		}
	})
}

// All: repaired.
func All(fs ...func() error) error {
	errs := make(chan error, len(fs))
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

// Race: repaired.
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

// Queue: repaired.
type Queue struct {
	mu    sync.Mutex
	cond  *sync.Cond
	items []int
	done  bool
}

// NewQueue: repaired.
func NewQueue() *Queue {
	q := &Queue{}
	q.cond = sync.NewCond(&q.mu)
	return q
}

// Put: repaired.
func (q *Queue) Put(n int) {
	q.mu.Lock()
	q.items = append(q.items, n)
	q.mu.Unlock()
	q.cond.Signal()
}

// Close: repaired.
func (q *Queue) Close() {
	q.mu.Lock()
	q.done = true
	q.mu.Unlock()
	q.cond.Broadcast()
}

// Drain: repaired.
func (q *Queue) Drain(workers int) *sync.WaitGroup {
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			for {
				q.mu.Lock()
				for len(q.items) == 0 && !q.done {
					q.cond.Wait()
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

// Pool: repaired.
type Pool struct {
	jobs chan func()
	stop chan struct{}
}

// NewPool: repaired.
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

// Submit: repaired.
func (p *Pool) Submit(job func()) {
	go func() {
		select {
		case p.jobs <- job:
		case <-p.stop:
		}
	}()
}

// Stop: repaired.
func (p *Pool) Stop() { close(p.stop) }

// Bus: repaired.
type Bus struct {
	mu   sync.Mutex
	subs map[chan int]bool
}

// Subscribe: repaired.
func (b *Bus) Subscribe() chan int {
	c := make(chan int, 4)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[chan int]bool{}
	}
	b.subs[c] = true
	return c
}

// Unsubscribe: repaired.
func (b *Bus) Unsubscribe(c chan int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.subs, c)
}

// Publish: repaired.
func (b *Bus) Publish(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.subs {
		go func() { c <- n }()
	}
}

// Limit: repaired.
func Limit(ctx context.Context, work []int) (sum int, err error) {
	tokens := make(chan struct{}, 2)
	results := make(chan int, len(work))
	var wg sync.WaitGroup
	for _, n := range work {
		wg.Add(1)
		go func() {
			defer wg.Done()
			select {
			case tokens <- struct{}{}:
			case <-ctx.Done():
				return
			}
			defer func() { <-tokens }()
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Millisecond):
			}
			results <- n
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

// Lines: repaired.
func Lines(ctx context.Context, lines []string) (n int, err error) {
	raw, trimmed := make(chan string), make(chan string)
	go func() {
		defer close(raw)
		for _, l := range lines {
			select {
			case raw <- l:
			case <-ctx.Done():
				return
			}
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

// Ticker: repaired.
func Ticker(ctx context.Context, f func()) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	over := make(chan error, 1)
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

// Lazy: repaired.
type Lazy struct {
	once  sync.Once
	ready chan struct{}
	conn  int
}

// Get: repaired.
func (l *Lazy) Get(dial func() int) int {
	l.once.Do(func() {
		go func() {
			l.conn = dial()
			close(l.ready)
		}()
	})
	<-l.ready
	return l.conn
}

// Retry: repaired.
func Retry(ask func() int) (int, error) {
	for range 2 {
		answer := make(chan int, 1)
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
