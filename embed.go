// Package goroutine has nothing to import: it is the root of the module of
// leakcheck, which finds goroutines that outlive their work. Package leakcheck,
// below it, checks tests; the command cmd/leakcheck checks the tests of packages
// that do not import it, and reads dumps.
package goroutine

import "embed"

// Sources holds the sources of what a test binary with leak checks links. The
// file is at the root because only a folder above those packages can embed them.
// It is for cmd/leakcheck, which adds them to test binaries of modules that do
// not require this one, and no other package may rely on it.
//
//go:embed leakcheck/*.go filters/*.go stackparse/*.go stackparse/internal/*/*.go internal/*/*.go internal/engine/*/*.go internal/testrun/*/*.go
var Sources embed.FS
