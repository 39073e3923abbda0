package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/leakcheck-go/goroutine/filters"
)

// filtersOptions are the flags of "leakcheck filters".
type filtersOptions struct {
	format string
	class  string
	syntax bool
}

func filtersCommand() *command {
	o := &filtersOptions{}
	return &command{
		name:  "filters",
		args:  "[flags] [ID|MODULE]...",
		short: "list the known goroutines, and how to write a filter",
		long: `
Filters lists the goroutines of the standard library and of other modules that
leakcheck knows. Each has a class:

	benign         nothing stops it; no report contains it
	slow-to-stop   it ends some time after the call that stops it; leakcheck waits for it
	missing-close  a report contains it, with the call that is missing

With the id of an entry or the path of a module, Filters prints the whole entry: why
the goroutine runs, where to read about it, what stops it, and the filter that
matches it.

With -syntax it explains the expressions of -filter and -ignore.`,
		examples: []example{
			{"leakcheck filters", "list all entries"},
			{"leakcheck filters google.golang.org/grpc", "show the entries of one module"},
			{"leakcheck filters -class missing-close", "list what a test has to close"},
			{"leakcheck filters -syntax", "explain expressions"},
		},
		setup: o.define,
	}
}

func (o *filtersOptions) define(fs *flag.FlagSet) action {
	fs.StringVar(&o.format, "o", "text", "print text or json (the `format`)")
	fs.StringVar(&o.class, "class", "", "list the entries of one `class`: benign, slow-to-stop or missing-close")
	fs.BoolVar(&o.syntax, "syntax", false, "explain expressions")
	return o.run
}

func (o *filtersOptions) run(e *environment, args []string) (bool, error) {
	if err := checkListFormat(o.format); err != nil {
		return false, err
	}
	if o.syntax {
		if len(args) > 0 || o.class != "" {
			return false, usagef("-syntax takes nothing else")
		}
		fmt.Fprint(e.stdout, filterSyntax)
		return false, nil
	}
	entries, err := o.choose(args)
	if err != nil {
		return false, err
	}
	switch {
	case o.format == "json":
		return false, entriesJSON(e.stdout, entries)
	case len(args) > 0:
		for i := range entries {
			if i > 0 {
				fmt.Fprintln(e.stdout)
			}
			explainEntry(e.stdout, &entries[i])
		}
		return false, nil
	}
	return false, listEntries(e.stdout, entries)
}

// checkListFormat finds a wrong -o of the commands that list.
func checkListFormat(format string) error {
	if format != "text" && format != "json" {
		return usagef("-o %s: want text or json", format)
	}
	return nil
}

// choose returns the entries that the arguments name, all without arguments.
func (o *filtersOptions) choose(args []string) ([]filters.Entry, error) {
	entries := filters.Catalogue()
	if o.class != "" {
		known := false
		entries = slices.DeleteFunc(entries, func(x filters.Entry) bool {
			known = known || className(x.Class) == o.class
			return className(x.Class) != o.class
		})
		if !known {
			return nil, usagef("-class %s: want benign, slow-to-stop or missing-close", o.class)
		}
	}
	if len(args) == 0 {
		return entries, nil
	}
	var chosen []filters.Entry
	for _, name := range args {
		n := len(chosen)
		for _, x := range entries {
			if x.ID == name || x.Module == name {
				chosen = append(chosen, x)
			}
		}
		if len(chosen) == n {
			return nil, usagef("no entry %q%s", name, suggest(name, entryNames(entries)))
		}
	}
	return chosen, nil
}

// className is a class as an expression has it: known:slow-to-stop.
func className(c filters.Class) string { return strings.ReplaceAll(c.String(), " ", "-") }

// entryNames are all names that an entry can be asked for by.
func entryNames(entries []filters.Entry) []string {
	var names []string
	for _, x := range entries {
		names = append(names, x.ID, x.Module)
	}
	return names
}

// typos is how many letters a name may be off.
const typos = 2

// suggest names what somebody may have meant who wrote name, or is "".
func suggest(name string, known []string) string {
	var near []string
	for _, k := range known {
		if !slices.Contains(near, k) && (strings.Contains(k, name) || distance(k, name) <= typos) {
			near = append(near, k)
		}
	}
	const most = 4
	if len(near) == 0 || len(near) > most {
		return ""
	}
	return "; did you mean " + strings.Join(near, ", ") + "?"
}

// distance is the number of letters to add, take away or change to make a of b
// (Levenshtein). Names are short.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j]+1, row[j+1]+1, change)
		}
	}
	return row[len(b)]
}

func listEntries(w io.Writer, entries []filters.Entry) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tCLASS\tMODULE")
	for _, x := range entries {
		fmt.Fprintf(t, "%s\t%s\t%s\n", x.ID, className(x.Class), x.Module)
	}
	return t.Flush()
}

func explainEntry(w io.Writer, x *filters.Entry) {
	rows := [][2]string{
		{"module", x.Module}, {"class", className(x.Class)}, {"why", x.Why}, {"source", x.Source},
		{"since", x.Since}, {"until", x.Until}, {"fix", x.Fix}, {"filter", x.Match.String()},
	}
	if x.Linger > 0 {
		rows = append(rows, [2]string{"waits", "up to " + x.Linger.String() + " after that"})
	}
	fmt.Fprintln(w, x.ID)
	printRows(w, rows)
}

// printRows prints names with what there is to say of them.
func printRows(w io.Writer, rows [][2]string) {
	for _, row := range rows {
		if row[1] != "" {
			fmt.Fprintf(w, "    %-8s%s\n", row[0], row[1])
		}
	}
}

func entriesJSON(w io.Writer, entries []filters.Entry) error {
	type entry struct {
		ID     string `json:"id"`
		Module string `json:"module"`
		Class  string `json:"class"`
		Why    string `json:"why"`
		Source string `json:"source"`
		Since  string `json:"since"`
		Until  string `json:"until,omitempty"`
		Fix    string `json:"fix,omitempty"`
		Linger string `json:"linger,omitempty"` // as time.ParseDuration reads it
		Filter string `json:"filter"`
	}
	list := []entry{}
	for _, x := range entries {
		j := entry{x.ID, x.Module, className(x.Class), x.Why, x.Source, x.Since, x.Until, x.Fix, "", x.Match.String()}
		if x.Linger > 0 {
			j.Linger = x.Linger.String()
		}
		list = append(list, j)
	}
	return writeJSON(w, list)
}

// writeJSON writes v for programs and for eyes.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// filterSyntax is about what the documentation of package filters defines.
const filterSyntax = `An expression selects goroutines:

	created-by:"example.com/pool.New" && !(state:"IO wait" || any:"example.com/pool.(*Pool).watch")

Terms are joined by &&, || and !, with parentheses. A term is a name and a value:

	created-by:F     the function whose go statement started it
	top:F            its innermost call, as a dump prints it
	any:F            any of its calls (function:F is the same)
	package:P        any of its calls is in package P; P/... is P and all below it
	file:NAME        any of its calls is in a file with this name
	state:S          what it does: running, sleep, select, "chan receive", "IO wait"
	wait:>=5m        it has been in this wait for so long, as far as the dump says; wait:<5m
	label:KEY=VALUE  it has this runtime/pprof label
	id:7,8           one of these goroutines
	started-in:7     started by one of these goroutines
	cause:ID         the report names this cause for it (leakcheck explain)
	test:T           it belongs to this test
	known:ID         the catalogue knows it as this (leakcheck filters); known:benign
	module:M         the catalogue knows it as a goroutine of this module

A value must match as a whole. * matches any text without a slash, ** any text; the
star of a receiver, as in net/http.(*Server).Serve, matches itself. /.../ is a regular
expression (RE2) that may match anywhere. Values with spaces are quoted, as in Go. If
a dump does not have what a term asks for, neither the term nor its negation matches.

An expression that can match nothing is an error that says what to write instead.
"go doc github.com/leakcheck-go/goroutine/filters" has the grammar.
`
