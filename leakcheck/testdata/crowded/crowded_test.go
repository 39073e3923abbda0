// Package crowded has as many parallel subtests as the environment asks for.
package crowded

import (
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Each subtest starts a goroutine that ends before it. Those that wait for their
// turn stand in every dump.
func TestClean(t *testing.T) {
	for i := range subtests(t) {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			leakcheck.Verify(t)
			t.Parallel()
			done := make(chan int)
			go func() { close(done) }()
			<-done
		})
	}
}

// One of them leaks, and a goroutine is there that is older than all.
func TestLeak(t *testing.T) {
	stop := make(chan int)
	t.Cleanup(func() { close(stop) })
	go func() { <-stop }()
	n := subtests(t)
	for i := range n {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			leakcheck.Verify(t)
			t.Parallel()
			ch := make(chan int)
			go func() { ch <- 1 }()
			if i != n/2 {
				<-ch
			}
		})
	}
}

// One of them leaks, and ends a goroutine that is older than all checks: as many
// are there as before.
func TestHidden(t *testing.T) {
	n := subtests(t)
	for i := range n {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			leakcheck.Verify(t)
			t.Parallel()
			ch := make(chan int)
			go func() { ch <- 1 }()
			if i != n/2 {
				<-ch
				return
			}
			before := runtime.NumGoroutine()
			close(oldest)
			for runtime.NumGoroutine() == before {
				runtime.Gosched()
			}
		})
	}
}

var oldest = make(chan int)

func init() {
	go func() { <-oldest }()
}

func subtests(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("SUBTESTS"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
