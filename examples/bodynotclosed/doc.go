// Package bodynotclosed asks an HTTP server whether it is well.
//
// The mistake: the response's body is not closed. Then the connection cannot
// be used again, and its two goroutines, which package net/http started, wait
// for somebody to read the body.
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
// Close every body, even of an answer that you do not read. The linter bodyclose
// finds bodies that are not closed. An idle connection that is kept for the next
// request is no leak.
//
// [HealthyWrong] is the first way, [Healthy] the second.
package bodynotclosed
