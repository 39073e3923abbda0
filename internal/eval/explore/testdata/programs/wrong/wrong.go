// Package wrong has functions whose tests leak only in some orders of events, or
// when a context ends early. Package right has them repaired.
package wrong

import (
	"context"
	"errors"
	"sync"
	"time"
)

// compute takes a moment.
func compute() int { return 42 }

var errFailed, errLate = errors.New("failed"), errors.New("late")

// Fetch: the caller returns when its context ends, and the sender has nobody to send to.
func Fetch(ctx context.Context) (int, error) {
	result := make(chan int)
	go func() { result <- compute() }()
	select {
	case v := <-result:
		return v, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Timeout: the timer wins the select.
func Timeout() int {
	result := make(chan int)
	go func() { result <- compute() }()
	select {
	case v := <-result:
		return v
	case <-time.After(10 * time.Millisecond):
		return 0
	}
}

// FirstOf: the second answer is not received when both come at the same time.
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
			return
		default:
		}
		b <- 2
	}()
	defer close(stop)
	select {
	case v := <-a:
		return v
	case v := <-b:
		return v + <-a
	}
}

// Pipeline: a stage returns when its context ends, and the stage before goes on sending.
func Pipeline(ctx context.Context) int {
	numbers, squares := make(chan int), make(chan int)
	go func() {
		defer close(numbers)
		for i := range 5 {
			numbers <- i
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

// Errors: the first error ends the collection, and the second worker has an error too.
func Errors() error {
	errs := make(chan error)
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

// Subscribe: the subscriber stops while the publisher is about to send.
func Subscribe() {
	events := make(chan int)
	stop := make(chan struct{})
	go func() {
		for i := range 3 {
			events <- i
		}
		close(events)
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

// Ready: the signal is dropped where nobody waits for it yet.
func Ready() {
	ready := make(chan struct{})
	waiting := make(chan struct{})
	go func() {
		close(waiting)
		<-ready
	}()
	<-waiting
	time.Sleep(time.Millisecond)
	select {
	case ready <- struct{}{}:
	default:
	}
}

// LostSignal: Signal comes before Wait.
func LostSignal() {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	begun := make(chan struct{})
	go func() {
		close(begun)
		mu.Lock()
		cond.Wait()
		mu.Unlock()
	}()
	<-begun
	time.Sleep(time.Millisecond)
	mu.Lock()
	cond.Signal()
	mu.Unlock()
}

// LockOrder: two goroutines take two locks in opposite orders.
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
	go both(b, a)
	for range 2 {
		select {
		case <-done:
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// SendLocked: a goroutine sends while it holds the lock that the receiver wants first.
func SendLocked() {
	var mu sync.Mutex
	values := make(chan int)
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

// Worker: the worker ends with the context, and a job that comes later has no worker.
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
		jobs <- 1
		close(sent)
	}()
	select {
	case <-sent:
	case <-ctx.Done():
	}
}

// DoubleCheck: the flag is set between the check and the wait.
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
	select {
	case wake <- struct{}{}:
	case <-time.After(4 * time.Millisecond):
	}
}

// Retry: the loop ends by the context, and the answer of the last try is left.
func Retry(ctx context.Context) int {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for {
		answer := make(chan int)
		go func() { answer <- compute() }()
		select {
		case v := <-answer:
			return v
		case <-ctx.Done():
			return 0
		}
	}
}

// Fan: one of the producers is left when the consumer has enough.
func Fan() int {
	values := make(chan int)
	quit := make(chan struct{})
	for i := range 3 {
		go func() {
			select {
			case <-quit:
				return
			default:
			}
			values <- i
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

// Drain: the reader stops at the mark, and what comes after it is not read.
func Drain() {
	lines := make(chan string)
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

// Semaphore: the token is not given back when the context ends.
func Semaphore(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tokens := make(chan struct{}, 1)
	work := func() {
		tokens <- struct{}{}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Millisecond):
		}
		<-tokens
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

// Broadcast: a watcher that registers late is not told.
func Broadcast() {
	var mu sync.Mutex
	var watchers []chan struct{}
	begun := make(chan struct{})
	go func() {
		close(begun)
		c := make(chan struct{})
		mu.Lock()
		watchers = append(watchers, c)
		mu.Unlock()
		<-c
	}()
	<-begun
	time.Sleep(time.Millisecond)
	mu.Lock()
	for _, c := range watchers {
		close(c)
	}
	mu.Unlock()
}

// Handoff: the buffer is full when the second value comes early.
func Handoff() {
	slot := make(chan int, 1)
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
	reader := make(chan int)
	go func() {
		select {
		case v := <-slot:
			reader <- v
		default:
		}
	}()
	time.Sleep(time.Millisecond)
}

// Group: a member waits for another that has given up.
func Group(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	ready := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Millisecond):
		}
		close(ready)
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

// Stream: the reader leaves at the first error, with the stream half read.
func Stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	chunks := make(chan int)
	go func() {
		defer close(chunks)
		for i := range 4 {
			chunks <- i
		}
	}()
	for range chunks {
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Shutdown: Shutdown is called before the server listens for it.
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
	select {
	case stop <- struct{}{}:
		<-stopped
	default:
	}
}
