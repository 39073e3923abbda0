package leakcheck

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// ignored is one filter given to Ignore, and what became of it in this
// process. Options that are built anew for each test share it.
type ignored struct {
	filter filters.Filter

	mu     sync.Mutex
	passed bool           // to a check
	hid    map[int64]bool // goroutines that would have been findings; see maxHid
	like   string         // one of them, for people
}

// maxHid bounds the goroutines that are counted for one filter.
const maxHid = 1000

// match reports whether the filter leaves out s, which would be a finding.
func (ig *ignored) match(s filters.Subject) bool {
	if !ig.filter.MatchSubject(s) {
		return false
	}
	ig.mark(s.Goroutine)
	return true
}

func (ig *ignored) mark(g *stackparse.Goroutine) {
	ig.mu.Lock()
	defer ig.mu.Unlock()
	if ig.hid == nil {
		ig.hid = map[int64]bool{}
		_, at := report.Stack(g, here())
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
	byText map[string]*ignored
}{byText: map[string]*ignored{}}

func ignoredFor(f filters.Filter) *ignored {
	ignores.Lock()
	defer ignores.Unlock()
	ig := ignores.byText[f.String()]
	if ig == nil {
		ig = &ignored{filter: f}
		ignores.byText[f.String()] = ig
	}
	return ig
}

// Ignore leaves out the goroutines that any of fs matches. Every report ends
// with the Ignore option that leaves out what was started there.
//
// [VerifyTestMain] says at the end of a run of all tests which of them matched
// nothing, can match nothing, or match far more than was meant.
func Ignore(fs ...filters.Filter) Option {
	filters.Any(fs...) // panics on an empty list and on the zero Filter
	list := make([]*ignored, len(fs))
	for i, f := range fs {
		list[i] = ignoredFor(f)
	}
	return option(func(c *config) {
		for _, ig := range list {
			ig.mu.Lock()
			ig.passed = true
			ig.mu.Unlock()
		}
		c.ignored = append(c.ignored, list...)
	})
}

// printIgnores writes a line for each ignore of this process that does not do
// what an ignore is for.
func printIgnores(w io.Writer) {
	ignores.Lock()
	defer ignores.Unlock()
	var lines []string
	for text, ig := range ignores.byText {
		if fault := ig.fault(); fault != "" {
			lines = append(lines, fmt.Sprintf("leakcheck: the ignore %s %s\n", report.Escape(text), report.Escape(fault)))
		}
	}
	slices.Sort(lines)
	_, _ = io.WriteString(w, strings.Join(lines, ""))
}

// fault says what is wrong with an ignore after a run of all tests, or "".
func (ig *ignored) fault() string {
	ig.mu.Lock()
	defer ig.mu.Unlock()
	if why := filters.NeverMatches(ig.filter); why != "" {
		return "can match nothing: " + why
	}
	broad := filters.TooBroad(ig.filter)
	switch n := len(ig.hid); {
	case !ig.passed:
		return "was built and not passed to a check"
	case broad != "" && n > 0:
		return fmt.Sprintf("is too broad: %s. It hid %s, such as %s", broad, hidden(n), ig.like)
	case broad != "":
		return "is too broad: " + broad
	case n == 0:
		return "matched nothing in this run; take it out"
	}
	return ""
}

func hidden(n int) string {
	switch {
	case n == 1:
		return "1 goroutine"
	case n >= maxHid:
		return fmt.Sprintf("%d goroutines or more", n)
	}
	return fmt.Sprintf("%d goroutines", n)
}

// wholeRun reports whether the flags of package testing let all tests run, so
// that what did not happen is news.
func wholeRun() bool {
	for name, value := range map[string]string{"test.run": "", "test.skip": "", "test.list": "", "test.fuzz": "", "test.short": "false", "test.failfast": "false"} {
		if f := flag.Lookup(name); f == nil || f.Value.String() != value {
			return false
		}
	}
	return true
}
