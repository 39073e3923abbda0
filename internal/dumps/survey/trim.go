package survey

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// trimmed returns g without the calls that most dumps leave out: those of the
// runtime below what was called, and what started it all. Tracebacks of crashes
// and of SIGQUIT have them. One that consists of them is returned as it is.
func trimmed(g *stackparse.Goroutine) *stackparse.Goroutine {
	start, end := 0, len(g.Frames)
	for start < end && isRuntime(g.Frames[start].Func) {
		start++
	}
	for end > start && isRuntime(g.Frames[end-1].Func) {
		end--
	}
	if start == end || end-start == len(g.Frames) {
		return g
	}
	t := *g
	t.Frames = g.Frames[start:end:end]
	t.ElidedAt = min(max(g.ElidedAt-start, 0), end-start)
	return &t
}

// watches reports whether g is our own Dumper, which waits for growth. In a test
// that forgets to end it, it is a leak like any other, so that the catalogue of
// filters does not have it.
func watches(g *stackparse.Goroutine) bool {
	return slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool {
		return f.Func == "github.com/leakcheck-go/goroutine/leakcheck/leakhttp.(*Dumper).Run"
	})
}

// isRuntime reports whether fn is a function of the runtime that no program
// calls.
func isRuntime(fn string) bool {
	name, ok := strings.CutPrefix(fn, "runtime.")
	return ok && (name == "" || name[0] < 'A' || 'Z' < name[0])
}

// ofRuntime reports whether g is one of the runtime's own: it has no call of
// anything else.
func ofRuntime(g *stackparse.Goroutine) bool {
	return !slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool { return !isRuntime(f.Func) })
}

// LeftOut says how many goroutines a report leaves out, and why.
func LeftOut(harmless, filtered int64) (parts []string) {
	if harmless > 0 {
		parts = append(parts, fmt.Sprintf("%d harmless left out", harmless))
	}
	if filtered > 0 {
		parts = append(parts, fmt.Sprintf("%d left out by the filter", filtered))
	}
	return parts
}

// Harmless reports whether g is known as one that is no leak. Main and the
// goroutines of tests are no leaks, but in a dump they may be what hangs; only
// the runner that waits for a test is of no interest, and who takes the dump.
func Harmless(g *stackparse.Goroutine) bool {
	if len(g.Frames) == 0 {
		// A profile names the runtime's own like this. What could not be read is
		// not known to be anything.
		return g.ID == 0 && !unread(g)
	}
	if g.ID == 0 && g.Thread != nil {
		return true // the stack of the scheduler, which crashes show
	}
	switch stackparse.Package(g.Frames[0].Func) {
	case "testing":
		// Code of a test that logs, or fails its test, is no runner: it may have
		// panicked, as the test is over.
		return !strings.HasPrefix(g.Frames[0].Func, "testing.(*common).")
	case "runtime/pprof":
		return strings.HasPrefix(g.Frames[0].Func, "runtime/pprof.write")
	}
	if watches(g) {
		return true
	}
	e, ok := filters.Lookup(g)
	if !ok || e.Class != filters.ClassBenign {
		return ofRuntime(g)
	}
	switch e.ID {
	case "runtime/main", "testing/test", "testing/fuzz", "testing/benchmark", "testing/example", "testing/synctest":
		return false
	}
	return true
}

// unread reports whether g has a stack of which nothing could be read.
func unread(g *stackparse.Goroutine) bool {
	if len(g.Frames) > 0 || g.Unavailable {
		return false
	}
	return g.ID != 0 || len(g.Unparsed) > 0
}

// anonymous returns g without what is of its process alone.
func anonymous(g *stackparse.Goroutine) *stackparse.Goroutine {
	g = g.Clone()
	g.ID, g.Ancestors = 0, nil
	if g.Creator != nil {
		g.Creator.Goroutine = 0
	}
	for i := range g.Frames {
		g.Frames[i].Args = ""
	}
	return g
}
