package main

import (
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// check is a leak checker with a test: it runs body and returns how long the
// checker took after its end, and whether it found a leak.
type check struct {
	name string
	run  func(body func()) (time.Duration, bool)
}

var checks = []check{
	{"leakcheck.Verify", func(body func()) (took time.Duration, failed bool) {
		// Verify wants to be at the top of a test or benchmark, and this makes
		// one. It is called with growing N until it takes long enough.
		once := false
		testing.Benchmark(func(*testing.B) {
			if once {
				return
			}
			once = true
			var t fakeT
			leakcheck.Verify(&t)
			body()
			began := time.Now()
			for i := len(t.cleanups) - 1; i >= 0; i-- {
				t.cleanups[i]()
			}
			took, failed = time.Since(began), t.failed
		})
		return took, failed
	}},
	{"goleak.VerifyNone", func(body func()) (time.Duration, bool) {
		var t fakeT
		body()
		began := time.Now()
		goleak.VerifyNone(&t)
		return time.Since(began), t.failed
	}},
}

// situation is a test that is checked.
type situation struct {
	name   string
	body   func(stop <-chan bool)
	leaks  bool
	stays  bool // nothing can end the goroutine
	rounds int
}

var situations = []situation{
	{name: "a test without goroutines", body: func(<-chan bool) {}, rounds: 200},
	{name: "a goroutine that has ended", body: func(<-chan bool) {
		done := make(chan bool)
		go close(done)
		<-done
	}, rounds: 200},
	{name: "a leaked goroutine whose channel the test still has", body: func(stop <-chan bool) {
		go func() { <-stop }()
	}, leaks: true, rounds: 3},
	{name: "a leaked goroutine that a variable holds", body: func(<-chan bool) {
		c := make(chan bool)
		kept = append(kept, c)
		go func() { c <- true }()
	}, leaks: true, stays: true, rounds: 5},
	// Last, since it is there for what comes after. Where the runtime offers a
	// proof of leaks this one is proven; the one before is not, as a variable
	// holds its channel.
	{name: "a leaked goroutine that nothing can end", body: func(<-chan bool) {
		go func(never <-chan bool) { <-never }(make(chan bool))
	}, leaks: true, stays: true, rounds: 5},
}

// kept is what a service may have: a registry from which nobody takes a subscriber
// out.
var kept []chan bool

// best returns the shortest time that each check takes in a situation, in turn
// as in measure, and whether all verdicts were right.
func best(s situation) (times []time.Duration, right bool) {
	times, right = make([]time.Duration, len(checks)), true
	for range s.rounds {
		for i, c := range checks {
			stop, before := make(chan bool), runtime.NumGoroutine()
			took, failed := c.run(func() { s.body(stop) })
			close(stop)
			if !s.stays {
				settle(before)
			}
			right = right && failed == s.leaks
			if times[i] == 0 || took < times[i] {
				times[i] = took
			}
		}
	}
	return times, right
}

// settle waits until no more goroutines are there than before.
func settle(before int) {
	for runtime.NumGoroutine() > before {
		runtime.Gosched()
	}
}

// fakeT is a test of which nothing is printed.
type fakeT struct {
	failed   bool
	cleanups []func()
}

func (t *fakeT) Helper()               {}
func (t *fakeT) Name() string          { return "Test" }
func (t *fakeT) Errorf(string, ...any) { t.failed = true }
func (t *fakeT) Error(...any)          { t.failed = true }
func (t *fakeT) Logf(string, ...any)   {}
func (t *fakeT) Failed() bool          { return t.failed }
func (t *fakeT) Cleanup(f func())      { t.cleanups = append(t.cleanups, f) }
