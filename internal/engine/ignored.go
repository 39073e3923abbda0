package engine

import (
	"fmt"
	"slices"
	"sync"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Ignored is one filter given to Ignore, and what became of it in this
// process. Options that are built again for each test share it.
type Ignored struct {
	filter filters.Filter

	mu     sync.Mutex
	passed bool           // to a check
	hid    map[int64]bool // goroutines that would have been findings; see maxHid
	like   string         // one of them, for people
}

// maxHid bounds the goroutines that are counted for one filter.
const maxHid = 1000

// match reports whether the filter leaves out s, which would be a finding.
func (ig *Ignored) match(s filters.Subject) bool {
	if !ig.filter.MatchSubject(s) {
		return false
	}
	ig.mark(s.Goroutine)
	return true
}

func (ig *Ignored) mark(g *stackparse.Goroutine) {
	ig.mu.Lock()
	defer ig.mu.Unlock()
	if ig.hid == nil {
		ig.hid = map[int64]bool{}
		// Of one alone: a filter may match thousands, and reading source takes time.
		at := report.At(g, source.Here())
		ig.like = fmt.Sprintf("%s at %s:%d", at.Func, at.File, at.Line)
	}
	if len(ig.hid) < maxHid {
		ig.hid[g.ID] = true
	}
}

// ignores are the filters that Ignore was given in this process, by their
// texts: a list of them is judged once all tests are done.
var ignores = struct {
	sync.Mutex
	byText map[string]*Ignored
}{byText: map[string]*Ignored{}}

// IgnoredFor returns the one of a filter, by its text.
func IgnoredFor(f filters.Filter) *Ignored {
	ignores.Lock()
	defer ignores.Unlock()
	ig := ignores.byText[f.String()]
	if ig == nil {
		ig = &Ignored{filter: f}
		ignores.byText[f.String()] = ig
	}
	return ig
}

// pass records that the filter was given to a check.
func (ig *Ignored) pass() {
	ig.mu.Lock()
	defer ig.mu.Unlock()
	ig.passed = true
}

// ignoreFaults returns a line for each ignore of this process that does not do
// what an ignore is for.
func ignoreFaults() []string {
	ignores.Lock()
	defer ignores.Unlock()
	var lines []string
	for text, ig := range ignores.byText {
		if fault := ig.fault(); fault != "" {
			lines = append(lines, fmt.Sprintf("the ignore %s %s", report.Escape(text), report.Escape(fault)))
		}
	}
	// They come from a map, and two runs should print the same.
	slices.Sort(lines)
	return lines
}

// fault says what is wrong with an ignore after a run of all tests, or "".
func (ig *Ignored) fault() string {
	ig.mu.Lock()
	defer ig.mu.Unlock()
	if why := filters.NeverMatches(ig.filter); why != "" {
		return "can match nothing: " + why
	}
	broad := filters.TooBroad(ig.filter)
	switch n := len(ig.hid); {
	// First, since one that no check has got cannot have matched either.
	case !ig.passed:
		return "was made but not passed to a check"
	case broad != "" && n > 0:
		hidden := words.Count(n, "goroutine")
		if n >= maxHid {
			hidden += " or more"
		}
		return fmt.Sprintf("is too broad: %s. It hid %s, such as %s", broad, hidden, ig.like)
	case broad != "":
		return "is too broad: " + broad
	case n == 0:
		return "matched nothing in this run; remove it"
	}
	return ""
}
