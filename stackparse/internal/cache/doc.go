// Package cache makes strings of bytes, once for equal text, and remembers what
// was made of them.
//
// Most lines of a dump have come before, so reading one is mostly looking up text.
// A map of strings does that as well, but is slower (see BenchmarkTable), has no
// bound, and hashes differently in every process, so that a test cannot count
// allocations.
package cache
