// Package load opens goroutine dumps and profiles wherever they are: files,
// globs, standard input, and the handlers of net/http/pprof in a running
// service. Package pprofile tells the format.
//
// Whatever is at the other end, reading it takes bounded memory and, from the
// network, bounded time: a body or a stream that does not end, a compressed body
// that is much larger than it seems, a slow server and a cycle of redirects are
// each one error, "name: problem". A folder, an empty file, a page of HTML and a
// refused request are errors as well.
//
// # From a service
//
// A URL whose path ends in /debug/pprof/, or that has no path, stands for all
// that net/http/pprof offers there. The goroutine profile is then fetched as a
// protobuf, which stops the service for well under a millisecond; as text, with
// ids, ages and arguments, it may stop the service for seconds, and is fetched
// only with [Loader.Full]. If the service offers the profile goroutineleak, as Go
// 1.27 does and Go 1.26 with GOEXPERIMENT=goroutineleakprofile, it is read first,
// and its goroutines are marked as leaked among the others. That makes the
// service collect garbage once, and is left out with [Loader.NoProof].
//
// Any other URL is fetched as it is.
package load
