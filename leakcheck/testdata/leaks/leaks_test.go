// Package leaks holds tests that leak. They are run by the tests of leakcheck,
// which read what they print.
package leaks

import (
	"context"
	"os"
	"runtime/pprof"
	"testing"

	"github.com/stretchr/testify/suite"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

func blockedSend() {
	ch := make(chan int)
	go func() { // go
		ch <- 1 // send
	}()
}

func TestSend(t *testing.T) {
	leakcheck.Verify(t) // verify
	blockedSend()
}

func TestEmpty1(t *testing.T) { leakcheck.Verify(t) }
func TestEmpty2(t *testing.T) { leakcheck.Verify(t) }
func TestEmpty3(t *testing.T) { defer leakcheck.Verify(t) }

func TestMany(t *testing.T) {
	leakcheck.Verify(t)
	ch := make(chan int)
	for range 20000 {
		go func() { ch <- 1 }()
	}
}

func deep(n int, ch chan int) {
	if n == 0 {
		ch <- 1
		return
	}
	deep(n-1, ch)
	_ = n
}

// The runtime leaves out the middle of this stack.
func TestDeep(t *testing.T) {
	leakcheck.Verify(t)
	go deep(400, make(chan int))
}

// Labels are text from anywhere; this one also claims another test's name.
func TestHostileLabels(t *testing.T) {
	leakcheck.Verify(t)
	labels := pprof.Labels("a\x1b[31m\"]:", "x\ny} \u202e", "{", "]", "leakcheck.test", "Test\x1b[31mEvil\n")
	pprof.Do(context.Background(), labels, func(context.Context) { blockedSend() })
}

func TestFatal(t *testing.T) {
	leakcheck.Verify(t)
	blockedSend()
	t.Fatal("my own message")
}

func TestFatalRunOnFailure(t *testing.T) {
	leakcheck.Verify(t, leakcheck.RunOnFailure())
	blockedSend()
	t.Fatal("my own message")
}

func TestSkip(t *testing.T) {
	leakcheck.Verify(t)
	blockedSend()
	t.Skip("my own message")
}

func TestPanic(t *testing.T) {
	leakcheck.Verify(t)
	blockedSend()
	panic("my own message")
}

func TestDeferred(t *testing.T) {
	stop := make(chan int)
	hold = append(hold, stop) // out of reach of a proof
	t.Cleanup(func() { close(stop) })
	defer leakcheck.Verify(t) // deferred
	go func() { <-stop }()
}

var hold []chan int

func TestIgnored(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Ignore(filters.CreatedBy("github.com/leakcheck-go/goroutine/leakcheck/testdata/leaks.blockedSend")))
	blockedSend()
}

func TestSix(t *testing.T) {
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leakcheck.Verify(t)
			go func() { go blockedSend() }()
		})
	}
}

// A setting in GODEBUG can switch the printing of labels off. The check has to
// switch it on for itself and leave the variable as it was.
func TestSetenv(t *testing.T) {
	t.Setenv("GODEBUG", "http2debug=0")
	t.Cleanup(func() { t.Logf("GODEBUG=%s", os.Getenv("GODEBUG")) }) // runs after the check
	leakcheck.Verify(t)
	go blockedSend()
}

type Suite struct{ suite.Suite }

func (s *Suite) TestMethod() {
	leakcheck.Verify(s.T())
	blockedSend()
}

func TestSuite(t *testing.T) { suite.Run(t, new(Suite)) }

func BenchmarkSend(b *testing.B) {
	leakcheck.Verify(b)
	for b.Loop() {
		_ = b
	}
	blockedSend()
}

func FuzzSend(f *testing.F) {
	leakcheck.Verify(f)
	f.Add(1)
	f.Fuzz(func(t *testing.T, n int) {
		leakcheck.Verify(t)
		blockedSend()
	})
}
