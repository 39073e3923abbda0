// Package goroutine has the goroutines that package gleak looks at, as
// github.com/onsi/gomega/gleak/goroutine has them.
package goroutine

import (
	"fmt"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Goroutine is a goroutine as a dump of the runtime shows it.
type Goroutine struct {
	ID              uint64 // unique in the process and never used again
	State           string // what the dump has between the brackets: "chan receive, 2 minutes"
	TopFunction     string // the innermost call
	CreatorFunction string // the function that holds the go statement; "" for the main goroutine
	BornAt          string // the go statement, as "file:line"; "" for the main goroutine
	Backtrace       string // the lines of the dump below the first
}

// String returns what there is to say of g except for its backtrace, in one line.
func (g Goroutine) String() string {
	s := fmt.Sprintf("Goroutine ID: %d, state: %s, top function: %s", g.ID, g.State, g.TopFunction)
	if g.CreatorFunction != "" {
		s += fmt.Sprintf(", created by: %s, at: %s", g.CreatorFunction, g.BornAt)
	}
	return s
}

// GomegaString is how Gomega shows g in messages: without the backtrace.
func (g Goroutine) GomegaString() string {
	return fmt.Sprintf("{ID: %d, State: %q, TopFunction: %q, CreatorFunction: %q, BornAt: %q}",
		g.ID, g.State, g.TopFunction, g.CreatorFunction, g.BornAt)
}

// Goroutines returns the goroutines of the process at this moment, the calling
// one first.
func Goroutines() []Goroutine {
	return stacks(true)
}

// Current returns the goroutine that calls it.
func Current() Goroutine {
	return stacks(false)[0]
}

// stacks takes a dump of all goroutines, or of the calling one. It is the innermost
// call of that one, as a function of the same name is in gleak.
func stacks(all bool) []Goroutine {
	var parsed []stackparse.Goroutine
	if all {
		parsed = capture.All().Goroutines
	} else {
		parsed = []stackparse.Goroutine{capture.Self()}
	}
	// The first is the caller, whose stack goes on into this package.
	parsed[0].Frames = fromHere(parsed[0].Frames)
	gs := make([]Goroutine, len(parsed))
	for i := range parsed {
		gs[i] = newGoroutine(&parsed[i])
	}
	return gs
}

// fromHere leaves out the calls that stacks makes.
func fromHere(frames []stackparse.Frame) []stackparse.Frame {
	for i := range frames {
		if strings.HasSuffix(frames[i].Func, "/gleak/goroutine.stacks") {
			return frames[i:]
		}
	}
	return frames
}

func newGoroutine(parsed *stackparse.Goroutine) Goroutine {
	g := Goroutine{ID: uint64(parsed.ID), State: parsed.State}
	if len(parsed.Frames) > 0 {
		g.TopFunction = parsed.Frames[0].Func
	}
	if c := parsed.Creator; c != nil {
		g.CreatorFunction, g.BornAt = c.Func, fmt.Sprintf("%s:%d", c.File, c.Line)
	}
	plain := *parsed
	plain.Labels = nil // their place in the header is not the same in all releases
	var text strings.Builder
	_ = stackparse.Write(&text, []stackparse.Goroutine{plain}) // a Builder returns no error
	header, body, _ := strings.Cut(text.String(), "\n")
	if _, state, ok := strings.Cut(header, "["); ok {
		g.State = strings.TrimSuffix(state, "]:")
	}
	g.Backtrace = strings.TrimSuffix(body, "\n") + "\n"
	return g
}
