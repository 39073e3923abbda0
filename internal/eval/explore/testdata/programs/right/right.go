// Package right has the functions of package wrong, repaired.
package right

import (
	"context"
	"errors"
	"sync"
	"time"
)

// compute takes a moment.
func compute() int { return 42 }

var errFailed, errLate = errors.New("failed"), errors.New("late")

// Fetch: repaired.
func Fetch(ctx context.Context) (int, error) {
	result := make(chan int, 1)
	go func() { result <- compute() }()
	select {
	case v := <-result:
		return v, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Timeout: repaired.
func Timeout() int {
	result := make(chan int, 1)
	go func() { result <- compute() }()
	select {
	case v := <-result:
		return v
	case <-time.After(10 * time.Millisecond):
		return 0
	}
}

// FirstOf: repaired.
func FirstOf() int {
	a, b := make(chan int), make(chan int)
	stop := make(chan struct{})
	go func() {
		select {
		case a <- 1:
		case <-stop:
		}
	}()
	go func() {
		select {
		case <-stop:
		case b <- 2:
		}
	}()
	defer close(stop)
	select {
	case v := <-a:
		return v
	case v := <-b:
		return v + <-a
	}
}

// Pipeline: repaired.
func Pipeline(ctx context.Context) int {
	numbers, squares := make(chan int), make(chan int)
	go func() {
		defer close(numbers)
		for i := range 5 {
			select {
			case numbers <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		defer close(squares)
		for n := range numbers {
			select {
			case squares <- n * n:
			case <-ctx.Done():
				return
			}
		}
	}()
	sum := 0
	for s := range squares {
		sum += s
	}
	return sum
}

// Errors: repaired.
func Errors() error {
	errs := make(chan error, 2)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if i == 1 {
				errs <- errFailed
			}
		}()
	}
	go func() {
		wg.Wait()
		close(done)
	}()
	select {
	case err := <-errs:
		return err
	case <-time.After(15 * time.Millisecond):
		return errLate
	}
}

// Subscribe: repaired.
func Subscribe() {
	events := make(chan int)
	stop := make(chan struct{})
	go func() {
		defer close(events)
		for i := range 3 {
			select {
			case events <- i:
			case <-stop:
				return
			}
		}
	}()
	go func() {
		time.Sleep(5 * time.Millisecond)
		close(stop)
	}()
	for {
		select {
		case _, ok := <-events:
			if !ok {
				return
			}
		case <-stop:
			return
		}
	}
}

// Ready: repaired.
func Ready() {
	ready := make(chan struct{})
	waiting := make(chan struct{})
	go func() {
		close(waiting)
		<-ready
	}()
	<-waiting
	time.Sleep(time.Millisecond)
	close(ready)
}

// LostSignal: repaired.
func LostSignal() {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	begun := make(chan struct{})
	signalled := false
	go func() {
		close(begun)
		mu.Lock()
		for !signalled {
			cond.Wait()
		}
		mu.Unlock()
	}()
	<-begun
	time.Sleep(time.Millisecond)
	mu.Lock()
	signalled = true
	cond.Signal()
	mu.Unlock()
}

// LockOrder: repaired.
func LockOrder() {
	a, b := new(sync.Mutex), new(sync.Mutex)
	done := make(chan struct{}, 2)
	both := func(first, second *sync.Mutex) {
		first.Lock()
		second.Lock()
		second.Unlock()
		first.Unlock()
		done <- struct{}{}
	}
	go both(a, b)
	go both(a, b)
	for range 2 {
		select {
		case <-done:
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// SendLocked: repaired.
func SendLocked() {
	var mu sync.Mutex
	values := make(chan int, 1)
	go func() {
		time.Sleep(time.Millisecond)
		mu.Lock()
		values <- 1
		mu.Unlock()
	}()
	go func() {
		mu.Lock()
		mu.Unlock()
		<-values
	}()
	time.Sleep(3 * time.Millisecond)
}

// Worker: repaired.
func Worker(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs := make(chan int)
	go func() {
		for {
			select {
			case <-jobs:
			case <-ctx.Done():
				return
			}
		}
	}()
	sent := make(chan struct{})
	go func() {
		select {
		case jobs <- 1:
		case <-ctx.Done():
		}
		close(sent)
	}()
	select {
	case <-sent:
	case <-ctx.Done():
	}
}

// DoubleCheck: repaired.
func DoubleCheck() {
	var mu sync.Mutex
	closed := false
	wake := make(chan struct{})
	go func() {
		mu.Lock()
		c := closed
		mu.Unlock()
		if !c {
			<-wake
		}
	}()
	time.Sleep(time.Millisecond)
	mu.Lock()
	closed = true
	mu.Unlock()
	close(wake)
}

// Retry: repaired.
func Retry(ctx context.Context) int {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for {
		answer := make(chan int, 1)
		go func() { answer <- compute() }()
		select {
		case v := <-answer:
			return v
		case <-ctx.Done():
			return 0
		}
	}
}

// Fan: repaired.
func Fan() int {
	values := make(chan int)
	quit := make(chan struct{})
	for i := range 3 {
		go func() {
			select {
			case <-quit:
			case values <- i:
			}
		}()
	}
	sum := 0
	for range 3 {
		select {
		case v := <-values:
			sum += v
		case <-time.After(10 * time.Millisecond):
			close(quit)
			return sum
		}
	}
	close(quit)
	return sum
}

// Drain: repaired.
func Drain() {
	lines := make(chan string, 2)
	stop := make(chan struct{}, 1)
	go func() {
		lines <- "a"
		lines <- "b"
	}()
	go func() { stop <- struct{}{} }()
	<-lines
	select {
	case <-lines:
	case <-stop:
		select {
		case <-lines:
		case <-time.After(time.Millisecond):
		}
	}
}

// Semaphore: repaired.
func Semaphore(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tokens := make(chan struct{}, 1)
	work := func() {
		tokens <- struct{}{}
		defer func() { <-tokens }()
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Millisecond):
		}
	}
	var wg sync.WaitGroup
	wg.Go(work)
	wg.Go(work)
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(30 * time.Millisecond):
	}
}

// Broadcast: repaired.
func Broadcast() {
	var mu sync.Mutex
	var watchers []chan struct{}
	begun := make(chan struct{})
	over := false
	go func() {
		close(begun)
		c := make(chan struct{})
		mu.Lock()
		if over {
			close(c)
		}
		watchers = append(watchers, c)
		mu.Unlock()
		<-c
	}()
	<-begun
	time.Sleep(time.Millisecond)
	mu.Lock()
	if !over {
		for _, c := range watchers {
			close(c)
		}
	}
	over = true
	mu.Unlock()
}

// Handoff: repaired.
func Handoff() {
	slot := make(chan int, 2)
	go func() { slot <- 1 }()
	go func() {
		time.Sleep(time.Millisecond)
		slot <- 2
	}()
	time.Sleep(500 * time.Microsecond)
	<-slot
	select {
	case <-slot:
	case <-time.After(3 * time.Millisecond):
	}
	reader := make(chan int, 1)
	go func() {
		select {
		case v := <-slot:
			reader <- v
		default:
		}
	}()
	time.Sleep(time.Millisecond)
}

// Group: repaired.
func Group(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	ready := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(ready)
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Millisecond):
		}
	})
	follower := make(chan struct{})
	go func() {
		<-ready
		close(follower)
	}()
	wg.Wait()
	select {
	case <-follower:
	case <-ctx.Done():
	}
}

// Stream: repaired.
func Stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	chunks := make(chan int)
	go func() {
		defer close(chunks)
		for i := range 4 {
			select {
			case chunks <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	for range chunks {
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Shutdown: repaired.
func Shutdown() {
	stop := make(chan struct{})
	stopped := make(chan struct{})
	up := make(chan struct{})
	go func() {
		close(up)
		<-stop
		close(stopped)
	}()
	<-up
	time.Sleep(time.Millisecond)
	close(stop)
	<-stopped
}
