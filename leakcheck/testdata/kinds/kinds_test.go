// Package kinds leaks once in each kind of test that Verify takes.
package kinds

import (
	"testing"

	"github.com/stretchr/testify/suite"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func startReceiver() {
	ch := make(chan int)
	go func() { // go
		<-ch // wait
	}()
}

func TestPlain(t *testing.T) {
	leakcheck.Verify(t) // verify: TestPlain
	startReceiver()
}

func TestSub(t *testing.T) {
	t.Run("inner", func(t *testing.T) {
		leakcheck.Verify(t) // verify: TestSub/inner
		startReceiver()
	})
	t.Run("next", func(t *testing.T) { leakcheck.Verify(t) })
}

func BenchmarkLeak(b *testing.B) {
	leakcheck.Verify(b) // verify: BenchmarkLeak
	for b.Loop() {
	}
	startReceiver()
}

func BenchmarkClean(b *testing.B) {
	leakcheck.Verify(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
		}
	})
}

func FuzzLeak(f *testing.F) {
	f.Add(1)
	f.Fuzz(func(t *testing.T, _ int) {
		leakcheck.Verify(t) // verify: FuzzLeak/seed#0
		startReceiver()
	})
}

func FuzzOuter(f *testing.F) {
	leakcheck.Verify(f) // verify: FuzzOuter
	f.Add(1)
	startReceiver()
	f.Fuzz(func(*testing.T, int) {})
}

func FuzzClean(f *testing.F) {
	leakcheck.Verify(f)
	f.Add(1)
	f.Add(2)
	f.Fuzz(func(t *testing.T, _ int) { leakcheck.Verify(t) })
}

// Suite has a leaking method between two clean ones.
type Suite struct{ suite.Suite }

func TestSuite(t *testing.T) { suite.Run(t, new(Suite)) }

func (s *Suite) TestA() { leakcheck.Verify(s.T()) }

func (s *Suite) TestB() {
	leakcheck.Verify(s.T()) // verify: TestSuite/TestB
	startReceiver()
}

func (s *Suite) TestC() { leakcheck.Verify(s.T()) }

// SetupSuite checks each suite as a whole, besides its methods.
type SetupSuite struct{ suite.Suite }

func TestSetupSuite(t *testing.T) { suite.Run(t, new(SetupSuite)) }

func (s *SetupSuite) SetupTest() {
	leakcheck.Verify(s.T()) // verify: TestSetupSuite/TestLeak
}

func (s *SetupSuite) TestClean() {}

func (s *SetupSuite) TestLeak() { startReceiver() }
