package pprofile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Record is a number of goroutines with one stack.
type Record struct {
	// Count is how many there are: 1 in a dump. In the difference of two
	// profiles, as net/http/pprof makes it for ?seconds=N, it is negative for
	// goroutines that have gone.
	Count     int64
	Goroutine *stackparse.Goroutine // what is known of each; never nil
}

// Format is a form that goroutines come in. The package comment says what
// each of them knows.
type Format uint8

const (
	FormatUnknown  Format = iota // not read yet, or none of the others
	FormatDump                   // text, a goroutine after the other
	FormatCounts                 // debug=1: text, how often each stack is there
	FormatProtobuf               // debug=0
)

// String returns "dump", "counts", "protobuf" or "unknown".
func (f Format) String() string {
	switch f {
	case FormatDump:
		return "dump"
	case FormatCounts:
		return "counts"
	case FormatProtobuf:
		return "protobuf"
	}
	return "unknown"
}

// DefaultMaxMemory is the bound on the memory for a protobuf profile, in
// bytes. A profile of 100,000 distinct stacks takes about a tenth of it.
const DefaultMaxMemory = 1 << 30

// Reader reads records in the manner of bufio.Scanner:
//
//	r := pprofile.NewReader(f)
//	for r.Scan() {
//		use(r.Record())
//	}
//	if err := r.Err(); err != nil { … }
//
// Input that holds no goroutines because it is something else is an error.
// Malformed parts of input that holds some are not: see [Reader.Problems].
// Readers are made by [NewReader] and used by one goroutine at a time.
type Reader struct {
	Name      string // name of the input in errors; "input" if empty
	MaxMemory int64  // for a protobuf profile, in bytes; [DefaultMaxMemory] if 0

	src      io.Reader
	format   Format
	profile  string
	source   source // nil before the first Scan and after the last
	record   Record
	found    bool
	text     *dump // the source, if it is text
	odd      bool  // the text has too many control characters for one
	problems []error
	err      error
}

// source reads the records of one format.
type source interface {
	// next fills in rec and returns true, or returns false at the end or at an
	// error. Either way it returns what it did not understand on the way.
	next(rec *Record) (ok bool, problems []error, err error)
}

// NewReader returns a Reader of what src holds.
func NewReader(src io.Reader) *Reader { return &Reader{src: src} }

// Scan reads the next record. It returns false at the end of the input and at
// an error.
func (r *Reader) Scan() bool {
	r.problems = nil
	if r.src != nil {
		r.source, r.err = r.open(r.src)
		r.src = nil
	}
	if r.source == nil {
		return false
	}
	ok, problems, err := r.source.next(&r.record)
	r.problems = problems
	// A first record without an id is one of debug=1, which lines of a log stand
	// before.
	if ok && !r.found && r.text != nil && r.record.Goroutine.ID == 0 && r.text.counts.sum > 0 {
		r.format, r.profile = FormatCounts, r.text.counts.profile
	}
	if ok {
		r.found = true
		return true
	}
	// A Scan after the last must not ask a source that has ended.
	r.source, r.record = nil, Record{}
	switch {
	case err != nil:
		r.err = r.fail(err)
	case !r.found && r.format == FormatDump:
		// An empty profile is an answer; a text without a goroutine is none,
		// and more need not be said about it.
		err := r.text.named()
		if r.odd && err == errNoGoroutine {
			err = notProfile(errMalformed)
		}
		r.err, r.problems = r.fail(err), nil
	}
	return false
}

// Record returns what the last Scan read. The next Scan overwrites it: who
// keeps it calls [stackparse.Goroutine.Clone].
func (r *Reader) Record() *Record { return &r.record }

// Problems returns what the last Scan did not understand and went past, each
// with the name of the input and the place in it. In a text it is a
// [*stackparse.SyntaxError].
func (r *Reader) Problems() []error { return r.problems }

// Err returns the error that ended the input, nil if it was read to its end.
// It starts with the name of the input.
func (r *Reader) Err() error { return r.err }

// Crash returns what the process said when it crashed, if that was in the text
// before the record last read; nil if there was nothing of the kind.
func (r *Reader) Crash() *Crash {
	if r.text == nil {
		return nil
	}
	return r.text.crash.crash
}

// Format returns the form of the input, FormatUnknown before the first Scan.
func (r *Reader) Format() Format { return r.format }

// Profile returns the name of the profile, "goroutine" or "goroutineleak", and
// "" for a dump. It is known after the first Scan.
func (r *Reader) Profile() string { return r.profile }

// All returns the rest of the input as a sequence: the problems met while
// reading a record, each with nil, then the record with a nil error, and
// at the very end the error of [Reader.Err] if there is one. A record is
// overwritten when the loop goes on.
func (r *Reader) All() iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		for r.Scan() {
			if !r.yieldProblems(yield) || !yield(&r.record, nil) {
				return
			}
		}
		if r.yieldProblems(yield) && r.err != nil {
			yield(nil, r.err)
		}
	}
}

func (r *Reader) yieldProblems(yield func(*Record, error) bool) bool {
	for _, p := range r.problems {
		if !yield(nil, p) {
			return false
		}
	}
	return true
}

// Parse returns all records of data, which it does not keep. The error joins the
// first twenty problems and the error that ended the input; the records are good
// even so. The bound on memory is [DefaultMaxMemory].
func Parse(data []byte) ([]Record, error) {
	const most = 20
	var (
		recs []Record
		errs []error
	)
	r := NewReader(bytes.NewReader(data))
	for rec, err := range r.All() {
		switch {
		case err == nil:
			recs = append(recs, Record{rec.Count, rec.Goroutine.Clone()})
		// What ended the input is never left out: it is why the records are not all.
		case len(errs) < most || err == r.err:
			errs = append(errs, err)
		}
	}
	return recs, errors.Join(errs...)
}

// open finds out what src holds.
func (r *Reader) open(src io.Reader) (source, error) {
	in := bufio.NewReaderSize(src, window)
	format, err := detect(in)
	if format == packed {
		in, format, err = unpack(in)
	}
	// PowerShell 5 redirects output as UTF-16.
	if err == errUTF16 {
		in = bufio.NewReaderSize(newUTF16(in), window)
		format, err = detect(in)
	}
	if err != nil {
		return nil, r.fail(err)
	}
	var s source
	switch format {
	case FormatProtobuf:
		s, r.profile, err = newProtobuf(in, r.name(), r.maxMemory())
	case FormatCounts:
		s, r.profile, err = newCounts(in, r.name())
	default:
		r.text = newDump(in, r.name())
		s = r.text
	}
	if err != nil {
		return nil, r.fail(err)
	}
	// A dump has read nothing yet, so that its head is still there.
	head, _ := in.Peek(window)
	r.odd = r.text != nil && mostlyControl(head)
	r.format = format
	return s, nil
}

func (r *Reader) name() string {
	if r.Name == "" {
		return "input"
	}
	return r.Name
}

func (r *Reader) maxMemory() int64 {
	if r.MaxMemory <= 0 {
		return DefaultMaxMemory
	}
	return r.MaxMemory
}

// fail puts the name of the input before an error.
func (r *Reader) fail(err error) error { return &inputError{r.name(), err} }

// inputError is an error about the input as a whole.
type inputError struct {
	name string
	err  error
}

func (e *inputError) Error() string { return e.name + ": " + e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }
