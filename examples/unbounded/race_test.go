//go:build race

package unbounded

// many is how many pages the tests fetch. The race detector does not follow
// more than 8128 goroutines.
const many = 1000
