package verify

import (
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Where only proofs count, a send that nobody can receive is a leak.
func TestProvenSend(t *testing.T) {
	leakcheck.Verify(t, leakcheck.ProvenOnly())
	go func(ch chan int) { ch <- 1 }(make(chan int)) // proven: go
}

// What sleeps, and what waits for something that can still come, is none.
func TestProvenNothing(t *testing.T) {
	leakcheck.Verify(t, leakcheck.ProvenOnly())
	go time.Sleep(time.Minute)
	go func() { <-reachable }()
}

var reachable = make(chan int)
