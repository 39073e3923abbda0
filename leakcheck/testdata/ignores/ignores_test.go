// Package ignores passes ignores of every kind. VerifyTestMain judges them
// when all tests have run.
package ignores

import (
	"os"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

const me = "github.com/leakcheck-go/goroutine/leakcheck/testdata/ignores."

func TestMain(m *testing.M) {
	leakcheck.Ignore(filters.CreatedBy(me + "forgotten")) // built, and not passed on
	leakcheck.VerifyTestMain(m,
		leakcheck.Ignore(filters.CreatedBy(me+"startUsed")),
		leakcheck.Ignore(filters.CreatedBy(me+"gone"), filters.AnyFunction("time.Sleep")),
		leakcheck.Ignore(filters.All(filters.CreatedBy(me+"a"), filters.CreatedBy(me+"b"))))
}

func startUsed() { go func() { select {} }() }

func TestUsed(*testing.T) { startUsed() }

// The ignore of the whole package is wide enough for this one as well.
func TestSleeps(*testing.T) { go sleepLong() }

func sleepLong() { time.Sleep(time.Hour) } // ignores: sleep

// An option that is built again for each test is one ignore.
func TestOwn(t *testing.T) {
	for range 2 {
		t.Run("sub", func(t *testing.T) {
			leakcheck.Verify(t, leakcheck.Ignore(filters.CreatedBy(me+"startOwn")))
			startOwn()
		})
	}
}

func startOwn() { go func() { select {} }() }

func TestLeaks(t *testing.T) {
	if os.Getenv("FIXTURE_FIXED") != "" {
		return
	}
	leakcheck.Verify(t)
	go func(c chan int) { c <- 1 }(make(chan int))
}
