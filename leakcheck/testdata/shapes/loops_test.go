// Package shapes has tests of the shapes that tests come in. In each shape one
// leaks, and another does not.
package shapes

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func startReceiver() {
	ch := make(chan int)
	go func() { // go
		<-ch // wait
	}()
}

// square does its work in a goroutine and waits for the result, not for its end.
func square(n int) int {
	out := make(chan int, 1)
	go func() { out <- n * n }()
	return <-out
}

// Subtests in a loop, whose closures share a line.

func TestLoop(t *testing.T) {
	for n := range 4 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			leakcheck.Verify(t) // verify: TestLoop/2
			assert.Equal(t, n*n, square(n))
			if n == 2 {
				startReceiver()
			}
		})
	}
}

func TestLoopParallel(t *testing.T) {
	for n := range 4 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			leakcheck.Verify(t) // verify: TestLoopParallel/2
			assert.Equal(t, n*n, square(n))
			if n == 2 {
				startReceiver()
			}
		})
	}
}

// The check of the parent is over after its parallel subtests. They have none
// of their own.
func TestLoopWhole(t *testing.T) {
	leakcheck.Verify(t) // verify: TestLoopWhole
	for n := range 4 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, n*n, square(n))
			if n == 2 {
				startReceiver()
			}
		})
	}
}

// Each level has a check; the innermost that can know reports.
func TestLoopNested(t *testing.T) {
	leakcheck.Verify(t)
	for _, outer := range []string{"a", "b"} {
		t.Run(outer, func(t *testing.T) {
			leakcheck.Verify(t)
			for _, inner := range []string{"x", "y"} {
				t.Run(inner, func(t *testing.T) {
					leakcheck.Verify(t) // verify: TestLoopNested/b/x
					if outer == "b" && inner == "x" {
						startReceiver()
					}
				})
			}
		})
	}
}

// Two subtests have the same name; the runner numbers them.
func TestLoopSameName(t *testing.T) {
	for n := range 3 {
		t.Run("same name", func(t *testing.T) {
			leakcheck.Verify(t) // verify: TestLoopSameName/same_name#01
			if n == 1 {
				startReceiver()
			}
		})
	}
}

// A name that would end a report or a label early.
func TestLoopOddName(t *testing.T) {
	for _, name := range []string{"a: b\n--- FAIL: {x} \"y\"", "é\x1b[31m"} {
		t.Run(name, func(t *testing.T) {
			leakcheck.Verify(t)
			startReceiver()
		})
	}
}

// A table whose rows run in a group, which a cleanup of the parent outlives.
func TestLoopClean(t *testing.T) {
	leakcheck.Verify(t)
	jobs, done := make(chan int), make(chan int)
	for range 3 {
		go func() {
			for n := range jobs {
				done <- n * n
			}
		}()
	}
	t.Cleanup(func() { close(jobs) })
	t.Run("group", func(t *testing.T) {
		leakcheck.Verify(t)
		for n := range 4 {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				leakcheck.Verify(t)
				jobs <- n
				assert.GreaterOrEqual(t, <-done, 0)
				assert.Equal(t, n*n, square(n))
			})
		}
	})
}

// The check of a parent that defers it is over after the parallel subtests as
// well, though the deferred call comes before them.
func TestLoopDeferred(t *testing.T) {
	defer leakcheck.Verify(t)
	for n := range 4 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, n*n, square(n))
			if n == 2 {
				startReceiver()
			}
		})
	}
} // verify: TestLoopDeferred

// Verify comes before Parallel, so the check is open while all serial tests of
// the package run. One of them leaks and has no check.

func TestPausedLeak(t *testing.T) {
	leakcheck.Verify(t) // verify: TestPausedLeak
	t.Parallel()
	startReceiver()
}

func TestPausedClean(t *testing.T) {
	leakcheck.Verify(t)
	t.Parallel()
	assert.Equal(t, 9, square(3))
}

func TestPausedSerial(t *testing.T) {
	startReceiver()
	assert.Equal(t, 9, square(3))
}

// Short runs leave out what leaks.

func TestShort(t *testing.T) {
	leakcheck.Verify(t) // verify: TestShort
	assert.Equal(t, 9, square(3))
	if !testing.Short() {
		startReceiver()
	}
}

// Two leaks in a row for -failfast, which ends after the first.

func TestRowFirst(t *testing.T) {
	leakcheck.Verify(t) // verify: TestRowFirst
	startReceiver()
}

func TestRowSecond(t *testing.T) {
	leakcheck.Verify(t) // verify: TestRowSecond
	startReceiver()
}

func TestRowThird(t *testing.T) {
	leakcheck.Verify(t)
	assert.Equal(t, 16, square(4))
}

// Every second run of one process leaks.

var runs int

func TestEverySecond(t *testing.T) {
	leakcheck.Verify(t) // verify: TestEverySecond
	if runs++; runs%2 == 0 {
		startReceiver()
	}
}

// A suite by hand: methods in a table.

type methods struct{}

func (methods) TestMethod(t *testing.T) {
	t.Run("inner", func(t *testing.T) {
		leakcheck.Verify(t) // verify: TestSuiteless/TestMethod/inner
		startReceiver()
	})
}

func (methods) TestOther(t *testing.T) {
	leakcheck.Verify(t)
	assert.Equal(t, 9, square(3))
}

func TestSuiteless(t *testing.T) {
	var m methods
	t.Run("TestMethod", m.TestMethod)
	t.Run("TestOther", m.TestOther)
}

// A subtest on one line, as in tables, with its defer statement.
func TestOneLine(t *testing.T) {
	t.Run("clean", func(t *testing.T) { defer leakcheck.Verify(t); assert.Equal(t, 9, square(3)) })
	t.Run("leak", func(t *testing.T) { defer leakcheck.Verify(t); startReceiver() }) // verify: TestOneLine/leak
}
