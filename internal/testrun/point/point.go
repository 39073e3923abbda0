// Package point holds the places at which package testing calls what
// "leakcheck test" links in. The command adds the calls to a copy of package
// testing that the go command sees in place of the original, for one run.
// It is a package of its own because the checks import package testing, which
// so cannot import them. It imports nothing itself.
package point

// The functions that package testing calls where they are set, which is done
// when the process is initialized and never after.
var (
	// Test is called at the start of each test, subtest and input of a fuzz
	// target, on the goroutine that runs it, with the *testing.T and the
	// function that is about to run. Fuzzing says that this is one of many
	// generated inputs.
	Test func(t, fn any, fuzzing bool)

	// Bench is called at the start of each run of a benchmark, with the
	// *testing.B and the function that is about to run.
	Bench func(b, fn any)

	// Run is called at the start of M.Run with the import path of the package.
	// It returns what is called at its end with the exit code, and returns the
	// one that counts.
	Run func(importPath string) (end func(code int) int)
)
