package leakcheck

import (
	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine"
)

// Ignore leaves out the goroutines that any of fs matches. Each finding of a
// report has the Ignore option that leaves out goroutines started there.
//
// After a run of all tests, [VerifyTestMain] lists the ignores that matched
// nothing, can match nothing, or match far too much.
func Ignore(fs ...filters.Filter) Option {
	filters.Any(fs...) // panics on an empty list and on the zero Filter
	for _, f := range fs {
		engine.IgnoredFor(f) // one that no check was given is a mistake, too
	}
	return option(func(c *config) { c.Ignore(fs...) })
}
