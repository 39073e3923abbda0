package report

import (
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Leave is the way in which a reader leaves out what was started like the
// goroutines of a finding.
type Leave int

const (
	ByOption  Leave = iota // an option of the check, in the code of the test
	ByFlag                 // a flag of the command that reads dumps
	ByCommand              // a flag of the command that adds checks to tests
	ByNone                 // there is no way
	ByMatcher              // a matcher for an assertion of Gomega
)

// text is what to write; "" where there is nothing.
func (l Leave) text(g *stackparse.Goroutine) string {
	if l == ByMatcher {
		return matcher(g)
	}
	f, ok := filters.Suggest(g)
	if !ok {
		return ""
	}
	return l.write(f)
}

// module is what to write for all that the catalogue knows of the library of g; ""
// where it does not know g.
func (l Leave) module(g *stackparse.Goroutine) string {
	if l == ByMatcher {
		return "" // one takes the name of one function
	}
	e, ok := filters.Lookup(g)
	if !ok || e.Module == "std" {
		return ""
	}
	return l.write(filters.KnownModule(e.Module))
}

func (l Leave) write(f filters.Filter) string {
	switch l {
	case ByNone:
		return ""
	case ByOption:
		return ignoring(f.String())
	case ByCommand:
		// A shell ends the word there, reads a quote, and goes on with the word.
		return "-ignore '" + strings.ReplaceAll(f.String(), "'", `'\''`) + "'"
	}
	expr := filters.Not(f).String()
	if strings.ContainsAny(expr, "'\n") { // a quote would end the word that it is for a shell
		return ""
	}
	return "-filter '" + expr + "'"
}

// matcher is what to give to HaveLeaked of package gleak.
func matcher(g *stackparse.Goroutine) string {
	switch {
	case g.Creator != nil:
		return "gleak.IgnoringCreator(" + strconv.Quote(g.Creator.Func) + ")"
	case len(g.Frames) > 0:
		return "gleak.IgnoringTopFunction(" + strconv.Quote(g.Frames[0].Func) + ")"
	}
	return ""
}
