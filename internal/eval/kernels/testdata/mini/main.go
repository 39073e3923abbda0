// This program has the shape of those of the Go runtime, with kernels that
// leak in every run.
package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

const yieldCount = 10

var cmds = map[string]func(){}

func register(name string, f func()) { cmds[name] = f }

func init() {
	register("Leaks", Leaks)
	register("Ends", Ends)
	register("Crashes", Crashes)
	register("Hangs", Hangs)
	register("Stays", Stays)
}

// Leaks leaves two goroutines and goes on.
func Leaks() {
	prof := pprof.Lookup("goroutineleak")
	defer func() {
		time.Sleep(100 * time.Millisecond)
		prof.WriteTo(os.Stdout, 2)
	}()
	c := make(chan int)
	for i := 0; i < 2; i++ {
		go func() { c <- i }()
	}
	_ = c // the go statement is not the end, so mode called leaves it alone
}

// Ends waits for the goroutine that it starts.
func Ends() {
	prof := pprof.Lookup("goroutineleak")
	done := make(chan int)
	go close(done)
	<-done
	prof.WriteTo(os.Stdout, 2)
}

// Crashes panics.
func Crashes() {
	var m map[string]int
	m["a"]++
}

// Hangs leaves a goroutine in mode started and hangs in mode called.
func Hangs() {
	prof := pprof.Lookup("goroutineleak")
	go func() { // waits for the other
		a := make(chan int)
		go func() { a <- <-a }()
		<-a
	}()
	for i := 0; i < yieldCount; i++ {
		runtime.Gosched()
	}
	prof.WriteTo(os.Stdout, 2)
}

var global = make(chan int)

// Stays is like Hangs, but no garbage collection can prove it.
func Stays() {
	prof := pprof.Lookup("goroutineleak")
	go func() {
		<-global
	}()
	for i := 0; i < yieldCount; i++ {
		runtime.Gosched()
	}
	prof.WriteTo(os.Stdout, 2)
}

func main() {
	if f := cmds[os.Args[1]]; f != nil {
		f()
	}
}
