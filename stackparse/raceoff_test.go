//go:build !race

package stackparse_test

// serviceSize is how many goroutines the longest dump of the tests has.
const serviceSize = 1_000_000
