// Package example has examples under VerifyTestMain, which is the only check
// that they can have.
package example

import (
	"fmt"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m) }

func Example_clean() {
	out := make(chan int)
	go func() { out <- 42 }()
	fmt.Println(<-out)
	// Output: 42
}

func Example_leak() {
	out := make(chan int)
	for n := range 3 {
		go func() { // go
			out <- n // wait
		}()
	}
	fmt.Println(<-out >= 0)
	// Output: true
}

func startReceiver() {
	ch := make(chan int)
	go func() { // helper: go
		<-ch
	}()
}

// The go statement is in a function that names no example.
func Example_helper() {
	startReceiver()
	fmt.Println("started")
	// Output: started
}

func TestOrdinary(t *testing.T) { leakcheck.Verify(t) }
