package verify

import (
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// late is how long after its test a goroutine of these tests ends.
const late = 700 * time.Millisecond

func TestEndsAfterSleep(t *testing.T) {
	leakcheck.Verify(t)
	go time.Sleep(late)
}

func TestEndsAfterTimer(t *testing.T) {
	leakcheck.Verify(t)
	go func() {
		<-time.After(late)
	}()
}

func TestEndsAfterSelect(t *testing.T) {
	leakcheck.Verify(t)
	never := make(chan int)
	go func() {
		select {
		case <-never:
		case <-time.After(late):
		}
	}()
}

// A chain: one that waits is woken by one that sleeps.
func TestEndsAfterOther(t *testing.T) {
	leakcheck.Verify(t)
	done := make(chan int)
	go func() { <-done }()
	go func() {
		time.Sleep(late)
		close(done)
	}()
}

// Wait(0) looks once: even what is about to end is reported.
func TestWaitZero(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Wait(0))
	go time.Sleep(late)
}

// A bound below the sleep cuts the wait short.
func TestWaitShort(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Wait(50*time.Millisecond))
	go time.Sleep(time.Hour)
}

// Without the option, only the bound or the test's deadline ends this wait.
func TestSleepsOn(t *testing.T) {
	leakcheck.Verify(t)
	go time.Sleep(time.Hour)
}
