// Package ratchet leaks as FIXTURE_LEAKS says, "own=2 left=1", in tests whose
// checks have a baseline. It runs in a folder of the test that runs it.
package ratchet

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

const file = "testdata/leaks.json"

// soon is enough for goroutines to get to where they wait, which is a part of
// what a baseline knows them by.
var soon = leakcheck.Wait(time.Second)

func TestMain(m *testing.M) {
	switch os.Getenv("FIXTURE_MAIN") {
	case "none":
		os.Exit(m.Run())
	case "plain":
		leakcheck.VerifyTestMain(m, soon)
	}
	leakcheck.VerifyTestMain(m, soon, leakcheck.Baseline(file))
}

// number is how often the named leak is asked for.
func number(leak string) (n int) {
	for field := range strings.FieldsSeq(os.Getenv("FIXTURE_LEAKS")) {
		if name, value, _ := strings.Cut(field, "="); name == leak {
			_, _ = fmt.Sscan(value, &n)
		}
	}
	return n
}

func verify(t *testing.T) {
	t.Helper()
	if expr := os.Getenv("FIXTURE_IGNORE"); expr != "" {
		leakcheck.Verify(t, soon, leakcheck.Ignore(filters.MustParse(expr)))
	} else if os.Getenv("FIXTURE_OPTION") == "none" {
		leakcheck.Verify(t, soon)
	} else {
		leakcheck.Verify(t, soon, leakcheck.Baseline(file))
	}
}

func startOwn(n int) {
	for range n {
		go func() { select {} }() // own: go
	}
}

func startMore(n int) {
	for range n {
		go func(c chan int) { c <- 1 }(make(chan int)) // more: go
	}
}

func startLeft(n int) {
	for range n {
		go func() { <-make(chan int) }()
	}
}

func TestOwn(t *testing.T) {
	verify(t)
	startOwn(number("own"))
	startMore(number("more"))
}

func TestOther(t *testing.T) {
	verify(t)
	startOwn(number("other"))
}

// What these leave is for the check at the end.
func TestLeft(*testing.T) { startLeft(number("left")) }

func TestChdir(t *testing.T) {
	t.Chdir(t.TempDir())
	verify(t)
	startOwn(number("chdir"))
}

func TestParallel(t *testing.T) {
	for i := range number("parallel") {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			verify(t)
			startOwn(1)
		})
	}
}

func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if number("bubble") == 0 {
			return
		}
		verify(t)
		startOwn(number("bubble"))
		synctest.Wait()
	})
}

func TestSkips(t *testing.T) {
	verify(t)
	if number("skip") > 0 {
		t.Skip("asked for")
	}
	startMore(number("skipped"))
}

func TestFails(t *testing.T) {
	if number("fail") > 0 {
		t.Error("asked for")
	}
}

func TestFind(t *testing.T) {
	if number("find") == 0 {
		return
	}
	release := make(chan int)
	go func() { <-release }()
	defer close(release)
	r := leakcheck.Find(soon, leakcheck.Baseline(file))
	fmt.Printf("Find: %d, %v\n", r.Len(), r.Err())
}
