// Package cause explains why a goroutine is stuck: what it waits for, what
// most likely went wrong and how to fix it.
//
// Each way to get stuck is a [Cause], a value with its texts and the test that
// recognizes it. [Of] tries them in a fixed order, the most specific first: a
// function of the standard library or of a well-known one on the stack, or the
// function that started the goroutine, tells more than the state does. Where
// the source can be read, the statement at the goroutine's line tells a
// receive from a range or a ticker, and a select with a way out from one
// without.
//
// The texts say what is likely, not what is known: a dump does not show
// whether the receiver of a blocked send is gone or slow. The [Grade] of a
// finding says how far it can be trusted.
//
// Each cause has a program that produces it, the same program without the
// mistake, and a similar program that does not have the cause: see
// internal/cli/pairs.
package cause

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Cause explains one way in which goroutines get stuck. Its texts are written
// to stand in a report, one line each, without a full stop.
type Cause struct {
	ID    string `json:"id"`            // stable name, "chan-send": a SARIF rule, an anchor in the documents
	Title string `json:"title"`         // what the goroutine does: "blocked sending on a channel"
	Why   string `json:"why,omitempty"` // the likely mistake
	Fix   string `json:"fix,omitempty"` // what to write instead

	Source string `json:"source,omitempty"` // where the rule behind it is written: a page, or a file of the Go source
	// first Go release, or release of the library, whose dumps show it like this; "" in the tables is go1.0
	Since string `json:"since,omitempty"`
	// the checker that can find the mistake in the source: "go vet (lostcancel)"; "" where none can
	Lint string `json:"lint,omitempty"`

	Match Match `json:"-"`
}

// Match reports whether a cause explains a goroutine.
type Match func(*Look) bool

// Of returns the cause of g, which is read in tree. A state that no cause
// knows is named as it is printed. A nil tree reads no source.
func Of(g *stackparse.Goroutine, tree *source.Tree) Cause {
	return of(newLook(g, tree))
}

func of(l *Look) Cause {
	all := catalogue()
	for i := range all { // by index: dumps have many goroutines, and a Cause is large
		if all[i].Match(l) {
			return all[i]
		}
	}
	// A later release may have states that no cause knows.
	if state := strings.TrimSpace(l.State); state != "" {
		return Cause{ID: "other", Title: "in state " + state}
	}
	return Cause{ID: "other", Title: "in an unknown state"} // as a profile has what does not wait
}

// Notes returns what is worth knowing about g apart from its cause.
func Notes(g *stackparse.Goroutine) []Cause {
	l := newLook(g, nil)
	var out []Cause
	for _, c := range notes {
		if c.Match(l) {
			out = append(out, c)
		}
	}
	return out
}

// Catalogue returns the causes in the order in which they are tried. The slice
// is the caller's.
func Catalogue() []Cause { return slices.Clone(catalogue()) }

// ByID returns the cause or note with that ID.
func ByID(id string) (Cause, bool) {
	for _, table := range [][]Cause{catalogue(), notes} {
		if i := slices.IndexFunc(table, func(c Cause) bool { return c.ID == id }); i >= 0 {
			return table[i], true
		}
	}
	return Cause{}, false
}

// catalogue is put together at its first use, so that a test binary that links
// this package and finds nothing pays nothing. The order is that of trying:
// what a library's function on the stack tells, then what the state tells.
var catalogue = sync.OnceValue(func() []Cause {
	all := slices.Concat(libraries(), httpClient(), httpServer(), conns(), databases(), processes(), files(), tests(),
		wrappers(), handlers(), callbacks(), clock(), locks(), channels(), states())
	for i := range all {
		all[i].Since = cmp.Or(all[i].Since, "go1.0") // most states were there from the start
	}
	return all
})
