// Program makes the dumps beside it. It deadlocks in all the ways that package
// relate tells apart, and prints what the runtime shows of them.
//
//	go run main.go > ../go1.26.txt
//	go run -race main.go > ../go1.26-race.txt
//	GOTOOLCHAIN=go1.27.4 go run main.go > ../go1.27.txt
//	GOTOOLCHAIN=go1.27.4 go run -race main.go > ../go1.27-race.txt
package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

type server struct {
	name string
	mu   sync.Mutex
	rw   sync.RWMutex
	wg   sync.WaitGroup
}

const while = 20 * time.Millisecond

// hold has the lock while it waits for a message.
//
//go:noinline
func (s *server) hold(ch chan int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	<-ch
	runtime.KeepAlive(s)
}

//go:noinline
func (s *server) lock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	runtime.KeepAlive(s)
}

//go:noinline
func lockArg(mu *sync.Mutex) {
	mu.Lock()
	runtime.KeepAlive(mu)
}

// idle works for the server and holds nothing.
//
//go:noinline
func (s *server) idle(ch chan int) {
	<-ch
	runtime.KeepAlive(s)
}

// readTwice and write deadlock each other.
//
//go:noinline
func (s *server) readTwice() {
	s.rw.RLock()
	defer s.rw.RUnlock()
	time.Sleep(while)
	s.readAgain()
	runtime.KeepAlive(s)
}

//go:noinline
func (s *server) readAgain() {
	s.rw.RLock()
	defer s.rw.RUnlock()
	runtime.KeepAlive(s)
}

//go:noinline
func (s *server) write() {
	s.rw.Lock()
	defer s.rw.Unlock()
	runtime.KeepAlive(s)
}

// both locks a and then b; two of them in opposite order deadlock.
//
//go:noinline
func both(a, b *sync.Mutex) {
	a.Lock()
	defer a.Unlock()
	time.Sleep(while)
	second(b)
	runtime.KeepAlive(a)
}

//go:noinline
func second(b *sync.Mutex) {
	b.Lock()
	defer b.Unlock()
	runtime.KeepAlive(b)
}

//go:noinline
func twice(mu *sync.Mutex) {
	mu.Lock()
	defer mu.Unlock()
	mu.Lock()
	runtime.KeepAlive(mu)
}

type setup struct {
	once sync.Once
}

//go:noinline
func (s *setup) do() {
	s.once.Do(s.do)
	runtime.KeepAlive(s)
}

//go:noinline
func (s *server) member(ch chan int) {
	defer s.wg.Done()
	<-ch
	runtime.KeepAlive(s)
}

//go:noinline
func (s *server) wait() {
	s.wg.Wait()
	runtime.KeepAlive(s)
}

//go:noinline
func parent(ch chan int) {
	var wg sync.WaitGroup
	wg.Go(func() { <-ch })
	wg.Add(1)
	go func() {
		defer wg.Done()
		<-ch
	}()
	wg.Wait()
}

//go:noinline
func signal() {
	var mu sync.Mutex
	c := sync.NewCond(&mu)
	mu.Lock()
	c.Wait()
}

func main() {
	ch := make(chan int)
	s := &server{}
	go s.hold(ch)
	go s.idle(ch)
	time.Sleep(while)
	go s.lock()
	go lockArg(&s.mu)
	go s.readTwice()
	time.Sleep(while / 2)
	go s.write()
	time.Sleep(while / 4)
	go s.write()
	a, b := new(sync.Mutex), new(sync.Mutex)
	go both(a, b)
	go both(b, a)
	go twice(new(sync.Mutex))
	go new(setup).do()
	s.wg.Add(1)
	go s.member(ch)
	go s.wait()
	go parent(ch)
	go signal()
	time.Sleep(10 * while)
	buf := make([]byte, 1<<20)
	os.Stdout.Write(buf[:runtime.Stack(buf, true)])
}
