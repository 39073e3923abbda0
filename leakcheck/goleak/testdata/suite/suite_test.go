// Package suite is a test suite that uses goleak and knows of nothing else. Its
// tests are run one by one by those of the package above, which say what should
// come of each.
package suite

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/suite"

	"github.com/leakcheck-go/goroutine/leakcheck/goleak"
)

// never is never closed. It is global, so nothing that waits for it is proven
// to be leaked.
var never = make(chan struct{})

func leak() { go wait() }

func wait() { <-never }

// TestMain is as the environment asks.
func TestMain(m *testing.M) {
	options := map[string][]goleak.Option{
		"plain":   {},
		"cleanup": {goleak.Cleanup(func(code int) { fmt.Println("cleanup with", code) })},
		"exit":    {goleak.Cleanup(func(code int) { os.Exit(code + 40) })},
		"panic":   {goleak.Cleanup(func(int) { panic("on purpose") })},
		"failure": {goleak.RunOnFailure()},
		"ignore":  {goleak.IgnoreAnyFunction("github.com/leakcheck-go/goroutine/leakcheck/goleak/testdata/suite.wait")},
		"never":   {goleak.IgnoreTopFunction("wait"), goleak.IgnoreCreatedBy("example.com/gone.New")},
	}
	opts, ok := options[os.Getenv("SUITE_MAIN")]
	if !ok {
		os.Exit(m.Run())
	}
	go wait() // of the process, not of a test
	goleak.VerifyTestMain(m, opts...)
	fmt.Println("TestMain goes on")
}

func TestClean(t *testing.T) {
	defer goleak.VerifyNone(t)
	done := make(chan struct{})
	go func() {
		time.Sleep(20 * time.Millisecond)
		close(done)
	}()
}

func TestLeak(t *testing.T) {
	defer goleak.VerifyNone(t)
	leak()
} // TestLeak ends

func TestAfter(t *testing.T) { defer goleak.VerifyNone(t) }

// The sum of goleak's waits is less than half a second.
func TestSlow(t *testing.T) {
	defer goleak.VerifyNone(t)
	go time.Sleep(800 * time.Millisecond)
}

func TestMiddle(t *testing.T) {
	stop := make(chan struct{})
	go func() { <-stop }()
	goleak.VerifyNone(t) // in the middle
	fmt.Println("failed at the call:", t.Failed())
	close(stop)
}

func TestTwice(t *testing.T) {
	for range 2 {
		stop := make(chan struct{})
		go func() { close(stop) }()
		<-stop
		goleak.VerifyNone(t)
	}
}

func TestUnchecked(t *testing.T) { leak() }

func TestUncheckedGo(t *testing.T) { go wait() }

func TestFails(t *testing.T) {
	defer goleak.VerifyNone(t)
	leak()
	t.Fatal("on purpose")
}

func TestFailsChecked(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.RunOnFailure())
	leak()
	t.Fatal("on purpose")
}

func TestPanics(t *testing.T) {
	defer goleak.VerifyNone(t)
	leak()
	panic("on purpose")
}

func TestIgnores(t *testing.T) {
	const pkg = "github.com/leakcheck-go/goroutine/leakcheck/goleak/testdata/suite."
	for name, opt := range map[string]goleak.Option{
		"top":       goleak.IgnoreTopFunction(pkg + "wait"),
		"any":       goleak.IgnoreAnyFunction(pkg + "wait"),
		"createdby": goleak.IgnoreCreatedBy(pkg + "leak"),
		"wildcard":  goleak.IgnoreTopFunction(pkg + "w*"),
		"othertop":  goleak.IgnoreTopFunction(pkg + "leak"),
		"othername": goleak.IgnoreAnyFunction(pkg + "wai"),
		"never":     goleak.IgnoreAnyFunction("wait"),
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, opt)
			leak()
		})
	}
}

func TestCurrent(t *testing.T) {
	leak()
	t.Run("before", func(t *testing.T) { defer goleak.VerifyNone(t, goleak.IgnoreCurrent()) })
	t.Run("after", func(t *testing.T) {
		defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
		leak()
	})
}

func TestParent(t *testing.T) {
	stop := make(chan struct{})
	go func() { <-stop }()
	t.Run("sub", func(t *testing.T) { defer goleak.VerifyNone(t) })
	close(stop)
	goleak.VerifyNone(t)
}

func TestCleanupTooLate(t *testing.T) {
	defer goleak.VerifyNone(t)
	stop := make(chan struct{})
	go func() { <-stop; <-time.After(time.Millisecond) }()
	t.Cleanup(func() { close(stop) })
}

func TestCleanupFirst(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	stop := make(chan struct{})
	go func() { <-stop }()
	t.Cleanup(func() { close(stop) })
}

func TestCleanupLeak(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	leak()
}

func TestParallel(t *testing.T) {
	running, checked := make(chan struct{}), make(chan struct{})
	t.Run("runs", func(t *testing.T) {
		t.Parallel()
		stop := make(chan struct{})
		go func() { <-stop }()
		close(running)
		<-checked
		close(stop)
	})
	t.Run("clean", func(t *testing.T) {
		t.Parallel()
		defer close(checked)
		defer goleak.VerifyNone(t)
		<-running
	})
	t.Run("leaks", func(t *testing.T) {
		t.Parallel()
		defer goleak.VerifyNone(t)
		go wait()
		<-running
	})
}

// TestPaused has begun something when it makes way for TestSerial.
func TestPaused(t *testing.T) {
	stop := make(chan struct{})
	go func() { <-stop }()
	t.Parallel()
	close(stop)
}

func TestSerial(t *testing.T) { defer goleak.VerifyNone(t) }

type tearDown struct{ suite.Suite }

func (s *tearDown) TearDownTest() { goleak.VerifyNone(s.T()) }
func (s *tearDown) TestFine()     {}
func (s *tearDown) TestLeaks()    { leak() }
func (s *tearDown) TestPasses()   {}

func TestTearDown(t *testing.T) { suite.Run(t, new(tearDown)) }

func BenchmarkLeak(b *testing.B) {
	defer goleak.VerifyNone(b)
	for b.Loop() {
	}
	leak()
}

func TestStops(t *testing.T) { t.Fatal("on purpose") }
