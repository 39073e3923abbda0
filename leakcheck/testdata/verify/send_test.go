// Package verify leaks on purpose. Tests of leakcheck build it, run one test or
// a few of it, and read the output. Comments at the end of a line mark the
// lines that the output has to name.
package verify

import (
	"testing"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// The main job: one goroutine blocked forever, then tests that do nothing.

func TestSend(t *testing.T) {
	leakcheck.Verify(t) // send: verify
	startSender()
}

// A check that is not told to be brief waits five seconds for this one.
func TestSendSleeper(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Wait(0))
	startSleeper()
}

func TestSendThenEmpty1(t *testing.T) { leakcheck.Verify(t) }

func TestSendThenEmpty2(t *testing.T) { defer leakcheck.Verify(t) }

func TestSendThenEmpty3(*testing.T) {}

func startSender() {
	ch := make(chan int)
	go sendOne(ch) // send: go
}

func sendOne(ch chan<- int) {
	ch <- 1 // send: wait
}

// The same leaks with the option that their reports print.

func TestSendIgnored(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Ignore(filters.MustParse(`created-by:"github.com/leakcheck-go/goroutine/leakcheck/testdata/verify.startSender"`)))
	startSender()
}

func TestMethod(t *testing.T) {
	leakcheck.Verify(t)
	new(pool[int]).start()
}

func TestMethodIgnored(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Ignore(filters.MustParse(`created-by:"github.com/leakcheck-go/goroutine/leakcheck/testdata/verify.(*pool[...]).start"`)))
	new(pool[int]).start()
}

type pool[T any] struct{ work chan T }

func (p *pool[T]) start() {
	p.work = make(chan T)
	go func() {
		<-p.work
	}()
}

func TestClosure(t *testing.T) {
	leakcheck.Verify(t)
	startInClosure()
}

func TestClosureIgnored(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Ignore(filters.MustParse(`created-by:"github.com/leakcheck-go/goroutine/leakcheck/testdata/verify.startInClosure.func1"`)))
	startInClosure()
}

//go:noinline
func startInClosure() {
	func() {
		defer func() { _ = recover() }() // a function with a defer is not inlined
		go func() { select {} }()
	}()
}

// An Ignore option hides what it names and nothing else.
func TestIgnoreOther(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Ignore(filters.MustParse(`created-by:"github.com/leakcheck-go/goroutine/leakcheck/testdata/verify.startInClosure.func1"`)))
	startInClosure()
	startSender()
}

// IgnoreCurrent leaves out what is there when it is called, no more.
func TestIgnoreCurrent(t *testing.T) {
	startInClosure()
	current := leakcheck.IgnoreCurrent()
	startSender()
	defer leakcheck.Verify(t, current)
}

// Twenty thousand goroutines at one line.
func TestMany(t *testing.T) {
	leakcheck.Verify(t)
	ch := make(chan int)
	for range 20_000 {
		go sendOne(ch)
	}
}
