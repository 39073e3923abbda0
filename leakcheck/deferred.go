package leakcheck

import (
	"runtime"
	"strconv"
	"strings"
)

// call says how Verify was called.
type call struct {
	deferred bool   // by a defer statement or in a cleanup: the test's body is over
	deferAt  string // file:line of the defer statement, where it can be found
}

// thisCall looks at the stack above Verify, skip frames up.
//
// A deferred call is not marked in the stack: its caller stands on the line
// where the function returns. So the line's text decides, and a test whose
// source cannot be read counts as calling Verify at its top. Calls that run
// because of a panic, a Goexit (t.Fatal, t.Skip) or a cleanup show it.
func thisCall(skip int) call {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(skip+2, pc)])
	var last runtime.Frame // of the user's code, below the runner
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		switch {
		case f.Function == "runtime.Goexit", f.Function == "runtime.gopanic",
			strings.HasPrefix(f.Function, "testing.(*common).Cleanup."):
			return call{deferred: true}
		case strings.HasPrefix(f.Function, "testing."), strings.HasPrefix(f.Function, "reflect."):
			more = false
		default:
			last = f
		}
	}
	if last.File == "" || !returns(here().Line(last.File, last.Line)) {
		return call{}
	}
	return call{deferred: true, deferAt: findDefer(last.File, last.Line)}
}

// returns reports whether a function that stands on this line is returning.
func returns(line string) bool {
	code, _, _ := strings.Cut(line, "//")
	return strings.HasPrefix(code, "}") || strings.Contains(code, "defer ") ||
		strings.HasPrefix(code, "return") || strings.Contains(code, "{ return")
}

// findDefer goes up from a function's return to its defer statement.
func findDefer(file string, line int) string {
	lines := here().Lines(file)
	for n := min(line, len(lines)); n > 0; n-- {
		text := lines[n-1]
		if strings.Contains(text, "defer ") && strings.Contains(text, "Verify") {
			return here().Short(file) + ":" + strconv.Itoa(n)
		}
		if strings.HasPrefix(text, "func ") {
			break
		}
	}
	return ""
}
