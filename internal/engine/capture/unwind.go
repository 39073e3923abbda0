package capture

import "runtime"

// Names of what has deferred functions run before their function returns.
const (
	Panic  = "runtime.gopanic"
	Goexit = "runtime.Goexit"
)

// Unwinding returns why the calling deferred function, or cleanup of a test,
// runs before its function has returned, [Panic] or [Goexit], and the function
// that called for it. It returns empty names where it does not. A panic counts
// before the Goexit of a function that it has run.
func Unwinding() (why, by string) {
	// Deferred functions run a few frames below the panic or the Goexit; what lies deeper
	// does not concern them.
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for more := true; more && (why != Panic || by == ""); {
		var f runtime.Frame
		f, more = frames.Next()
		if why != "" && by == "" {
			by = f.Function
		}
		// The innermost frames come first. A panic is looked for beyond a Goexit, which
		// a deferred function may have called while the panic ran it.
		if f.Function == Panic || f.Function == Goexit && why == "" {
			why, by = f.Function, ""
		}
	}
	return why, by
}
