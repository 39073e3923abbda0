//go:build race

package stackparse_test

// serviceSize is how many goroutines the longest dump of the tests has. The
// race detector makes reading it ten times slower.
const serviceSize = 20_000
