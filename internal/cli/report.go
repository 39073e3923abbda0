package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/dumps/survey"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/internal/render"
	"github.com/leakcheck-go/goroutine/internal/render/pprof"
	"github.com/leakcheck-go/goroutine/internal/render/sarif"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// reportOptions are the flags of "leakcheck report".
type reportOptions struct {
	dumpFlags
	outline
	format  string
	kill    bool
	failOn  string
	compare string // a dump where all was well
}

func reportCommand() *command {
	o := &reportOptions{}
	return &command{
		name:  "report",
		args:  "[flags] FILE|URL|-...",
		short: "explain the goroutines of dumps and running services",
		long: `
Report groups the goroutines of a dump by what they do. It says what each kind
waits for and, if the kind is likely to be stuck, why and how to fix it.

It reads goroutine dumps as the runtime prints them (panics, SIGQUIT, "go test
-timeout", runtime.Stack, /debug/pprof/goroutine?debug=2), also from the middle
of a log, and profiles of goroutines (debug=0 and debug=1), each plain or compressed
by gzip. It also reads one of its own reports as JSON (-o json, or report.json of
LEAKCHECK_REPORT). A heap dump (a file of debug.WriteHeapDump) also says who holds
what a goroutine waits for, whether anything can still wake it, and how much memory
it keeps; -binary names the program that wrote it. "-" is standard input. From the URL
of a service that has net/http/pprof, such as http://host:6060, Report fetches the
goroutines and, if the service offers one, the leak profile. Several dumps are counted
together, and the report says which dumps contain each kind.

Most goroutines wait most of the time, so a goroutine that waits is not
necessarily leaked. Each kind has a grade, and the strongest grades come first:

	proven       the runtime has proven that nothing can wake them
	unreachable  by a heap dump, nothing that can run refers to what they wait for
	old          they have been in the same wait for minutes
	blocked      they wait, and nothing more is known

For four kinds or more, Report prints a table of the first 20. With -details it also
explains them: what each kind waits for, the likely cause and the fix. Report always
explains fewer than four kinds, and the goroutine that crashed.

Goroutines that run, sleep or wait for input or output are normal, no matter for how
long; such kinds come last. Goroutines that are known to be harmless are left out and
counted (-all shows them). The formats github and sarif contain only proven and old
kinds.

With -compare, kinds that the given dump also has come last, unless one of the other
dumps has more of them: by more than a quarter, and by at least ten. They are not
called old, -fail-on does not count them, and the text leaves them out. Proven and
unreachable kinds stay where they are.

The exit code is 1 if a goroutine is proven leaked; -fail-on also fails on weaker
evidence. The exit code is 2 if a dump cannot be read; Report still prints what it
could read.

Report shows source lines from the module in the current folder, or in -source, if
the program was built from it. It does not read a file that changed after the dump
was written.`,
		examples: []example{
			{"leakcheck report dump.txt", "read a file of any size"},
			{"leakcheck report http://localhost:6060", "read a service with net/http/pprof; -full adds ids, ages and lock " +
				"holders"},
			{"leakcheck report - <dump.txt", "the same; as well: kubectl logs my-pod --previous | leakcheck report -"},
			{"leakcheck report -filter 'package:example.com/shop/...' -top 3 dumps/*.gz",
				"show the three worst kinds of your own code in the dumps of all replicas"},
			{"leakcheck report -compare good.pb.gz bad-*.pb.gz", "put last what a healthy instance has as well, such " +
				"as pools and accept loops"},
			{"leakcheck report -binary ./shop shop.heap", "read a heap dump: who holds what they wait for, and what they keep"},
			{"leakcheck report -o html dump.txt >report.html", "write a page to attach to an incident"},
		},
		finds: true,
		setup: o.define,
	}
}

// renderers are the values of -o.
var renderers = []string{"text", "json", "jsonl", "html", "markdown", "github", "sarif", "pprof"}

func (o *reportOptions) define(fs *flag.FlagSet) action {
	o.dumpFlags.define(fs)
	o.defineService(fs)
	o.defineOutput(fs)
	fs.IntVar(&o.top, "top", -1, "show the first `n` kinds; 0 shows all. The default is 20 in a table and all in "+
		"explanations")
	fs.BoolVar(&o.kill, "kill", false, "send SIGQUIT to the local process with this id, which prints a dump and ends")
	fs.StringVar(&o.failOn, "fail-on", "proven", "exit with code 1 if there is a kind of this `grade` or a stronger "+
		"one: proven, unreachable, old or any")
	fs.StringVar(&o.compare, "compare", "", "compare with the `dump` of a healthy instance or time: kinds that have "+
		"not grown\ncome last")
	fs.StringVar(&o.binary, "binary", "", "the `program` that wrote a heap dump: it has the lines and the names of "+
		"variables,\nand shows what leads from them to what a goroutine waits for")
	return o.run
}

// defineOutput adds the flags of how to print a report.
func (o *reportOptions) defineOutput(fs *flag.FlagSet) {
	fs.StringVar(&o.format, "o", "text", "print the report as text, json, jsonl, html, markdown, github, sarif or "+
		"pprof (the `format`)")
	fs.BoolVar(&o.details, "details", false, "explain each kind below the table of kinds, as text; fewer than four are "+
		"explained anyway")
	fs.BoolVar(&o.verbose, "v", false, "show the whole stack, ids and labels of one goroutine of each kind, as text")
}

// checkOutput finds a mistake in them.
func (o *reportOptions) checkOutput() error {
	if !slices.Contains(renderers, o.format) {
		return usagef("-o %s: want one of %s", o.format, strings.Join(renderers, ", "))
	}
	return nil
}

// check finds mistakes in the flags.
func (o *reportOptions) check(args []string) error {
	switch {
	case !slices.Contains([]string{"proven", "unreachable", "old", "any"}, o.failOn):
		return usagef("-fail-on %s: want proven, unreachable, old or any", o.failOn)
	case len(args) == 0:
		return usagef("name a dump: a file, the URL of a service, or - for standard input")
	}
	if err := o.checkOutput(); err != nil {
		return err
	}
	return o.dumpFlags.check()
}

func (o *reportOptions) run(e *environment, args []string) (bool, error) {
	if err := o.check(args); err != nil {
		return false, err
	}
	if pid, ok := isProcess(args); ok {
		return o.process(e, pid)
	}
	if o.kill {
		return false, usagef("-kill takes the id of one local process")
	}
	names, err := load.Expand(args)
	if err != nil {
		return false, err
	}
	if len(names) == 1 && isReport(names[0]) {
		if o.compare != "" {
			return false, usagef("-compare wants dumps, and %s is a report", names[0])
		}
		return o.again(e, names[0])
	}
	in := o.read(e, "report", names)
	if len(in.names) == 0 {
		return false, errSaid
	}
	well, err := o.readWell(e)
	if err != nil {
		return false, err
	}
	r := o.build(in, well)
	if err := o.write(e, r); err != nil {
		return false, err
	}
	if in.bad {
		return false, errSaid
	}
	return o.found(r), nil
}

// build makes the report of what was read, compared with a dump where all was well
// if there is one.
func (o *reportOptions) build(in, well *inputs) *report.Report {
	tree := source.Of(in.Sample(), o.source)
	tree.Until = written(in.names)
	found := in.Result(tree)
	leaks, gs := found.Kinds, found.Known.Goroutines()
	for i := range leaks {
		leaks[i].Files = in.files(found.Shares[i])
	}
	if well != nil {
		o.compareWell(in, found, well)
	}
	if in.heap != nil && len(in.names) == 1 {
		in.heap.explain(found, o.options.By, tree)
	}
	dump := dumpInput(in.subject(), leaks, found.Known, tree)
	dump.Remark = survey.LeftOut(in.Harmless, in.Filtered)
	for i := range in.Crashes {
		dump.Crash = append(dump.Crash, crashText(&in.Crashes[i]))
	}
	for i := range leaks {
		leaks[i].Crash = slices.ContainsFunc(in.Crashes, func(c survey.Crash) bool {
			return c.Goroutine != 0 && slices.Contains(leaks[i].Group.IDs, c.Goroutine)
		})
		if leaks[i].Crash && found.Whole {
			leaks[i].Others = othersAt(gs, leaks[i].Place, tree)
		}
	}
	likely := likelyCalls{gs: gs, tree: tree}
	dump.Likely = likely.of
	dump.More = func(*report.Report) []string {
		// Last, as the report reads the source that aboutSource tells about.
		return slices.Concat(likely.notes(), in.notes, aboutInput(in), aboutSource(tree))
	}
	return dump.Build()
}

// crashText is what a process said when it crashed, with the stack that has no
// header of its own.
func crashText(c *survey.Crash) string {
	text := c.Message
	for i := range c.Stack {
		f := &c.Stack[i]
		text += fmt.Sprintf("\n\t%s at %s:%d", f.Func, f.File, f.Line)
	}
	return text
}

// othersAt says what others were doing to the goroutine that crashed.
func othersAt(gs []stackparse.Goroutine, crashed int, tree *source.Tree) []string {
	const most = 3
	var list []string
	all := relate.Others(gs, crashed, tree)
	for _, b := range all[:min(len(all), most)] {
		g := &gs[b.Goroutine]
		at := report.At(g, tree)
		who := fmt.Sprintf("goroutine %d (%s, %s at %s)", g.ID, g.State, report.ShortName(at.Func), at.Position())
		switch b.Why {
		case relate.Awaits:
			who += " waits for a lock that this one likely holds"
		case relate.HoldsIt:
			who += " likely holds the lock that this one waits for"
		default:
			here := report.ShortName(gs[crashed].Frames[b.Of].Func)
			who += fmt.Sprintf(" shares the address %#x with %s here", b.Addr, here)
		}
		list = append(list, who)
	}
	if more := len(all) - most; more > 0 {
		list = append(list, words.Count(more, "other goroutine")+" that share an address with this one")
	}
	return list
}

// dumpInput is what a report on kinds of goroutines of a dump is made of. Without known
// they explain each other.
func dumpInput(subject string, kinds []report.Leak, known *cause.Classifier, tree *source.Tree) report.Input {
	return report.Input{
		Kind: report.Dumped, Subject: subject, Leaks: kinds, Known: known, Tree: tree,
		Leave: report.ByFlag, Graded: true,
	}
}

// written is when the oldest of the dumps was written, zero where one is not of a
// file.
func written(names []string) (oldest time.Time) {
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			return time.Time{}
		}
		if t := info.ModTime(); oldest.IsZero() || t.Before(oldest) {
			oldest = t
		}
	}
	return oldest
}

// aboutSource says which source files are others than those of the dump.
func aboutSource(tree *source.Tree) []string {
	names := tree.Changed()
	if len(names) == 0 {
		return nil
	}
	more := ""
	if n := len(names) - 1; n > 0 {
		more = " and " + words.Count(n, "more file")
	}
	return []string{names[0] + more + " changed after the dump was written: no source lines are shown there"}
}

// aboutInput says what is missing in the dumps.
func aboutInput(in *inputs) []string {
	var notes []string
	for i := range in.Crashes {
		c := &in.Crashes[i]
		if c.Shown == 1 && c.Goroutine != 0 {
			notes = append(notes, "the dump of the crash shows one goroutine; GOTRACEBACK=all in the environment of the "+
				"program shows the others as well")
		}
	}
	if in.Unread > 0 {
		notes = append(notes, words.Plural(int(in.Unread), "goroutine has", "goroutines have")+
			" no readable stack, so nothing is known about what they do")
	}
	for _, err := range in.Assumed {
		notes = append(notes, err.Error())
	}
	for _, err := range in.Incomplete {
		notes = append(notes, fmt.Sprintf("incomplete: %v", err))
	}
	if in.Problems > 0 {
		notes = append(notes, fmt.Sprintf("%s of the input could not be understood; the first: %v",
			words.Count(in.Problems, "part"), in.FirstProblem))
	}
	if in.Crowded > 0 {
		notes = append(notes, fmt.Sprintf("%s of further kinds are left out: there are too many kinds; -group functions "+
			"makes fewer of them", words.Count(int(in.Crowded), "goroutine")))
	}
	return notes
}

// aboutFormat says what the format of a dump does not tell.
func aboutFormat(in *load.Input) []string {
	const lacks = "a profile does not say how long goroutines wait, nor who started them; "
	const askFor = lacks + "-full asks for a dump, which does"
	switch {
	case in.Format() == pprofile.FormatCounts:
		return []string{"a profile with debug=1 says neither what goroutines wait for nor how long; debug=2 says both"}
	case in.Format() != pprofile.FormatProtobuf || in.Profile() == "goroutineleak":
		return nil
	case in.Leaks:
		return []string{askFor}
	case load.IsURL(in.Name):
		return []string{askFor + ". " +
			"No leak profile was read: Go 1.27 offers one, and Go 1.26 if built with GOEXPERIMENT=goroutineleakprofile"}
	}
	return []string{lacks + "a dump (debug=2) does"}
}

// found reports whether there is a kind of the grade that was asked for.
func (o *reportOptions) found(r *report.Report) bool {
	return slices.ContainsFunc(r.Findings, func(f report.Finding) bool {
		if f.Normal {
			return false
		}
		switch o.failOn {
		case "any":
			return true
		case "old":
			return f.Suspect()
		case "unreachable":
			return f.Graded >= cause.Unreachable
		}
		return f.Graded == cause.Proven
	})
}

// write prints the report.
func (o *reportOptions) write(e *environment, r *report.Report) error {
	r = o.view(r)
	err := o.renderer(e).Write(e.stdout, r)
	if errors.Is(err, os.ErrClosed) || isBrokenPipe(err) {
		return nil // head, or a pager that was left
	}
	return err
}

// view returns what is shown of a report.
func (o *reportOptions) view(r *report.Report) *report.Report {
	switch o.format {
	case "text":
		return o.arrange(r)
	case "github", "sarif":
		r = r.Suspects()
	}
	if o.top > 0 {
		r = r.Top(o.top)
	}
	return r
}

// renderer is what all formats are.
type renderer interface {
	Write(w io.Writer, r *report.Report) error
}

func (o *reportOptions) renderer(e *environment) renderer {
	switch o.format {
	case "json":
		return report.JSON{}
	case "jsonl":
		return report.JSON{Lines: true}
	case "html":
		return render.HTML{}
	case "markdown":
		return render.Markdown{}
	case "github":
		return report.GitHub{}
	case "sarif":
		return sarif.SARIF{}
	case "pprof":
		return pprof.Pprof{}
	}
	return o.text(e)
}
