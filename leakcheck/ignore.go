package leakcheck

import (
	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine"
)

// Ignore leaves out the goroutines that any of fs matches. Every report ends
// with the Ignore option that leaves out what was started there.
//
// [VerifyTestMain] says at the end of a run of all tests which of them matched
// nothing, can match nothing, or match far more than was meant.
func Ignore(fs ...filters.Filter) Option {
	filters.Any(fs...) // panics on an empty list and on the zero Filter
	for _, f := range fs {
		engine.IgnoredFor(f) // one that no check was given is a mistake, too
	}
	return option(func(c *config) { c.Ignore(fs...) })
}
