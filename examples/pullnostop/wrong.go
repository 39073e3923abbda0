package pullnostop

import "iter"

// EqualWrong reports whether a and b have the same values in the same order. It
// leaks the goroutine of b when they have not.
func EqualWrong[T comparable](a, b iter.Seq[T]) bool {
	next, _ := iter.Pull(b) // want "called: iter-pull"
	for x := range a {
		y, ok := next()
		if !ok || x != y {
			return false
		}
	}
	_, more := next()
	return !more
}
