// Package testmain leaves the check to VerifyTestMain. Environment variables
// choose its options.
package testmain

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) {
	go block() // there before the tests: not their leak
	opts := append(cleanup(os.Getenv("FIXTURE_CLEANUP")), other(os.Getenv("FIXTURE_OPTION"))...)
	if os.Getenv("FIXTURE_RUN") != "" {
		code := leakcheck.Run(m, opts...)
		fmt.Println("Run returned", code)
		os.Exit(code)
	}
	leakcheck.VerifyTestMain(m, opts...)
	fmt.Println("VerifyTestMain returned")
}

// cleanup chooses what the function given to Cleanup does after it printed
// the exit code that it was given.
func cleanup(end string) []leakcheck.Option {
	if end == "" {
		return nil
	}
	return []leakcheck.Option{leakcheck.Cleanup(func(code int) {
		fmt.Println("cleanup got", code)
		switch end {
		case "panic":
			panic("cleanup: my own panic")
		case "goexit":
			runtime.Goexit()
		}
	})}
}

func other(name string) []leakcheck.Option {
	switch name {
	case "RunOnFailure":
		return []leakcheck.Option{leakcheck.RunOnFailure()}
	case "ProvenOnly":
		return []leakcheck.Option{leakcheck.ProvenOnly()}
	case "Ignore":
		return []leakcheck.Option{leakcheck.Ignore(filters.CreatedBy("github.com/leakcheck-go/goroutine/leakcheck/testdata/testmain.startBlocked"))}
	}
	return nil
}

func startBlocked() {
	go block() // helper: go
}

func block() {
	select {}
}

// A clean test that prints: its output comes before any report.
func TestClean(*testing.T) { fmt.Println("output of TestClean") }

// The go statement stands in the test itself: it is known whose it is.
func TestOwnGo(*testing.T) {
	go block() // own: go
}

// The go statement stands in a helper: nothing names the test.
func TestHelperGo(*testing.T) { startBlocked() }

// Two tests after it that leak nothing: the first looks when it begins, the
// second when it ends.
func TestInnocentFirst(t *testing.T)    { leakcheck.Verify(t) }
func TestInnocentDeferred(t *testing.T) { defer leakcheck.Verify(t) }

// What Verify reports is settled.
func TestVerified(t *testing.T) {
	leakcheck.Verify(t)
	startBlocked()
}

// A test that fails by itself and leaves something behind.
func TestFails(t *testing.T) {
	startBlocked()
	t.Error("fails: my own message")
}

// What a failed test left behind is excused.
func TestFailsVerified(t *testing.T) {
	leakcheck.Verify(t)
	startBlocked()
	t.Error("fails: my own message")
}

// Nothing says whose a timer's goroutine is that appears while two tests run.
func TestTimerA(t *testing.T) { timer(t) }
func TestTimerB(t *testing.T) { timer(t) }

var timers sync.WaitGroup

func init() { timers.Add(2) }

func timer(t *testing.T) {
	t.Parallel()
	leakcheck.Verify(t)
	time.AfterFunc(0, func() {
		timers.Done()
		block()
	})
	timers.Wait() // both run now, and both callbacks
}
