// Program makes the dumps in its folder. It deadlocks in all the ways that package
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
	"strings"
	"sync"
	"time"
)

type server struct {
	name string
	mu   sync.Mutex
	rw   sync.RWMutex
	wg   sync.WaitGroup
}

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
	go s.write()
	for s.rw.TryRLock() {
		s.rw.RUnlock()
		runtime.Gosched()
	}
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
func both(a, b *sync.Mutex, met *sync.WaitGroup) {
	a.Lock()
	defer a.Unlock()
	met.Done()
	met.Wait()
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

// await returns the dump once as many goroutines as given wait in calls of fn.
func await(fn string, n int) []byte {
	buf := make([]byte, 1<<20)
	for {
		dump := buf[:runtime.Stack(buf, true)]
		if strings.Count(string(dump), fn+"(") == n && !strings.Contains(string(dump), "[runnable") {
			return dump
		}
		time.Sleep(time.Millisecond)
	}
}

func main() {
	ch := make(chan int)
	s := &server{}
	go s.hold(ch)
	go s.idle(ch)
	await("main.(*server).hold", 1)
	go s.lock()
	go lockArg(&s.mu)
	go s.readTwice()
	await("main.(*server).readAgain", 1)
	go s.write()
	a, b := new(sync.Mutex), new(sync.Mutex)
	var met sync.WaitGroup
	met.Add(2)
	go both(a, b, &met)
	go both(b, a, &met)
	go twice(new(sync.Mutex))
	go new(setup).do()
	s.wg.Add(1)
	go s.member(ch)
	go s.wait()
	go parent(ch)
	go signal()
	await("main.second", 2)
	await("main.parent.func1", 1)
	os.Stdout.Write(await("main.signal", 1))
}
