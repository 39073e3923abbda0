// Package testserverleft starts the server that tests of a client talk to.
//
// The mistake: the helper returns the server's URL and keeps the server to
// itself, so that no test can close it. Each test leaves a goroutine and an
// open port behind. Nobody notices, until a package with many tests runs out of
// file descriptors.
//
// WRONG
//
//	srv := httptest.NewServer(text(answer))
//	return srv.URL
//
// RIGHT
//
//	srv := httptest.NewServer(text(answer))
//	tb.Cleanup(srv.Close)
//	return srv.URL
//
// A helper that starts something gets the testing.TB of its caller, and ends it
// in a Cleanup: a defer would close the server before the test can use it. Close
// also waits for the requests that are under way. No check of go vet or
// staticcheck finds this mistake.
//
// [ServeWrong] is the first way, [Serve] the second.
package testserverleft
