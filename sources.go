// Package goroutine is the root of the module of leakcheck, which finds
// goroutines that outlive their work. Package leakcheck, below it, checks tests;
// the command cmd/leakcheck checks the tests of packages that do not import it,
// and reads dumps.
//
// The root itself has nothing to call. It holds the sources of the packages
// below, since only a folder above them can embed them.
package goroutine

import "embed"

// Sources holds the sources of the packages that a test binary with leak checks
// links, in folders named as in the module. It is for cmd/leakcheck, which adds
// them to modules that do not require this one. There is no promise about what
// else it holds.
//
//go:embed leakcheck/*.go filters/*.go stackparse/*.go stackparse/internal/*/*.go internal/*/*.go internal/engine/*/*.go
var Sources embed.FS
