package cli

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/leakcheck-go/goroutine/internal/cli/pairs"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/fix"
)

// explainOptions are the flags of "leakcheck explain".
type explainOptions struct{ format string }

func explainCommand() *command {
	o := &explainOptions{}
	return &command{
		name:  "explain",
		args:  "[flags] [CAUSE]",
		short: "explain a cause, with wrong and fixed code",
		long: `
Explain describes a cause that a report names: why a goroutine waits like that,
what to write instead, and code with the mistake and without it. The code comes from
programs that the tests of leakcheck run: the wrong one leaves the goroutine that a
report would name, the right one leaves none. The line "tried" names the changes that
"leakcheck test -fix" tries; without this line, the mistake has no mechanical fix.

Without an argument it lists all causes.`,
		examples: []example{
			{"leakcheck explain", "list all causes"},
			{"leakcheck explain chan-send", "explain one cause"},
		},
		words: causeIDs(cause.Catalogue()),
		setup: o.define,
	}
}

func (o *explainOptions) define(fs *flag.FlagSet) action {
	fs.StringVar(&o.format, "o", "text", "print text or json (the `format`)")
	return o.run
}

func (o *explainOptions) run(e *environment, args []string) (bool, error) {
	if err := checkListFormat(o.format); err != nil {
		return false, err
	}
	causes := cause.Catalogue()
	switch {
	case len(args) > 1:
		return false, usagef("one cause at a time, please")
	case len(args) == 1:
		c, ok := cause.ByID(args[0])
		if !ok {
			return false, usagef("no cause %q%s", args[0], suggest(args[0], causeIDs(causes)))
		}
		if o.format == "text" {
			p := pageOf(&c)
			p.print(e.stdout)
			return false, nil
		}
		causes = []cause.Cause{c}
	case o.format == "text":
		return false, listCauses(e.stdout, causes)
	}
	pages := make([]page, len(causes))
	for i := range causes {
		pages[i] = pageOf(&causes[i])
	}
	return false, writeJSON(e.stdout, pages)
}

func causeIDs(causes []cause.Cause) []string {
	ids := make([]string, len(causes))
	for i := range causes {
		ids[i] = causes[i].ID
	}
	return ids
}

func listCauses(w io.Writer, causes []cause.Cause) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "CAUSE\tWHAT THE GOROUTINE DOES")
	for _, c := range causes {
		fmt.Fprintf(t, "%s\t%s\n", c.ID, c.Title)
	}
	return t.Flush()
}

// exampleURL is where the examples can be read.
const exampleURL = "https://github.com/leakcheck-go/goroutine/tree/main/examples/"

// page is what explain says of a cause.
type page struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Why     string   `json:"why"`
	Fix     string   `json:"fix"`
	Tried   []string `json:"tried,omitempty"` // by leakcheck test -fix, the likeliest first
	Lint    string   `json:"lint,omitempty"`
	Since   string   `json:"since,omitempty"`
	Source  string   `json:"source,omitempty"`
	Example string   `json:"example,omitempty"` // address of a folder
	Wrong   string   `json:"wrong,omitempty"`   // Go source
	Right   string   `json:"right,omitempty"`
}

func pageOf(c *cause.Cause) page {
	wrong, right := pairs.Source(c.ID)
	example := ""
	if folder := cause.Example(c.ID); folder != "" {
		example = exampleURL + folder
	}
	return page{c.ID, c.Title, c.Why, c.Fix, fix.Mechanical(c.ID), c.Lint, c.Since, c.Source, example, wrong, right}
}

func (p *page) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n\n", p.ID, p.Title)
	printRows(w, [][2]string{
		{"cause", p.Why}, {"fix", p.Fix}, {"tried", strings.Join(p.Tried, "\n            ")}, {"lint", p.Lint},
		{"since", p.Since}, {"source", p.Source}, {"example", p.Example},
	})
	for _, part := range [][2]string{{"WRONG", p.Wrong}, {"RIGHT", p.Right}} {
		if part[1] != "" {
			fmt.Fprintf(w, "\n%s\n\n    %s\n", part[0], strings.ReplaceAll(strings.TrimSpace(part[1]), "\n", "\n    "))
		}
	}
}
