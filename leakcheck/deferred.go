package leakcheck

import (
	"regexp"
	"runtime"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/dropin"
)

// call says how Verify was called.
type call struct {
	deferred bool   // by a defer statement or in a cleanup: the test's body is over
	unknown  bool   // it cannot be told whether it was deferred
	deferAt  string // file:line of the defer statement, where it can be found
	at       string // file:line of the call
	now      bool   // it is of a dropin.Test
	dropin   dropin.Now
}

// early says what the check may have come too early for, or "".
func (c call) early() string {
	switch {
	case c.now:
		return c.dropin.Note
	case c.deferred:
		return "the deferred Verify looked before the functions given to t.Cleanup ran; if one of them " +
			"ends these goroutines, write leakcheck.Verify(t) as the first line of the test, without defer"
	}
	return ""
}

// thisCall looks at the stack above Verify, skip frames up.
//
// A deferred call is not marked in the stack: its caller stands on the line
// where the function returns. So the line's text decides; without it the call
// is unknown. Calls that run because of a panic, a Goexit (t.Fatal, t.Skip) or
// a cleanup show it.
func thisCall(skip int) call {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(skip+2, pc)])
	var from, test runtime.Frame // the call of Verify, and the outermost call of the user's code
	unwinding := false
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if from.Func == nil {
			from = f
		}
		switch {
		case f.Function == "runtime.Goexit", f.Function == "runtime.gopanic",
			strings.HasPrefix(f.Function, "testing.(*common).Cleanup."):
			unwinding = true
		case isRunner(f.Function):
			more = false
		case !strings.HasPrefix(f.Function, "testing.(*common)."):
			test = f
		}
	}
	if !unwinding {
		line := here().Line(test.File, test.Line)
		if line == "" || !returns(line) {
			return call{unknown: line == "", at: here().Position(from.File, from.Line)}
		}
	}
	return call{deferred: true, deferAt: findDefer(test.File, test.Line)}
}

// isRunner reports whether fn is what calls tests, benchmarks and fuzz
// callbacks.
func isRunner(fn string) bool {
	return fn == "testing.tRunner" || fn == "testing.fRunner" || strings.HasPrefix(fn, "testing.(*B).") ||
		strings.HasPrefix(fn, "testing.(*F).") || strings.HasPrefix(fn, "reflect.")
}

// panicking reports whether the calling cleanup runs because the test
// panicked. The runner marks such a test as failed only after its cleanups.
func panicking() bool {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for more := true; more; {
		var f runtime.Frame
		if f, more = frames.Next(); f.Function == "runtime.gopanic" {
			return true
		}
	}
	return false
}

// returns reports whether a function that stands on this line is returning. A
// test returns nothing, so the line is a bare return or closes the function,
// which a line with a call ("}()") does not. A function on one line with its defer
// statement is the one case where the line alone cannot tell; Verify deferred
// directly is taken to be what runs.
func returns(line string) bool {
	code, _, _ := strings.Cut(line, "//")
	code = strings.TrimSpace(code)
	oneLine := oneLiner.MatchString(code)
	return code == "return" || strings.Contains(code, "{ return }") || oneLine ||
		strings.HasPrefix(code, "}") && !strings.Contains(code, "(")
}

// oneLiner is a function that begins on the line that defers a Verify.
var oneLiner = regexp.MustCompile(`\bfunc\b.*\{.*\bdefer [\w.]*Verify\(`)

// findDefer goes up from a function's return to its defer statement.
func findDefer(file string, line int) string {
	lines := here().Lines(file)
	for n := min(line, len(lines)); n > 0; n-- {
		text := lines[n-1]
		if strings.Contains(text, "defer ") && strings.Contains(text, "Verify") {
			return here().Position(file, n)
		}
		if strings.HasPrefix(text, "func ") {
			break
		}
	}
	return ""
}
