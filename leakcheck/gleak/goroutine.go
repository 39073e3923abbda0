package gleak

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

// String returns what there is to say of g but for its backtrace, in one line.
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
// one first. Give Eventually the function, without a call:
//
//	Eventually(gleak.Goroutines).ShouldNot(gleak.HaveLeaked())
func Goroutines() []Goroutine {
	parsed := capture.All().Goroutines
	gs := make([]Goroutine, len(parsed))
	for i := range parsed {
		g := &parsed[i]
		if i == 0 {
			g.Frames = fromHere(g.Frames)
		}
		gs[i] = newGoroutine(g)
	}
	return gs
}

// fromHere leaves out the calls that Goroutines makes.
func fromHere(frames []stackparse.Frame) []stackparse.Frame {
	for i := range frames {
		if strings.HasSuffix(frames[i].Func, "/gleak.Goroutines") {
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

// parse is the way back. What a user has put together by hand may lack a
// backtrace.
func (g *Goroutine) parse() stackparse.Goroutine {
	text := fmt.Sprintf("goroutine %d [%s]:\n%s\n", g.ID, g.State, g.Backtrace)
	parsed, _ := stackparse.Parse([]byte(text))
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

// object shows a value in a message, as Gomega does.
func object(v any) string {
	if v == nil {
		return "    <nil>: nil"
	}
	s := fmt.Sprintf("%v", v)
	if g, ok := v.(interface{ GomegaString() string }); ok && fmt.Sprint(v) != "<nil>" {
		s = g.GomegaString()
	}
	return fmt.Sprintf("    <%T>: %s", v, s)
}
