package pullnostop

import "iter"

// Equal reports whether a and b have the same values in the same order.
func Equal[T comparable](a, b iter.Seq[T]) bool {
	next, stop := iter.Pull(b)
	defer stop()
	for x := range a {
		y, ok := next()
		if !ok || x != y {
			return false
		}
	}
	_, more := next()
	return !more
}
