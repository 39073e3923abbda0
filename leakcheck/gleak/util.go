package gleak

import (
	"fmt"

	"github.com/leakcheck-go/goroutine/leakcheck/gleak/goroutine"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Goroutine is a goroutine as a dump of the runtime shows it.
type Goroutine = goroutine.Goroutine

// Goroutines returns the goroutines of the process at this moment, the calling
// one first. Give Eventually the function, without a call:
//
//	Eventually(gleak.Goroutines).ShouldNot(gleak.HaveLeaked())
func Goroutines() []Goroutine {
	return goroutine.Goroutines()
}

// parse returns the goroutine that g was made of. What a user has put together
// by hand may lack a backtrace.
func parse(g *Goroutine) stackparse.Goroutine {
	text := fmt.Sprintf("goroutine %d [%s]:\n%s\n", g.ID, g.State, g.Backtrace)
	parsed, _ := stackparse.Parse([]byte(text))
	// A text that is no stack must not hide the fields, which say enough for a report.
	if len(parsed) == 1 && len(parsed[0].Frames) > 0 {
		parsed[0].ID = int64(g.ID)
		return parsed[0]
	}
	made := stackparse.Goroutine{ID: int64(g.ID), State: g.State}
	if g.TopFunction != "" {
		made.Frames = []stackparse.Frame{{Func: g.TopFunction}}
	}
	if g.CreatorFunction != "" {
		made.Creator = &stackparse.Creator{Func: g.CreatorFunction}
	}
	return made
}

// G returns the goroutine that actual is or points to. For another value it
// returns an error that names the matcher.
func G(actual any, matchername string) (Goroutine, error) {
	switch actual := actual.(type) {
	case Goroutine:
		return actual, nil
	case *Goroutine:
		// A nil one goes on to the error. In gleak it is a panic within the matcher.
		if actual != nil {
			return *actual, nil
		}
	}
	return Goroutine{}, fmt.Errorf("%s matcher expects a Goroutine or *Goroutine.  Got:\n%s", matchername, object(actual))
}

// Uint64Slice sorts numbers in increasing order, by sort.Sort.
type Uint64Slice []uint64

// Len implements sort.Interface.
func (s Uint64Slice) Len() int { return len(s) }

// Less implements sort.Interface.
func (s Uint64Slice) Less(a, b int) bool { return s[a] < s[b] }

// Swap implements sort.Interface.
func (s Uint64Slice) Swap(a, b int) { s[a], s[b] = s[b], s[a] }
