package verify

import (
	"sync"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Six tests at the same time, each of which leaks by a function of its own.
// None of these functions names a test: only inherited evidence tells.

func TestSixA(t *testing.T) { t.Parallel(); leakcheck.Verify(t); meetSix(); go blockA() }
func TestSixB(t *testing.T) { t.Parallel(); leakcheck.Verify(t); meetSix(); go blockB() }
func TestSixC(t *testing.T) { t.Parallel(); leakcheck.Verify(t); meetSix(); go blockC() }
func TestSixD(t *testing.T) { t.Parallel(); leakcheck.Verify(t); meetSix(); go blockD() }
func TestSixE(t *testing.T) { t.Parallel(); leakcheck.Verify(t); meetSix(); go blockE() }
func TestSixF(t *testing.T) { t.Parallel(); leakcheck.Verify(t); meetSix(); go blockF() }

func blockA() { select {} }
func blockB() { select {} }
func blockC() { select {} }
func blockD() { select {} }
func blockE() { select {} }
func blockF() { select {} }

// six opens when all six tests run. They need -test.parallel=6.
var six sync.WaitGroup

func meetSix() {
	six.Done()
	six.Wait()
}

func init() { six.Add(6) }

// The same with subtests, identical stacks, and a goroutine in between.
func TestSubs(t *testing.T) {
	for _, name := range []string{"A", "B", "C", "D", "E", "F"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leakcheck.Verify(t)
			startByAnother()
		})
	}
}

func startByAnother() {
	done := make(chan int)
	go func() {
		startSender()
		close(done)
	}()
	<-done
}
