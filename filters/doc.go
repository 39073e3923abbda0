// Package filters selects goroutines of a dump: by function, creator, package,
// file, state, label or id, alone or combined.
//
//	filters.All(
//		filters.CreatedBy("shop.NewPool"),
//		filters.State("chan receive"))
//
// A [Filter] is a pure predicate over a [stackparse.Goroutine]. Names are
// compared whole and exactly as a dump prints them. A filter that could match
// nothing, or everything, is refused when it is built: the constructors panic
// with a message that says what to write instead, because a silent
// never-matching or all-matching ignore is worse than none.
//
// [Catalogue] lists the goroutines that the standard library itself keeps
// running beside a test: what the runtime, testing, os/signal, runtime/trace
// and runtime/pprof start. Package leakcheck leaves those out of every report.
//
// The package imports the standard library and stackparse only.
package filters
