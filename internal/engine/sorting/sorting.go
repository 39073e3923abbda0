// Package sorting sorts short slices with little code.
//
// The compiler makes a copy of the functions of package slices for every type
// of element, 11 KB of code each. Test binaries link a dozen of our types, and
// a sort of a few findings need not be that fast. The code of package sort is
// linked only once.
package sorting

import "sort"

// Stable sorts s by compare. Equal elements stay in their order.
//
//go:noinline
func Stable[T any](s []T, compare func(a, b T) int) {
	// Not sort.Stable, for which each type would have methods and a table of its own.
	sort.SliceStable(s, func(i, j int) bool { return compare(s[i], s[j]) < 0 })
}
