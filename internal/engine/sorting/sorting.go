// Package sorting sorts what is short, at little weight.
//
// The compiler makes a copy of the functions of package slices for every type
// of element, 11 KB of code each. Test binaries link a dozen of our types, and
// a sort of a few findings need not be that fast. Package sort is there once.
package sorting

import "sort"

// Stable sorts s by compare. Equal elements stay in their order.
func Stable[T any](s []T, compare func(a, b T) int) { sort.Stable(by[T]{s, compare}) }

type by[T any] struct {
	s       []T
	compare func(a, b T) int
}

func (b by[T]) Len() int           { return len(b.s) }
func (b by[T]) Less(i, j int) bool { return b.compare(b.s[i], b.s[j]) < 0 }
func (b by[T]) Swap(i, j int)      { b.s[i], b.s[j] = b.s[j], b.s[i] }
