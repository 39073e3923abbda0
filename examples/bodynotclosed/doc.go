// Package bodynotclosed asks an HTTP server whether it is well.
//
// The mistake: the response's body is not closed. The connection can then not
// be used again, and its two goroutines, which package net/http started, wait
// for somebody to read on.
//
// WRONG
//
//	resp, err := client.Get(url)
//	if err != nil {
//		return err
//	}
//	return check(resp.StatusCode)
//
// RIGHT
//
//	resp, err := client.Get(url)
//	if err != nil {
//		return err
//	}
//	defer resp.Body.Close()
//	return check(resp.StatusCode)
//
// Close every body, also of an answer that you do not read. The linter bodyclose
// finds those that are not. An idle connection that is kept for the next request
// is no leak.
//
// [HealthyWrong] is the first way, [Healthy] the second.
package bodynotclosed
