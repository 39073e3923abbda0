package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Fix is what came of the changes that were tried to end a leak.
type Fix struct {
	What  string     `json:"what,omitempty"`  // the change that ends it: "defer resp.Body.Close()"; "" where none did
	Edits []FileEdit `json:"edits,omitempty"` // that change
	Trial Trial      `json:"trial"`
}

// FileEdit replaces whole lines of a file.
type FileEdit struct {
	Path  string `json:"path"`  // below the folder of the main module, with slashes
	Line  int    `json:"line"`  // the first line that is replaced, counted from 1
	Lines int    `json:"lines"` // how many lines are replaced, at least one
	Text  string `json:"text"`  // what takes their place: whole lines, also of the line next to those that are added
}

// Trial says how changes were tried.
type Trial struct {
	Passed bool    `json:"passed"`
	Runs   int     `json:"runs,omitempty"` // of the test that leaked, of which none did; with -race as often again
	Race   bool    `json:"race,omitempty"` // it ran with the race detector as well
	Failed []Tried `json:"failed,omitempty"`
}

// Tried is a change that did not end a leak, or did harm.
type Tried struct {
	What string `json:"what"`
	Why  string `json:"why"` // "it does not compile"
}

// maxTried bounds the changes that a report names.
const maxTried = 4

// String says what was tried and what came of it; "" for nil.
func (x *Fix) String() string {
	switch {
	case x == nil:
		return ""
	case x.Trial.Passed:
		race := ""
		if x.Trial.Race {
			race = ", with -race"
		}
		return fmt.Sprintf("this change ends the leak (%s%s): %s", words.Count(x.Trial.Runs, "run"), race, x.What)
	}
	var all []string
	for _, t := range x.Trial.Failed {
		all = append(all, strings.TrimPrefix(t.What+": "+t.Why, ": "))
	}
	if len(all) == 0 {
		return "no change: this code has no mechanical fix that leakcheck knows"
	}
	return "no change ends the leak: " + strings.Join(words.First(all, maxTried, "more", "more"), "; ")
}

// bound returns a copy of x without what is too long. It shares the lists of x.
func (x *Fix) bound() *Fix {
	if x == nil {
		return nil
	}
	out := *x
	out.Edits = x.Edits[:min(len(x.Edits), maxList)]
	if slices.ContainsFunc(out.Edits, func(e FileEdit) bool { return len(e.Path) > maxText || len(e.Text) > maxText }) {
		out.Edits = nil // half of an edit would be another one
	}
	out.Trial.Failed = x.Trial.Failed[:min(len(x.Trial.Failed), maxList)]
	return &out
}
