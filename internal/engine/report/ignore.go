package report

import (
	"fmt"
	"strings"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Leave is the way in which a reader leaves out what was started like the
// goroutines of a finding.
type Leave int

const (
	ByOption Leave = iota // an option of the check, in the code of the test
	ByFlag                // a flag of the command that reads dumps
	ByNone                // there is no way
)

// text is what to write; "" where there is nothing.
func (l Leave) text(g *stackparse.Goroutine) string {
	f, ok := filters.Suggest(g)
	switch {
	case !ok || l == ByNone:
		return ""
	case l == ByOption:
		return ignoring(f.String())
	}
	expr := filters.Not(f).String()
	if strings.ContainsAny(expr, "'\n") { // a quote would end the word that it is for a shell
		return ""
	}
	return "-filter '" + expr + "'"
}

// ignoring says how the goroutines that expr matches are left out: by an option
// for the test's own check. Package inject has this file say it otherwise where
// the command added the check, and no code names its options.
func ignoring(expr string) string {
	return fmt.Sprintf("leakcheck.Ignore(filters.MustParse(%#q))", expr)
}
