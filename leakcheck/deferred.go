package leakcheck

import (
	"regexp"
	"runtime"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/dropin"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
)

// now is a call of Verify that checks at once, and the heading of its report.
func now(how dropin.Now) (engine.Call, dropin.Heading) {
	return engine.Call{Deferred: true, Now: true, Note: how.Note}, how.Heading
}

// thisCall looks at the stack above Verify, skip frames up.
//
// A deferred call is not marked in the stack: its caller stands on the line
// where the function returns. So the line's text decides; without it the call
// is unknown. Calls that run because of a panic, a Goexit (t.Fatal, t.Skip) or
// a cleanup show it.
func thisCall(skip int) engine.Call {
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
		// The source may be gone (-trimpath, a binary copied elsewhere): then the call is
		// unknown and evidence decides.
		line := source.Here().Line(test.File, test.Line)
		if line == "" || !returns(line) {
			return engine.Call{Unknown: line == "", At: source.Here().Position(from.File, from.Line)}
		}
	}
	return engine.Call{Deferred: true, DeferAt: findDefer(test.File, test.Line)}
}

// isRunner reports whether fn is what calls tests, benchmarks and fuzz
// callbacks.
func isRunner(fn string) bool {
	return fn == "testing.tRunner" || fn == "testing.fRunner" || strings.HasPrefix(fn, "testing.(*B).") ||
		strings.HasPrefix(fn, "testing.(*F).") || strings.HasPrefix(fn, "reflect.")
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
	lines := source.Here().Lines(file)
	for n := min(line, len(lines)); n > 0; n-- {
		text := lines[n-1]
		if strings.Contains(text, "defer ") && strings.Contains(text, "Verify") {
			return source.Here().Position(file, n)
		}
		if strings.HasPrefix(text, "func ") {
			break // what was deferred has another name, and calls Verify
		}
	}
	return ""
}
