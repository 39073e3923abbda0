package leakcheck

import (
	"fmt"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
)

// Option changes what a check does. Options are made by the functions of this
// package and can be used for any number of checks. If several set the same thing,
// the last one counts; options that leave goroutines out add up. A nil Option makes
// the check panic.
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

// config is what the options of one check add up to.
type config struct {
	engine.Config
	cleanup func(exitCode int)
}

func newConfig(opts []Option) *config {
	c := &config{Config: *engine.NewConfig()}
	for i, o := range opts {
		if o == nil {
			panic(fmt.Sprintf("leakcheck: option %d is nil; leave it out", i+1))
		}
		o.apply(c)
	}
	return c
}

// IgnoreCurrent leaves out the goroutines that are there when it is called.
// Verify at the top of a test and VerifyTestMain do so by themselves.
func IgnoreCurrent() Option {
	current := engine.IDsOf(capture.All().Goroutines)
	return option(func(c *config) { c.Current = append(c.Current, current) })
}

// Wait bounds the time that goroutines are given to end, 5 s by default, and
// longer for those that filters.Catalogue knows to be slow to stop; a bound that
// is given holds for these as well. It is an upper bound: the check ends as soon
// as it is certain. With 0 it looks once. Wait panics on a negative bound.
func Wait(max time.Duration) Option {
	if max < 0 {
		panic(fmt.Sprintf("leakcheck.Wait: negative bound %v; write Wait(0) to look once without waiting", max))
	}
	return option(func(c *config) { c.Wait, c.WaitSet = max, true })
}

// RunOnFailure checks also when the test, or in VerifyTestMain a test, failed
// already. By default a failed test is left alone: it had no chance to clean
// up, and its own message matters more.
func RunOnFailure() Option {
	return option(func(c *config) { c.RunOnFailure = true })
}

// Cleanup has [VerifyTestMain] and [Run] call f after the check with the exit
// code that the process is about to have, in a goroutine of its own. The report
// is printed before, and the code stays as it is when f returns, panics or ends
// its goroutine. Only an f that calls os.Exit itself decides otherwise: it should
// pass the code on. Before the watchdog ends the process because of a test that
// hangs, f is called with 1 and gets five seconds. Verify, Find and AtExit do not
// call f. Cleanup panics when f is nil.
//
// To close before the check what tests share, pass an m whose Run does it:
//
//	type closing struct{ *testing.M }
//
//	func (c closing) Run() int {
//		defer pool.Close()
//		return c.M.Run()
//	}
func Cleanup(f func(exitCode int)) Option {
	if f == nil {
		panic("leakcheck.Cleanup: the function is nil; leave the option out")
	}
	return option(func(c *config) { c.cleanup = f })
}

// Watchdog says how long nothing may run in the process before [VerifyTestMain]
// looks for tests that hang, 2 s by default; with 0 it does not look. Where the
// runtime has no proof it looks after half of that, and again 2 s later. Only a
// test that the runtime proves to be stuck forever ends the process, or one that
// the heap says so of twice, see the package's section on hung tests. Verify and
// Find watch nothing. Watchdog panics on a negative time.
func Watchdog(quiet time.Duration) Option {
	if quiet < 0 {
		panic(fmt.Sprintf("leakcheck.Watchdog: negative time %v; write Watchdog(0) to switch it off", quiet))
	}
	return option(func(c *config) { c.Watchdog = quiet })
}

// ProvenOnly fails on nothing but goroutines that the runtime has proven to be
// leaked: those that can never run again, whatever happens. It finds less than
// the default, which also reports what sleeps, serves a connection or is
// reachable from a global variable, and it is not wrong but in the one case that
// the package's section on proofs names.
//
// Go 1.27 offers the proof, and Go 1.26 in a binary built with
// GOEXPERIMENT=goroutineleakprofile. Without it such a check can find nothing:
// [Verify] says so in the test's log and [VerifyTestMain] on standard error, and
// [Find] finds nothing without a word.
func ProvenOnly() Option {
	return option(func(c *config) { c.ProvenOnly = true })
}

// Heap has a check read the heap of the process for what it found, whatever else
// runs: the report says who holds what each goroutine waits for, what nothing can
// wake any more, and how much memory is lost with it. Without it [Find] and the
// other checks read the heap only where that shortens their wait, and while nothing
// else runs.
//
// Reading stops the world for about 2.5 ms for each megabyte of the heap, and takes
// a garbage collection before it. A heap of more than 256 MB is not read, nor any
// while the runtime has goroutines marked as leaked, or LEAKCHECK_HEAP=off is set:
// a note says so. The runtime writes the dump, and docs/heap.md says what may go
// wrong in it; a service should have Find do so on request only.
func Heap() Option {
	return option(func(c *config) { c.Heap = true })
}
