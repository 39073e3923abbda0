package leakcheck

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Report is what [Find] found. It does not change; the zero Report is a clean
// one.
type Report struct {
	r       *report.Report // nil when clean
	problem error          // with the baseline
}

// Len returns the number of goroutines found: the sum of [Leak.Count], and not
// the number of leaks.
func (r *Report) Len() int {
	if r.r == nil {
		return 0
	}
	return r.r.Total
}

// Leaks returns the kinds of leaks found, in the order of the text: those that
// explain others first, then those with the most goroutines. They are the
// caller's.
func (r *Report) Leaks() []Leak {
	if r.r == nil {
		return nil
	}
	leaks := make([]Leak, len(r.r.Findings))
	for i := range r.r.Findings {
		leaks[i] = newLeak(&r.r.Findings[i])
	}
	return leaks
}

// String returns the report as text of several lines without colours, safe to
// print on a terminal, or "" when [Report.Err] is nil.
func (r *Report) String() string {
	var parts []string
	if r.problem != nil {
		parts = append(parts, "leakcheck: "+report.Escape(r.problem.Error()))
	}
	if r.r != nil {
		parts = append(parts, renderer(nil).String(r.r))
	}
	return strings.Join(parts, "\n")
}

// Err returns nil if nothing was found and no baseline had a problem, and
// otherwise an [*Error].
func (r *Report) Err() error {
	if r.r == nil && r.problem == nil {
		return nil
	}
	return &Error{Report: r}
}

// MarshalJSON returns the leaks in the form that the command's -o json writes
// and its report subcommand reads. Its names do not change, but more may be
// added. It does not contain problems with a baseline. The error is always
// nil.
func (r *Report) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	model := r.r
	if model == nil {
		// A Report of nothing is empty, and no error, for programs that read it.
		model = new(report.Report)
	}
	err := report.JSON{}.Write(&b, model)
	return b.Bytes(), err
}

// LogValue makes a log record of the report: the number of goroutines, how many
// of them are proven, and the leaks, each with the fields that identify it.
func (r *Report) LogValue() slog.Value {
	if r.r == nil {
		return slog.GroupValue(slog.Int("goroutines", 0))
	}
	records := make([]record, len(r.r.Findings))
	for i := range r.r.Findings {
		f := &r.r.Findings[i]
		records[i] = record{f.Count, f.Proven, f.Test, f.Cause.ID, f.At.Func, f.At.File, f.At.Line, f.Started.Func, ""}
		if f.Called.Func != "" {
			records[i].Called = f.Called.Position()
		}
	}
	return slog.GroupValue(slog.Int("goroutines", r.r.Total), slog.Int("proven", r.r.Proven), slog.Any("leaks", records))
}

// record is a leak in a log.
type record struct {
	Count   int    `json:"count"`
	Proven  int    `json:"proven"`
	Test    string `json:"test,omitempty"`
	Cause   string `json:"cause"`
	Func    string `json:"func"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Creator string `json:"creator,omitempty"`
	Called  string `json:"called,omitempty"` // file:line
}

// Error is the error of [Report.Err]. Its text is the report.
type Error struct{ Report *Report }

// Error returns the report as text of several lines.
func (e *Error) Error() string { return e.Report.String() }

// Leak is one kind of leak: goroutines with the same stack, state, owner and, where
// it is known, call that led to them.
// Its strings are as the dump printed them and may hold anything: escape them
// before they reach a terminal or a page.
type Leak struct {
	Count    int    // goroutines
	Proven   int    // those that the runtime proved to be leaked
	Test     string // the test that they belong to; "" where that is unknown
	Evidence string // what says so: "labelled by TestX"

	Cause string // stable id of the likely mistake: "chan-send"
	Title string // what the goroutines do: "blocked sending on a channel"
	Why   string // the likely mistake
	Fix   string // what to write instead

	At      Site // where they wait: the innermost call of the user's own code
	Started Site // the go statement; zero where the dump does not say
	// where the user's own code called the library that has the go statement; zero where the dump does not say
	Called Site

	Ignore    string               // Go text of an option that leaves out what was started like this
	IDs       []int64              // of the first few goroutines
	Goroutine stackparse.Goroutine // one of them
}

// Site is a place in the code.
type Site struct {
	Func   string // full name: "net/http.(*Server).Serve"
	File   string // shortened for reading
	Line   int    // counted from 1; 0 where it is not known
	Source string // the line's text, where the file can be read
}

func newLeak(f *report.Finding) Leak {
	site := func(s report.Site) Site { return Site{Func: s.Func, File: s.File, Line: s.Line, Source: s.Source} }
	return Leak{
		Count: f.Count, Proven: f.Proven, Test: f.Test, Evidence: f.Evidence,
		Cause: f.Cause.ID, Title: f.Cause.Title, Why: f.Cause.Why, Fix: f.Cause.Fix,
		At: site(f.At), Started: site(f.Started), Called: site(f.Called),
		Ignore: f.Ignore, IDs: slices.Clone(f.IDs), Goroutine: *f.Example.Clone(),
	}
}
