// Package inject adds leak checks to the tests of packages that do not import
// package leakcheck, for one run of go test and without a change to their files.
//
// [Prepare] lists the packages, writes changed copies of their test files to a
// folder of its own, and writes the file for the -overlay flag of the go command
// ("go help build"), which has the go command read the copies instead:
//
//   - A Verify stands at the start of every test and benchmark, and of the
//     function literals that become subtests and fuzz callbacks, on the line of
//     the brace: line numbers stay.
//   - m.Run() in TestMain becomes a call that also checks the whole package.
//     A package without TestMain gets a file with one.
//   - Package leakcheck and what it imports appear as packages of the module
//     under test, in a folder whose name begins with an underscore, which
//     patterns such as ./... do not match. The module needs no requirement, so
//     go.mod, go.sum and the vendor folder stay.
//
// Packages that check for leaks already, and those whose tests cannot be changed
// or read, are left alone and named in the plan.
package inject
