package goleak

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Option changes what a check does. Options are made by the functions of this
// package and can be used for any number of checks. A nil Option makes the check
// panic.
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

// config is what the options of one check add up to.
type config struct {
	opts         []leakcheck.Option
	never        []string // ignores that can match nothing, and why
	cleanup      func(exitCode int)
	runOnFailure bool
}

func newConfig(options []Option) *config {
	c := &config{}
	for i, o := range options {
		if o == nil {
			panic(fmt.Sprintf("goleak: option %d is nil; leave it out", i+1))
		}
		o.apply(c)
	}
	return c
}

// IgnoreTopFunction leaves out goroutines whose innermost call is f, written with
// its import path as a dump prints it: "internal/poll.runtime_pollWait",
// "example.com/pool.(*Pool).run". See filters.TopFunction.
func IgnoreTopFunction(f string) Option { return ignore("IgnoreTopFunction", "top", f) }

// IgnoreAnyFunction leaves out goroutines that have a call of f anywhere on
// their stack. The go statement is not on the stack: see [IgnoreCreatedBy].
func IgnoreAnyFunction(f string) Option { return ignore("IgnoreAnyFunction", "any", f) }

// IgnoreCreatedBy leaves out goroutines that a go statement in the function f
// started. It is on goleak's main branch, and not in goleak 1.3.0.
func IgnoreCreatedBy(f string) Option { return ignore("IgnoreCreatedBy", "created-by", f) }

// ignore makes the option called name of a term of package filters. goleak takes
// any text, so one that no goroutine can have is no reason to panic.
func ignore(name, term, f string) Option {
	filter, err := filters.Parse(term + ":" + strconv.Quote(f))
	if err != nil {
		why := err.Error()
		// Its text has a query with a caret below, and the user wrote a name.
		if syntax, ok := errors.AsType[*filters.SyntaxError](err); ok {
			why = syntax.Msg
		}
		fault := fmt.Sprintf("goleak: %s(%q) can match nothing: %s", name, f, why)
		return option(func(c *config) { c.never = append(c.never, fault) })
	}
	opt := leakcheck.Ignore(filter)
	return option(func(c *config) { c.opts = append(c.opts, opt) })
}

// IgnoreCurrent leaves out the goroutines that are there when it is called,
// whenever the option is used.
func IgnoreCurrent() Option {
	// Outside of the function below: the goroutines of this moment count, not those of
	// the check.
	opt := leakcheck.IgnoreCurrent()
	return option(func(c *config) { c.opts = append(c.opts, opt) })
}

// Cleanup has f called once the check is over: by [VerifyTestMain] with the
// exit code that the process is about to have, by [VerifyNone] with 0. [Find]
// refuses it. A nil f is as no Cleanup, and the last one given counts.
func Cleanup(f func(exitCode int)) Option {
	return option(func(c *config) { c.cleanup = f })
}

// RunOnFailure has [VerifyTestMain] check though a test failed, and [VerifyNone]
// though its own test did. [Find] refuses it. It is on goleak's main branch, and
// not in goleak 1.3.0.
func RunOnFailure() Option {
	return option(func(c *config) {
		c.runOnFailure = true
		c.opts = append(c.opts, leakcheck.RunOnFailure())
	})
}
