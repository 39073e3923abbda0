package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/dumps/survey"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// dumpFlags are the flags of the commands that read dumps.
type dumpFlags struct {
	loader  load.Loader
	options survey.Options
	source  string // the folder of the module
	binary  string // the program that wrote heap dumps
}

// similarities are the values of -group.
var similarities = map[string]stackparse.Similarity{
	"exact": stackparse.Exact, "lines": stackparse.SameLines,
	"functions": stackparse.SameFunctions, "creator": stackparse.SameCreator,
}

// define adds the flags of what to show.
func (d *dumpFlags) define(fs *flag.FlagSet) {
	d.options.By = stackparse.SameLines
	fs.BoolVar(&d.options.All, "all", false, "also show goroutines that are known to be harmless (see leakcheck filters)")
	fs.Func("filter", "show only goroutines that the `expression` matches, such as package:example.com/shop/...\n"+
		"(see leakcheck filters -syntax)", setFilter(&d.options.Filter))
	fs.Func("group", "`how` goroutines are grouped: exact (by arguments and labels as well), lines (the default),\n"+
		"functions (whatever the line), or creator (by their go statement)", func(name string) error {
		by, ok := similarities[name]
		if !ok {
			return errors.New("want exact, lines, functions or creator")
		}
		d.options.By = by
		return nil
	})
}

// setFilter returns what reads a flag's expression into a filter.
func setFilter(to **filters.Filter) func(expr string) error {
	return func(expr string) error {
		f, err := filters.Parse(expr)
		if err == nil {
			*to = &f
		}
		return err
	}
}

// defineService adds the flags for what comes from a running service.
func (d *dumpFlags) defineService(fs *flag.FlagSet) {
	fs.BoolVar(&d.loader.Full, "full", false, "ask a service for text, which has ids, ages and arguments. It stops the "+
		"service for longer:\nat least 4 µs for each goroutine")
	fs.BoolVar(&d.loader.NoProof, "no-proof", false, "do not ask a service for its leak profile, which makes it "+
		"collect garbage")
	fs.DurationVar(&d.loader.Timeout, "timeout", load.DefaultTimeout, "wait at most this `time` for an answer")
	fs.Func("header", "send a `header` with requests, such as \"Authorization: Bearer ...\"; may be given several times",
		addHeader(&d.loader.Header))
	d.defineSource(fs)
}

// defineSource adds the flag for where source lines come from.
func (d *dumpFlags) defineSource(fs *flag.FlagSet) {
	fs.StringVar(&d.source, "source", ".", "read source lines from the module in `folder`")
}

// checkSource finds a mistake in that.
func (d *dumpFlags) checkSource() error {
	if info, err := os.Stat(d.source); err != nil || !info.IsDir() {
		return usagef("-source %s: no such folder", d.source)
	}
	return nil
}

// addHeader returns what reads a flag's "Name: value" into a header.
func addHeader(to *http.Header) func(text string) error {
	return func(text string) error {
		key, value, ok := strings.Cut(text, ":")
		if !ok || strings.ContainsAny(key, " \t") || key == "" {
			return errors.New("want \"Name: value\"")
		}
		if *to == nil {
			*to = http.Header{}
		}
		to.Add(key, strings.TrimSpace(value))
		return nil
	}
}

// check looks at the flags once all are there.
func (d *dumpFlags) check() error {
	if err := d.checkSource(); err != nil {
		return err
	}
	if d.loader.Timeout <= 0 {
		return usagef("-timeout must be more than 0")
	}
	return nil
}

// inputs are what a command has read.
type inputs struct {
	*survey.Survey
	names  []string        // of those that could be read, at least in part
	notes  []string        // about them
	format pprofile.Format // of the last one that says less than a dump, or of all
	bad    bool            // some could not be read
	heap   *heapDump       // the only one, where it is one of the heap
}

// errSaid is an error about which all has been said.
var errSaid = errors.New("see above")

// read reads all of the dumps together. It reports a problem with one at once, and
// reads the others.
func (d *dumpFlags) read(e *environment, command string, names []string) *inputs {
	o := d.options
	d.loader.Stdin = e.stdin
	bar := newProgress(e.stderr)
	d.loader.Progress = bar.show
	names, notes, problems := profiles(names)
	o.Mixed = len(names) > 1
	in := &inputs{Survey: survey.New(o), notes: notes}
	for _, err := range problems {
		fmt.Fprintf(e.stderr, "leakcheck %s: %s\n", command, report.Escape(err.Error()))
		in.bad = true
	}
	for _, name := range names {
		if name == load.Stdin && isTerminal(e.stdin) {
			fmt.Fprintln(e.stderr, "leakcheck: reading a dump from the terminal; end it with Ctrl-D")
		}
		err := d.readOne(in, name)
		bar.wipe()
		if err != nil {
			fmt.Fprintf(e.stderr, "leakcheck %s: %s\n", command, report.Escape(err.Error()))
			in.bad = true
		}
	}
	return in
}

func (d *dumpFlags) readOne(in *inputs, name string) error {
	if isHeapDump(name) {
		return d.readHeap(in, name)
	}
	f, err := d.loader.Open(context.Background(), name)
	if err != nil {
		return err
	}
	defer f.Close()
	before := in.Total
	in.Begin(f.Name)
	err = in.Read(f)
	if err != nil && in.Total == before {
		return err
	}
	in.names = append(in.names, f.Name)
	if len(in.names) == 1 || f.Format() != pprofile.FormatDump {
		in.format = f.Format()
	}
	in.notes = append(in.notes, aboutFormat(f)...)
	if err != nil {
		in.notes = append(in.notes, fmt.Sprintf("incomplete: %v", err))
	}
	return err
}

// subject names the dumps in a report.
func (in *inputs) subject() string {
	if len(in.names) == 1 {
		return in.names[0]
	}
	return words.Count(len(in.names), "dump")
}

// progressBar is a line on a terminal that says how far a large file is read.
type progressBar struct {
	w     *os.File // nil where there is no terminal
	last  time.Time
	shown bool
}

// minProgress is the size of files that are read before anyone wonders.
const minProgress = 32 << 20

func newProgress(stderr any) *progressBar {
	f, _ := terminal(stderr)
	return &progressBar{w: f}
}

func (p *progressBar) show(name string, read, size int64) {
	if size < minProgress {
		return
	}
	const columns = 20
	done := int(columns * min(read, size) / size)
	p.say(fmt.Sprintf("%s %s%s %d %% of %d MiB", name, strings.Repeat("█", done),
		strings.Repeat("░", columns-done), 100*min(read, size)/size, size>>20))
}

// count says how many of a number of things are done.
func (p *progressBar) count(done, total int, noun string) {
	p.say(fmt.Sprintf("%d of %s asked", done, words.Count(total, noun)))
}

// say shows a text, at most ten times a second.
func (p *progressBar) say(text string) {
	if p.w == nil || time.Since(p.last) < time.Second/10 {
		return
	}
	p.last, p.shown = time.Now(), true
	fmt.Fprint(p.w, "\r\x1b[K"+text)
}

func (p *progressBar) wipe() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
