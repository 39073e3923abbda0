// Package inject adds leak checks to the tests of packages that do not import
// package leakcheck, for one run of go test and without a change to their files.
//
// [Prepare] writes the file for the -overlay flag of the go command ("go help
// build"), which has the go command read other files in place of some of the
// standard library's:
//
//   - Package testing calls functions at the start of each test, benchmark and
//     input of a fuzz target, after each example, and around M.Run. The calls
//     stand on lines that are there, so that line numbers stay.
//   - Package testing/internal/testdeps, which each test binary links, imports
//     our package hook, which sets those functions.
//   - Package leakcheck and what it imports appear as packages of the standard
//     library.
//   - If the runtime offers the proof of leaks as an experiment, the constant
//     that switches it on is true. A GOEXPERIMENT in the environment would do the
//     same, but the tests and the programs that they start would see it.
//
// No file of the user is replaced or added: go.mod, go.sum, vendor folders and
// workspaces stay, embedded files are the user's own, compile errors name the
// user's files, and a TestMain may have any shape.
//
// The go command builds by content, not by name, so that a second run finds all
// of it in the build cache though the files lie elsewhere. It also repeats the
// results of tests as usual.
package inject
