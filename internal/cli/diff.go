package cli

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/dumps/survey"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// diffOptions are the flags of "leakcheck diff".
type diffOptions struct {
	dumpFlags
	format  string
	top     int
	verbose bool
	failOn  string
}

func diffCommand() *command {
	o := &diffOptions{}
	return &command{
		name:  "diff",
		args:  "[flags] BEFORE AFTER",
		short: "compare two dumps: what is new, gone and has grown",
		long: `
Diff compares two dumps or profiles of a program, in any form that leakcheck
report reads. It lists the kinds of goroutines that are new, have grown, have
shrunk or are gone. If both dumps are of one process and have ids, it also lists
the goroutines with the same id and stack in both. It calls them stuck if they are
proven leaked or have waited for minutes.

Diff compares what both dumps say: a profile has no go statements, and a profile
with debug=1 has no states. For dumps of two builds use -group functions, which
ignores line numbers and the numbers of closures.

With -fail-on new the exit code is 1 if a kind is new. With -fail-on grown it is
also 1 if a kind has grown.`,
		examples: []example{
			{"leakcheck diff monday.txt friday.txt", "compare two files"},
			{"leakcheck diff baseline.pb.gz http://localhost:6060", "compare a profile with a running service"},
			{"leakcheck diff -group functions old-build.txt new-build.txt", "compare dumps of two builds"},
			{"leakcheck diff -fail-on grown before.txt after.txt", "fail a pipeline"},
		},
		finds: true,
		setup: o.define,
	}
}

func (o *diffOptions) define(fs *flag.FlagSet) action {
	o.dumpFlags.define(fs)
	o.defineService(fs)
	fs.StringVar(&o.format, "o", "text", "print text or json (the `format`)")
	fs.IntVar(&o.top, "top", defaultTop, "show the first `n` kinds of each list; 0 shows all")
	fs.BoolVar(&o.verbose, "v", false, "show the whole stack, ids and labels of one goroutine of each kind (text only)")
	fs.StringVar(&o.failOn, "fail-on", "", "exit with code 1 if a kind is new (`what` = new), or is new or has grown "+
		"(grown)")
	return o.run
}

func (o *diffOptions) check(args []string) error {
	switch {
	case len(args) != 2:
		return usagef("name two dumps: BEFORE and AFTER")
	case args[0] == load.Stdin && args[1] == load.Stdin:
		return usagef("only one of the dumps can be standard input")
	case !slices.Contains([]string{"", "new", "grown"}, o.failOn):
		return usagef("-fail-on %s: want new or grown", o.failOn)
	case o.top < 0:
		return usagef("-top must not be negative")
	}
	if err := checkListFormat(o.format); err != nil {
		return err
	}
	return o.dumpFlags.check()
}

func (o *diffOptions) run(e *environment, args []string) (bool, error) {
	if err := o.check(args); err != nil {
		return false, err
	}
	wanted := o.options.By
	o.options.By |= stackparse.SameLines // Compare uses what both dumps say
	before, after := o.read(e, "diff", args[:1]), o.read(e, "diff", args[1:])
	if len(before.names) == 0 || len(after.names) == 0 {
		return false, errSaid
	}
	tree := source.Of(after.Sample(), o.source)
	tree.Until = written(after.names)
	was, is := before.Result(tree), after.Result(tree)
	by := wanted & told(before, was) & told(after, is)
	if by == 0 { // by creators alone, which a profile does not have
		by = stackparse.ByLines
	}
	d := &dumpDiff{
		Comparison: survey.Compare(was, is, by),
		before:     before, after: after, is: is, tree: tree,
	}
	var err error
	if o.format == "json" {
		err = d.json(e.stdout)
	} else {
		err = o.text(e, d)
	}
	if err != nil && !isBrokenPipe(err) {
		return false, err
	}
	if before.bad || after.bad {
		return false, errSaid
	}
	return o.failOn != "" && len(d.New) > 0 || o.failOn == "grown" && len(d.Grown) > 0, nil
}

// told is what a dump tells of goroutines.
func told(in *inputs, r *survey.Result) stackparse.Similarity {
	by := ^stackparse.Similarity(0)
	if in.format != pprofile.FormatDump {
		by &^= stackparse.ByCreator | stackparse.ByCreatorLine
	}
	if slices.ContainsFunc(r.Kinds, func(k report.Leak) bool { return k.Goroutine.State == "" }) {
		by &^= stackparse.ByState
	}
	return by
}

// dumpDiff is a comparison with what it was made of.
type dumpDiff struct {
	*survey.Comparison
	before, after *inputs
	is            *survey.Result
	tree          *source.Tree
}

// summary says in one line what has changed.
func (d *dumpDiff) summary() string {
	var parts []string
	for _, sort := range []struct {
		n    int
		what string
	}{{len(d.New), "new"}, {len(d.Grown), "grown"}, {len(d.Shrunk), "shrunk"}, {len(d.Gone), "gone"},
		{d.Same, "as before"}} {
		if sort.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", sort.n, sort.what))
		}
	}
	if len(parts) == 0 {
		parts = []string{"none"}
	}
	return fmt.Sprintf("%d goroutines before, %d after; kinds: %s", d.before.Total, d.after.Total,
		strings.Join(parts, ", "))
}

// text prints what is new and has grown as a report does, and the rest on a
// line each.
func (o *diffOptions) text(e *environment, d *dumpDiff) error {
	var leaks []report.Leak
	for _, list := range [][]survey.Change{d.New, d.Grown} {
		for _, c := range o.first(list) {
			l := c.Leak
			if l.Trend = "new"; c.Before > 0 {
				l.Trend = fmt.Sprintf("%d more: %d before, %d now", c.After-c.Before, c.Before, c.After)
			}
			leaks = append(leaks, l)
		}
	}
	r := dumpInput(d.after.subject(), leaks, d.is.Known, d.tree).Build()
	t := (&outline{verbose: o.verbose}).text(e)
	t.Head = d.summary()
	if err := t.Write(e.stdout, r); err != nil {
		return err
	}
	if len(leaks) > 0 && len(d.Shrunk)+len(d.Gone)+len(d.Stuck) > 0 {
		fmt.Fprintln(e.stdout)
	}
	for _, sort := range []struct {
		what string
		list []survey.Change
	}{{"shrunk", d.Shrunk}, {"gone", d.Gone}} {
		for _, c := range o.first(sort.list) {
			fmt.Fprintf(e.stdout, "  %-7s %d -> %d x %s\n", sort.what, c.Before, c.After, d.place(&c.Goroutine))
		}
	}
	for _, s := range d.Stuck[:o.limit(len(d.Stuck))] {
		// Most goroutines wait most of the time, so that the same place in two
		// dumps says little by itself.
		what, note := "same", ", at the same place in both"
		if cause.GradeOf(s.Goroutine.State, s.Group.Leaked > 0, int(s.Group.MaxWait/time.Minute)).Leak(s.Goroutine.State) {
			what, note = "stuck", ""
		}
		fmt.Fprintf(e.stdout, "  %-7s %d of %d x %s%s; ids %s\n",
			what, len(s.IDs), s.Group.Count, d.place(&s.Goroutine), note, shortIDs(s.IDs))
	}
	for _, n := range []int{len(d.New), len(d.Grown), len(d.Shrunk), len(d.Gone), len(d.Stuck)} {
		if n > o.limit(n) {
			fmt.Fprintf(e.stdout, "  note: the first %d of each list are shown; -top 0 shows all\n", o.top)
			break
		}
	}
	return nil
}

func (o *diffOptions) limit(n int) int {
	if o.top == 0 {
		return n
	}
	return min(n, o.top)
}

func (o *diffOptions) first(list []survey.Change) []survey.Change { return list[:o.limit(len(list))] }

// place says what a goroutine does and where.
func (d *dumpDiff) place(g *stackparse.Goroutine) string {
	at := report.At(g, d.tree)
	title := cause.Of(g, d.tree).Title
	switch {
	case g.State == "":
		title = "goroutines" // this form of dump does not say what they do
	case at.Func == "":
		return report.Escape(title)
	}
	return report.Escape(fmt.Sprintf("%s at %s (%s)", title, at.Position(), at.Func))
}

// shortIDs names the first ids.
func shortIDs(ids []int64) string {
	const most = 10
	s := strings.Trim(strings.ReplaceAll(fmt.Sprint(ids[:min(len(ids), most)]), " ", ", "), "[]")
	if left := len(ids) - most; left > 0 {
		s += fmt.Sprintf(" and %d more", left)
	}
	return s
}

// json prints all of the comparison.
func (d *dumpDiff) json(w io.Writer) error {
	type kind struct {
		State   string  `json:"state,omitempty"`
		Cause   string  `json:"cause"`
		Title   string  `json:"title"`
		Func    string  `json:"func,omitempty"` // the innermost of the user's own code
		File    string  `json:"file,omitempty"`
		Line    int     `json:"line,omitempty"`
		Creator string  `json:"creator,omitempty"`
		Before  int64   `json:"before"`
		After   int64   `json:"after"`
		IDs     []int64 `json:"ids,omitempty"` // of those that are stuck, else of some
	}
	describe := func(l report.Leak, before, after int64, ids []int64) kind {
		at := report.At(&l.Goroutine, d.tree)
		c := cause.Of(&l.Goroutine, d.tree)
		j := kind{State: l.Group.State, Cause: c.ID, Title: c.Title, Func: at.Func, File: at.File, Line: at.Line,
			Before: before, After: after, IDs: ids}
		if by := l.Goroutine.Creator; by != nil {
			j.Creator = by.Func
		}
		return j
	}
	list := func(changes []survey.Change) []kind {
		kinds := []kind{}
		for _, c := range changes {
			kinds = append(kinds, describe(c.Leak, c.Before, c.After, c.Group.IDs))
		}
		return kinds
	}
	out := struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
		Before  int64  `json:"before"` // goroutines
		After   int64  `json:"after"`
		Same    int    `json:"same"` // kinds with as many as before
		New     []kind `json:"new"`
		Grown   []kind `json:"grown"`
		Shrunk  []kind `json:"shrunk"`
		Gone    []kind `json:"gone"`
		Stuck   []kind `json:"stuck"`
	}{"leakcheck-diff", 1, d.before.Total, d.after.Total, d.Same,
		list(d.New), list(d.Grown), list(d.Shrunk), list(d.Gone), []kind{}}
	for _, s := range d.Stuck {
		out.Stuck = append(out.Stuck, describe(s.Leak, int64(len(s.IDs)), s.Group.Count, s.IDs))
	}
	return writeJSON(w, out)
}
