// Package subjects ignores by what only a report knows: the cause, and the
// test that a goroutine belongs to.
package subjects

import (
	"testing"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) {
	leakcheck.VerifyTestMain(m, leakcheck.Ignore(filters.MustParse(`cause:chan-recv && test:TestKnown`)))
}

func send()    { go func(c chan int) { c <- 1 }(make(chan int)) }
func receive() { go func(c chan int) { <-c }(make(chan int)) }

// By cause: the sender is left out, the receiver is not.
func TestCause(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Ignore(filters.Cause("chan-send")))
	send()
}

func TestOtherCause(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Ignore(filters.Cause("chan-send")))
	send()
	receive()
}

// By test, with a subtest of the name.
func TestByName(t *testing.T) {
	leakcheck.Verify(t, leakcheck.Ignore(filters.Test("TestByName/known")))
	t.Run("known", func(t *testing.T) {
		leakcheck.Verify(t, leakcheck.Ignore(filters.Test("TestByName/known")))
		send()
	})
}

// Without checks of their own: left to the check of the package.
func TestKnown(*testing.T)    { go func(c chan int) { <-c }(make(chan int)) }
func TestReceives(*testing.T) { go func(c chan int) { <-c }(make(chan int)) }
