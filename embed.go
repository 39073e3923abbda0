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
// The patterns leave out tests, which are more than half of the text: the names
// that do not end in "t", then those that end in "t" and not in "st", and the
// few others. TestSources says which file a pattern misses.
//
//go:embed filters/*[^t].go filters/suggest.go
//go:embed stackparse/*[^t].go stackparse/*[^s]t.go stackparse/internal/*/*[^t].go stackparse/internal/*/*[^s]t.go
//go:embed internal/engine/*[^t].go internal/engine/*[^s]t.go internal/engine/test.go internal/engine/past.go
//go:embed internal/engine/*/*[^t].go internal/engine/*/*[^s]t.go internal/engine/report/request.go
//go:embed internal/atomicfile/*[^t].go
//go:embed internal/testrun/*/*[^t].go internal/testrun/*/*[^s]t.go internal/testrun/explore/perturb/*[^t].go
var Sources embed.FS

// Examples holds the package comments of the examples, which show mistakes and
// how to fix them. It is for "leakcheck explain", as Sources is for the command.
//
//go:embed examples/*/doc.go
var Examples embed.FS
