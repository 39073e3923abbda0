//go:build !unix

package cli

import "errors"

// quit would take a dump of a process, but this system has no SIGQUIT.
func quit(int) (string, error) {
	return "", errors.New("this system has no SIGQUIT; register net/http/pprof in the program and give its URL, " +
		"or press Ctrl-Break in its terminal")
}

func isBrokenPipe(error) bool { return false }
