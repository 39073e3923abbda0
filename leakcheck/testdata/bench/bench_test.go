// Package bench has benchmarks that leak, one way each, and their clean twins.
package bench

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m) }

func startReceiver() {
	ch := make(chan int)
	go func() { // go
		<-ch // wait
	}()
}

// work starts a goroutine and waits for its result, not for its end.
func work(tb testing.TB, n int) {
	out := make(chan int, 1)
	go func() { out <- n * n }()
	if got := <-out; got != n*n {
		tb.Errorf("%d*%d = %d", n, n, got)
	}
}

// A goroutine with each turn: the report counts them.
func BenchmarkLoopLeak(b *testing.B) {
	leakcheck.Verify(b) // verify: BenchmarkLoopLeak
	for b.Loop() {
		startReceiver()
	}
}

func BenchmarkLoopClean(b *testing.B) {
	leakcheck.Verify(b)
	for n := 0; b.Loop(); n++ {
		work(b, n)
	}
}

// The first run, of one turn, ends the benchmark.
func BenchmarkNLeak(b *testing.B) {
	leakcheck.Verify(b) // verify: BenchmarkNLeak
	for range b.N {
		startReceiver()
	}
}

// The first run is clean.
func BenchmarkNLateLeak(b *testing.B) {
	leakcheck.Verify(b) // verify: BenchmarkNLateLeak
	for n := range b.N {
		work(b, n)
	}
	if b.N > 1 {
		startReceiver()
	}
}

func BenchmarkNClean(b *testing.B) {
	leakcheck.Verify(b)
	for n := range b.N {
		work(b, n)
	}
}

// The leak is started by a goroutine that the runner started.
func BenchmarkParallelLeak(b *testing.B) {
	leakcheck.Verify(b) // verify: BenchmarkParallelLeak
	var once sync.Once
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			once.Do(startReceiver)
		}
	})
}

func BenchmarkParallelClean(b *testing.B) {
	leakcheck.Verify(b)
	b.SetParallelism(3)
	b.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			work(b, n)
		}
	})
}

// Of three parts the second leaks.
func BenchmarkSub(b *testing.B) {
	for _, part := range []string{"first", "second", "third"} {
		b.Run(part, func(b *testing.B) {
			leakcheck.Verify(b) // verify: BenchmarkSub/second
			for n := 0; b.Loop(); n++ {
				work(b, n)
			}
			if part == "second" {
				startReceiver()
			}
		})
	}
}

// The parts have no check of their own.
func BenchmarkWhole(b *testing.B) {
	leakcheck.Verify(b) // verify: BenchmarkWhole
	for _, part := range []string{"first", "second", "third"} {
		b.Run(part, func(b *testing.B) {
			for b.Loop() {
			}
			if part == "second" {
				startReceiver()
			}
		})
	}
}

// A pool that is set up once, used by the parts, and closed by a cleanup.
func BenchmarkSubClean(b *testing.B) {
	leakcheck.Verify(b)
	jobs, done := make(chan int), make(chan int)
	for range 3 {
		go func() {
			for n := range jobs {
				done <- n
			}
		}()
	}
	b.Cleanup(func() { close(jobs) })
	for _, part := range []string{"first", "second"} {
		b.Run(part, func(b *testing.B) {
			leakcheck.Verify(b)
			for n := 0; b.Loop(); n++ {
				jobs <- n
				require.Equal(b, n, <-done)
			}
		})
	}
}

// A benchmark that a test runs has no name. Its output goes nowhere, so what it
// leaks is to be the test's.
func TestRunsBenchmark(t *testing.T) {
	leakcheck.Verify(t) // verify: TestRunsBenchmark
	var once sync.Once
	r := testing.Benchmark(func(b *testing.B) {
		leakcheck.Verify(b)
		for n := 0; b.Loop(); n++ {
			work(b, n)
		}
		once.Do(startReceiver)
	})
	t.Log(r.N)
}

func TestRunsBenchmarkClean(t *testing.T) {
	leakcheck.Verify(t)
	r := testing.Benchmark(func(b *testing.B) {
		leakcheck.Verify(b)
		for n := 0; b.Loop(); n++ {
			work(b, n)
		}
	})
	require.Positive(t, r.N)
}
