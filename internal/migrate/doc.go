// Package migrate rewrites the calls of other leak checkers in Go files into
// calls of package leakcheck: those of goleak (go.uber.org/goleak, and our
// leakcheck/goleak), leaktest (github.com/fortytw2/leaktest) and gleak
// (github.com/onsi/gomega/gleak, also from leakcheck/gleak).
//
// It reads all files of a folder, whatever their build tags say, and needs no
// module that they import: it resolves names with go/types from the files alone.
// Edits are made in the text, so that comments stay, and the result is
// formatted.
//
// A call is rewritten when the tests will say the same afterwards, as far as the
// checkers agree at all (see the package comment of leakcheck/goleak), and the
// file compiles. Every other call is left as it is, and a [Left] says why. Calls
// that share values, such as a variable with options, are rewritten together or
// not at all.
package migrate
