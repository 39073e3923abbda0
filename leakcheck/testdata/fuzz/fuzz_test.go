// Package fuzz has fuzz tests that leak for some inputs, and clean ones.
package fuzz

import (
	"strings"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m) }

func startReceiver() {
	ch := make(chan int)
	go func() { // go
		<-ch // wait
	}()
}

// upper does its work in a goroutine and waits for the result, not for its end.
func upper(s string) string {
	out := make(chan string, 1)
	go func() { out <- strings.ToUpper(s) }()
	return <-out
}

// The second of three seeds leaks.
func FuzzSeed(f *testing.F) {
	for _, s := range []string{"first", "leak", "third"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		leakcheck.Verify(t) // verify: FuzzSeed/seed#1
		if upper(s) == "LEAK" {
			startReceiver()
		}
	})
}

// The seed is clean; inputs that the engine makes up leak sooner or later.
func FuzzFound(f *testing.F) {
	f.Add("seed")
	f.Fuzz(func(t *testing.T, s string) {
		leakcheck.Verify(t) // verify: FuzzFound
		if upper(s); len(s) > 6 {
			startReceiver()
		}
	})
}

// Callbacks side by side.
func FuzzParallel(f *testing.F) {
	for _, s := range []string{"first", "leak", "third"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		t.Parallel()
		leakcheck.Verify(t) // verify: FuzzParallel/seed#1
		if upper(s) == "LEAK" {
			startReceiver()
		}
	})
}

func FuzzClean(f *testing.F) {
	leakcheck.Verify(f)
	f.Add("seed")
	f.Add("other")
	f.Fuzz(func(t *testing.T, s string) {
		leakcheck.Verify(t)
		if want := strings.ToUpper(s); upper(s) != want {
			t.Errorf("want %q", want)
		}
	})
}

// The check is deferred in the callback.
func FuzzDeferred(f *testing.F) {
	f.Add("seed")
	f.Fuzz(func(t *testing.T, s string) {
		defer leakcheck.Verify(t)
		if want := strings.ToUpper(s); upper(s) != want {
			t.Errorf("want %q", want)
		}
	})
}
