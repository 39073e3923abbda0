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

// Wait limits the time that goroutines get to end: 5 s by default, and longer
// for goroutines that filters.Catalogue knows to be slow to stop; max applies to
// these as well. The check ends earlier if the verdict is certain. With 0 it
// looks once. Wait panics if max is negative.
func Wait(max time.Duration) Option {
	if max < 0 {
		panic(fmt.Sprintf("leakcheck.Wait: negative bound %v; write Wait(0) to look once without waiting", max))
	}
	return option(func(c *config) { c.Wait, c.WaitSet = max, true })
}

// RunOnFailure makes a check run even if the test has failed, or in
// VerifyTestMain one of the tests. By default there is no check after a
// failure: the test had no chance to clean up, and its own message matters
// more.
func RunOnFailure() Option {
	return option(func(c *config) { c.RunOnFailure = true })
}

// Cleanup makes [VerifyTestMain] and [Run] call f after the check, in a goroutine
// of its own, with the exit code that the process is about to have. The report is
// printed before, and the exit code does not change when f returns, panics or
// ends its goroutine. An f that calls os.Exit itself should pass the code on.
// Before the watchdog ends the process because of a test that hangs, f is called
// with 1 and gets five seconds. Verify, Find and AtExit do not call f. Cleanup
// panics when f is nil.
//
// To close shared resources before the check, pass an m whose Run closes them:
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
// looks for tests that hang, 2 s by default; with 0 it does not look. If the
// runtime offers no proof, it looks after half of that time, and again 2 s
// later. VerifyTestMain ends the process only if the runtime proves that a test
// is stuck forever, or if the heap shows so twice, see the package's section on
// hung tests. Verify and Find have no watchdog. Watchdog panics on a negative
// time.
func Watchdog(quiet time.Duration) Option {
	if quiet < 0 {
		panic(fmt.Sprintf("leakcheck.Watchdog: negative time %v; write Watchdog(0) to switch it off", quiet))
	}
	return option(func(c *config) { c.Watchdog = quiet })
}

// ProvenOnly makes a check fail only on goroutines that the runtime has proven
// to be leaked: they can never run again, whatever happens. It finds less than
// the default, which also reports goroutines that sleep, serve a connection or
// wait for something that a global variable holds. A proof is wrong only in the
// case that the package's section on proofs describes.
//
// Go 1.27 offers the proof, and Go 1.26 in a binary built with
// GOEXPERIMENT=goroutineleakprofile. Without it such a check can find nothing:
// [Verify] says so in the test's log and [VerifyTestMain] on standard error, and
// [Find] silently finds nothing.
func ProvenOnly() Option {
	return option(func(c *config) { c.ProvenOnly = true })
}

// Heap makes a check read the heap of the process if it found goroutines, even
// while others run: the report says who holds what each goroutine waits for, which
// goroutines nothing can wake any more, and how much memory is lost with them.
// Without this option [Find] and the other checks read the heap only if that
// shortens their wait, and only while nothing else runs.
//
// Reading stops the world for about 2.5 ms for each megabyte of the heap, and takes
// a garbage collection before it. The check does not read a heap of more than 256
// MB, and no heap while the runtime has goroutines marked as leaked or if
// LEAKCHECK_HEAP=off is set; a note says so. The runtime writes the dump, and
// docs/heap.md says how this can fail; a service should use this option only on
// request.
func Heap() Option {
	return option(func(c *config) { c.Heap = true })
}
