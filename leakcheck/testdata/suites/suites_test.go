// Package suites has suites of testify with the check where their users put it.
package suites

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

// pool is set up for each method and taken down after it.
type pool struct {
	jobs    chan int
	results chan int
}

func newPool() *pool {
	p := &pool{make(chan int), make(chan int)}
	for range 3 {
		go func() {
			for n := range p.jobs {
				p.results <- n * n
			}
		}()
	}
	return p
}

func (p *pool) square(n int) int {
	p.jobs <- n
	return <-p.results
}

// EachSuite has its check in SetupTest.
type EachSuite struct {
	suite.Suite
	pool *pool
}

func TestEach(t *testing.T) { suite.Run(t, new(EachSuite)) }

func (s *EachSuite) SetupTest() {
	leakcheck.Verify(s.T()) // verify: TestEach/TestLeak
	s.pool = newPool()
}

func (s *EachSuite) TearDownTest() { close(s.pool.jobs) }

func (s *EachSuite) TestBefore() { s.Equal(9, s.pool.square(3)) }
func (s *EachSuite) TestLeak()   { startReceiver() }
func (s *EachSuite) TestZAfter() { s.Equal(16, s.pool.square(4)) }

// MethodSuite has it in its methods, in the subtests of one as well.
type MethodSuite struct {
	suite.Suite
	pool *pool
}

func TestMethod(t *testing.T) { suite.Run(t, new(MethodSuite)) }

func (s *MethodSuite) SetupSuite()    { s.pool = newPool() }
func (s *MethodSuite) TearDownSuite() { close(s.pool.jobs) }

func (s *MethodSuite) TestPool() {
	leakcheck.Verify(s.T())
	s.Equal(9, s.pool.square(3))
}

func (s *MethodSuite) TestSubtests() {
	for _, name := range []string{"first", "second", "third"} {
		s.Run(name, func() {
			leakcheck.Verify(s.T()) // verify: TestMethod/TestSubtests/second
			if name == "second" {
				startReceiver()
			}
		})
	}
}

// WholeSuite has one check for all of it.
type WholeSuite struct {
	suite.Suite
	pool *pool
}

func TestWhole(t *testing.T) { suite.Run(t, new(WholeSuite)) }

func (s *WholeSuite) SetupSuite() {
	leakcheck.Verify(s.T()) // verify: TestWhole
	s.pool = newPool()
}

func (s *WholeSuite) TearDownSuite() { close(s.pool.jobs) }

func (s *WholeSuite) TestBefore() { s.Equal(9, s.pool.square(3)) }
func (s *WholeSuite) TestLeak()   { startReceiver() }

// TwiceSuite has it in SetupTest and in the method: one report.
type TwiceSuite struct{ suite.Suite }

func TestTwice(t *testing.T) { suite.Run(t, new(TwiceSuite)) }

func (s *TwiceSuite) SetupTest() { leakcheck.Verify(s.T()) }

func (s *TwiceSuite) TestLeak() {
	leakcheck.Verify(s.T()) // verify: TestTwice/TestLeak
	startReceiver()
}

// DeferSuite defers it in the method.
type DeferSuite struct{ suite.Suite }

func TestDefer(t *testing.T) { suite.Run(t, new(DeferSuite)) }

func (s *DeferSuite) TestLeak() {
	defer leakcheck.Verify(s.T())
	startReceiver()
} // verify: TestDefer/TestLeak

func (s *DeferSuite) TestZClean() {
	defer leakcheck.Verify(s.T())
	p := newPool()
	defer close(p.jobs)
	s.Equal(25, p.square(5))
}

// CleanSuite has it everywhere and leaks nothing.
type CleanSuite struct {
	suite.Suite
	whole, each *pool
}

func TestCleanSuite(t *testing.T) { suite.Run(t, new(CleanSuite)) }

func (s *CleanSuite) SetupSuite() {
	leakcheck.Verify(s.T())
	s.whole = newPool()
}

func (s *CleanSuite) TearDownSuite() { close(s.whole.jobs) }

func (s *CleanSuite) SetupTest() {
	leakcheck.Verify(s.T())
	s.each = newPool()
}

func (s *CleanSuite) TearDownTest() { close(s.each.jobs) }

func (s *CleanSuite) TestA() {
	leakcheck.Verify(s.T())
	s.Equal(4, s.whole.square(2))
	s.Equal(9, s.each.square(3))
}

func (s *CleanSuite) TestB() {
	s.Run("sub", func() {
		leakcheck.Verify(s.T())
		s.Equal(9, s.each.square(3))
	})
}
