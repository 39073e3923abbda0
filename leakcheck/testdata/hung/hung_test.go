// Package hung has tests that deadlock themselves, and tests that only look as
// if they did. The watchdog of VerifyTestMain has to tell them apart.
package hung

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) {
	opts := []leakcheck.Option{leakcheck.Cleanup(func(code int) { fmt.Println("cleanup got", code) })}
	if quiet, err := time.ParseDuration(os.Getenv("FIXTURE_QUIET")); err == nil {
		opts = append(opts, leakcheck.Watchdog(quiet))
	}
	leakcheck.VerifyTestMain(m, opts...)
}

// A test that waits for a result that nobody sends.
func TestReceive(t *testing.T) {
	leakcheck.Verify(t)
	results := make(chan int)
	t.Cleanup(func() { close(results) })
	<-results // receive: wait
}

// Without a Verify of its own.
func TestDoubleLock(*testing.T) {
	var mu sync.Mutex
	mu.Lock()
	mu.Lock() // double: wait
}

type account struct {
	mu      sync.Mutex
	balance int
}

//go:noinline
func transfer(from, to *account, ready *sync.WaitGroup) {
	from.mu.Lock()
	defer from.mu.Unlock()
	ready.Done()
	ready.Wait()
	to.mu.Lock() // cycle: wait
	defer to.mu.Unlock()
	from.balance--
	to.balance++
}

// Two goroutines that take two locks in different order.
func TestCycle(t *testing.T) {
	leakcheck.Verify(t)
	var a, b account
	var ready sync.WaitGroup
	ready.Add(2)
	go transfer(&a, &b, &ready) // cycle: go
	transfer(&b, &a, &ready)
}

// A test that waits for a worker that is stuck.
func TestWaitGroup(t *testing.T) {
	leakcheck.Verify(t)
	var wg sync.WaitGroup
	results := make(chan int)
	for range 3 {
		wg.Go(func() { results <- 1 }) // group: send
	}
	wg.Wait() // group: wait
}

func TestSubtests(t *testing.T) {
	leakcheck.Verify(t)
	t.Run("fine", func(*testing.T) {})
	t.Run("stuck", func(t *testing.T) {
		leakcheck.Verify(t)
		select {} // subtest: wait
	})
	t.Run("never begun", func(*testing.T) {})
}

// One parallel test hangs, the others end soon after.
func TestParallelHung(t *testing.T) {
	t.Parallel()
	leakcheck.Verify(t)
	<-make(chan int) // parallel: wait
}

func TestParallelSlow(t *testing.T) {
	t.Parallel()
	leakcheck.Verify(t)
	time.Sleep(1500 * time.Millisecond)
}

// A deadlock in a cleanup.
func TestCleanup(t *testing.T) {
	t.Cleanup(func() {
		<-make(chan int) // cleanup: wait
	})
}

func BenchmarkHung(*testing.B) {
	<-make(chan int) // bench: wait
}

func FuzzHung(f *testing.F) {
	f.Add(1)
	f.Fuzz(func(*testing.T, int) {
		<-make(chan int) // fuzz: wait
	})
}

func Example_hung() {
	<-make(chan int) // example: wait
	// Output:
}

// What follows ends by itself, and must not be touched before.

const long = 900 * time.Millisecond

func TestSlowSleep(*testing.T) { time.Sleep(long) }

func TestSlowTimer(*testing.T) { <-time.After(long) }

func TestSlowWorker(*testing.T) {
	done := make(chan int)
	go func() {
		time.Sleep(long)
		close(done)
	}()
	<-done
}

var global = make(chan int)

func TestSlowAfterFunc(*testing.T) {
	time.AfterFunc(long, func() { global <- 1 })
	<-global
}

func TestSlowChild(t *testing.T) {
	if err := exec.Command(os.Args[0], "-test.run=^TestSlowSleep$").Run(); err != nil {
		t.Error(err)
	}
}

func TestSlowConn(t *testing.T) {
	a, b, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(long, func() { b.Close() })
	if _, err := io.ReadAll(a); err != nil {
		t.Error(err)
	}
}

func TestSlowAccept(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(long, func() { ln.Close() })
	if conn, err := ln.Accept(); err == nil {
		conn.Close()
	}
}

func TestSlowBusy(*testing.T) {
	for start := time.Now(); time.Since(start) < long; {
		runtime.Gosched()
	}
}

// A finalizer can wake what nothing else can.
func TestSlowFinalizer(*testing.T) {
	done := make(chan int)
	object := new([64]int)
	runtime.AddCleanup(object, func(done chan int) { close(done) }, done)
	time.AfterFunc(long, runtime.GC)
	<-done
}

// A deadlock that a global variable hides from the proof.
func TestReachable(*testing.T) { <-global }
