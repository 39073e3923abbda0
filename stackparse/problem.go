package stackparse

import (
	"errors"
	"fmt"
	"strconv"
)

// maxProblems bounds the problems that are kept for one goroutine: a megabyte
// of garbage should not become several megabytes of complaints.
const maxProblems = 100

// ErrText is wrapped by the [SyntaxError] that says that there were lines
// outside any goroutine, such as those of a log.
var ErrText = errors.New("text")

// ErrAssumed is wrapped by the [SyntaxError] that says what was assumed to read
// a dump that is not as the runtime prints it, at the end of the input.
var ErrAssumed = errors.New("assumed")

// SyntaxError is a part of the input that was not understood. Reading goes on
// after it.
type SyntaxError struct {
	File string // [Reader.Name], or "dump"
	Line int    // counted from 1
	Msg  string
	Err  error // [ErrIncomplete], [ErrText], [ErrAssumed] or nil
}

// Error returns "file:line: problem".
func (e *SyntaxError) Error() string {
	return e.File + ":" + strconv.Itoa(e.Line) + ": " + e.Msg
}

// Unwrap returns e.Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

// report notes a problem at a line of the input. Problems past maxProblems are
// only counted.
func (r *Reader) report(line int, format string, args ...any) {
	if len(r.problems) >= maxProblems {
		r.unreported++
		return
	}
	r.addProblem(line, fmt.Sprintf(format, args...))
}

// summarize says how many problems report left out.
func (r *Reader) summarize() {
	if r.unreported > 0 {
		r.addProblem(r.lines.n, fmt.Sprintf("%d more problems not listed", r.unreported))
	}
}

// addProblem adds a problem without asking how many there are.
func (r *Reader) addProblem(line int, msg string) {
	name := r.Name
	if name == "" {
		name = "dump"
	}
	r.problems = append(r.problems, &SyntaxError{File: name, Line: line, Msg: msg})
}

// excerpt quotes the start of text for a message.
func excerpt(text []byte) string {
	const most = 60
	if len(text) <= most {
		return strconv.Quote(string(text))
	}
	return strconv.Quote(string(text[:most])) + "..."
}
