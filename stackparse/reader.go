package stackparse

import (
	"bytes"
	"io"
	"iter"

	"github.com/leakcheck-go/goroutine/stackparse/internal/cache"
)

// Reader reads goroutines from a dump, one after the other, in the manner of
// bufio.Scanner:
//
//	r := stackparse.NewReader(f)
//	for r.Scan() {
//		use(r.Goroutine())
//	}
//	if err := r.Err(); err != nil { … }
//
// Malformed input is no error: see [Reader.Problems]. A Reader is made by
// [NewReader], or is a zero value that [Reader.Reset] gives its first dump, and is
// used by one goroutine at a time.
type Reader struct {
	// Name is the name of the input in errors; "dump" if empty.
	Name string

	// Text, if not nil, is called with each line that is part of no goroutine,
	// in the order of the input, empty lines left out: what was logged before,
	// between and after goroutines, the message of a panic, the registers of a
	// crash. Lines are as in the input, but without colours; a line that stands
	// in a quoted value with goroutines in it is without quotes and escapes. A
	// line is overwritten when Text returns.
	Text func(line int, text []byte)

	// SkipArgs leaves [Frame.Args] empty for Go functions. Most arguments are
	// pointers that come once, and take more memory than all the rest.
	SkipArgs bool

	source
	done bool

	// The goroutine being read, and the memory that its slices reuse.
	g         Goroutine
	creator   Creator
	thread    Thread
	labels    []Label
	frames    []Frame
	system    []Frame // runtime stack
	ancestors []Ancestor
	unparsed  []string
	body      bodyState

	problems    []*SyntaxError
	unreported  int
	incomplete  bool // it has been said
	passed      passedText
	raceReports int

	blanks  int          // empty lines between all lines
	assumed []assumption // what was assumed so far
	above   above        // the text before a header

	small string // the input, if it is small and all there

	// What was made of text seen before.
	text      cache.Text
	pairs     pairTable
	names     cache.Names
	places    cache.Table[place]
	statuses  cache.Table[status]
	newStatus status // the last that was in no table
	newPlace  place
	arguments cache.Args
}

// NewReader returns a Reader that reads a dump from src.
func NewReader(src io.Reader) *Reader {
	r := new(Reader)
	r.Reset(src)
	return r
}

// Reset makes r read another dump, from src. Name, Text and SkipArgs stay as they
// are. Strings that r has seen are remembered, so that many dumps of one process
// are read fastest by one Reader.
func (r *Reader) Reset(src io.Reader) {
	r.source.reset(lines{src: src, buf: r.lines.buf})
	r.around = &anyDressing
	r.done, r.incomplete, r.small, r.raceReports = false, false, "", 0
	r.blanks, r.assumed = 0, nil
	r.above.reset()
	r.clear()
	r.g = Goroutine{}
}

// resetBytes is Reset for input that is in memory already; it is not copied.
func (r *Reader) resetBytes(dump []byte) {
	r.source.reset(lines{buf: dump, end: len(dump), err: io.EOF})
	// A string of the whole input lets all names be parts of it. Where bytes are cut or
	// decoded, text is not a part of the input any more.
	if len(dump) <= smallDump && !hasControl(dump) && !hasEscapes(dump) {
		r.small = string(dump)
	}
}

// Scan reads the next goroutine. It returns false at the end of the input or
// at a read error; what was read of a goroutine before the error still counts.
func (r *Reader) Scan() bool {
	r.clear()
	r.g = Goroutine{}
	// Goroutines of one dump differ in little but their ids: nearly all headers were seen
	// before, and this needs no search for the next one.
	if r.knownHeader() {
		r.readBody()
		r.finish()
		return true
	}
	if r.done {
		return false
	}
	if !r.findHeader() {
		r.done = true
		// A profile of 64 MB was cut there, in the middle of a stack (writeGoroutineStacks in
		// runtime/pprof/pprof.go); only the end of the input shows it.
		r.checkSize()
		r.reportAssumed()
		return false
	}
	r.g.Line = r.lines.n
	summary := r.summary
	if summary {
		r.assume(assumedGoleak)
	}
	if r.noted != "" {
		r.assume(r.noted)
		r.noted = ""
	}
	r.readHeader(r.line)
	// Log services show the newest line first: then the body stood before the header, and
	// is in above.
	if !r.readReversed() {
		r.readBody()
		r.finish()
	}
	r.above.reset()
	if summary && r.body.lines == 0 && r.held && isHeader(r.line) {
		// Older releases of goleak print the runtime's own header as well.
		return r.Scan()
	}
	return true
}

// Goroutine returns the goroutine that the last Scan read. The next Scan
// overwrites it: call [Goroutine.Clone] to keep it.
func (r *Reader) Goroutine() *Goroutine { return &r.g }

// Problems returns what the last Scan did not understand: in the goroutine it
// read, and in the text before it. Once Scan has returned false it is about
// the text after the last goroutine. The next Scan overwrites the slice, but
// not the errors in it.
func (r *Reader) Problems() []*SyntaxError { return r.problems }

// Err returns the error that reading the input ended with, nil for its end.
func (r *Reader) Err() error { return r.lines.readErr() }

// Races returns how many reports of the race detector were in the text so far.
// They are not goroutines, and nothing else is read of them.
func (r *Reader) Races() int { return r.raceReports }

// All returns the rest of the input as a sequence: the problems that were met
// while reading a goroutine, each a [*SyntaxError] with nil, then the
// goroutine with a nil error, and at the very end a read error if there was
// one. A goroutine is overwritten when the loop goes on.
func (r *Reader) All() iter.Seq2[*Goroutine, error] {
	return func(yield func(*Goroutine, error) bool) {
		for r.Scan() {
			if !r.yieldProblems(yield) || !yield(&r.g, nil) {
				return
			}
		}
		if !r.yieldProblems(yield) {
			return
		}
		if err := r.Err(); err != nil {
			yield(nil, err)
		}
	}
}

func (r *Reader) yieldProblems(yield func(*Goroutine, error) bool) bool {
	for _, p := range r.problems {
		if !yield(nil, p) {
			return false
		}
	}
	return true
}

// clear forgets the last goroutine except for its memory.
func (r *Reader) clear() {
	r.problems = r.problems[:0]
	r.unreported = 0
	r.labels = r.labels[:0]
	r.frames = r.frames[:0]
	r.system = r.system[:0]
	r.ancestors = r.ancestors[:0]
	r.unparsed = r.unparsed[:0]
	r.body.reset()
}

// finish moves what was gathered into r.g. Slices without elements stay nil
// there, so that a goroutine does not depend on those read before it.
func (r *Reader) finish() {
	if len(r.labels) > 0 {
		r.g.Labels = r.labels
	}
	if len(r.frames) > 0 {
		r.g.Frames = r.frames
	}
	if len(r.system) > 0 {
		if r.g.Thread == nil {
			r.thread = Thread{}
			r.g.Thread = &r.thread
		}
		r.thread.RuntimeStack = r.system
	}
	if len(r.ancestors) > 0 {
		r.g.Ancestors = r.ancestors
	}
	if len(r.unparsed) > 0 {
		r.g.Unparsed = r.unparsed
	}
	r.summarize()
}

// findHeader reads up to the next header.
func (r *Reader) findHeader() bool {
	for r.advance() {
		// The order matters: atHeader learns the prefix of a runtime stack too,
		// and only what is neither may hold a dump in quotes.
		switch {
		case len(r.line) == 0:
			// Empty lines are left out, but not those of a panic's text, which
			// the runtime indents.
			if r.guard > 0 && len(r.uncut) > r.prefix {
				r.pass(r.lines.n, r.uncut)
			}
		case r.atHeader():
			r.reportPassed()
			return true
		case string(r.line) == runtimeStack:
			r.readRuntimeStack()
		case !r.findQuoted():
			r.watchPanic()
			r.pass(r.lines.n, r.uncut)
		}
	}
	r.reportPassed()
	return false
}

// unknown keeps text that fits no rule, without white space at its end, and
// reports it.
func (r *Reader) unknown(line int, text []byte) {
	text = bytes.TrimRight(text, blanks)
	if len(text) > 0 {
		r.unparsed = append(r.unparsed, string(text))
	}
	r.report(line, "unknown text in goroutine %d: %s", r.g.ID, excerpt(text))
}

// passedText is what is said about lines outside any goroutine: one problem
// however many they are, since logs with a dump somewhere in them are common.
type passedText struct {
	count, first int
	text         string
}

// pass passes a line that is part of no goroutine.
func (r *Reader) pass(line int, text []byte) {
	if r.passed.count == 0 {
		r.passed.first, r.passed.text = line, excerpt(text)
	}
	r.passed.count++
	// Its goroutines have other headers ("Goroutine 7 (running) created at:"), which no
	// rule takes for one of a dump.
	if bytes.HasSuffix(text, []byte("WARNING: DATA RACE")) {
		r.raceReports++
	}
	r.above.add(line, text)
	if r.Text != nil {
		r.Text(line, text)
	}
}

// reportPassed makes the lines that pass has passed one problem.
func (r *Reader) reportPassed() {
	before := len(r.problems)
	switch p := &r.passed; {
	case p.count == 1:
		r.report(p.first, "line outside any goroutine: %s", p.text)
	case p.count > 1:
		r.report(p.first, "%d lines outside any goroutine, the first is %s", p.count, p.text)
	}
	if len(r.problems) > before { // report may only have counted it
		r.problems[before].Err = ErrText
	}
	r.passed = passedText{}
}

// intern returns b as a string, the same one for equal text.
func (r *Reader) intern(b []byte) string { return r.names.Get(b, &r.text) }

// args returns the text between parentheses as a string, and its hash.
func (r *Reader) args(b []byte) (string, uint64) { return r.arguments.Get(b, &r.text) }
