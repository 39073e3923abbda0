package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Decode reads a report that [JSON] has written, in either form. All formats
// render it as they would the one that was written.
//
// The totals are counted again from the findings, which someone may have taken
// out of the file or put together from several. What is wrong with a finding
// is one error, "line 7: problem", with the report of all the others. A
// report that cannot be read at all is nil.
func Decode(r io.Reader) (*Report, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	var head jsonReport
	// In the form with one object, the first line is a brace alone, which is no JSON.
	if err := json.Unmarshal(first, &head); err == nil && head.Findings == nil {
		return decodeLines(&head, rest)
	}
	head = jsonReport{} // without what the first try left
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(data[:offset(err, len(data))], []byte("\n")), err)
	}
	d, err := newDecoder(&head)
	if err != nil {
		return nil, err
	}
	for i := range head.Findings {
		d.add(fmt.Sprintf("finding %d", i+1), &head.Findings[i])
	}
	return d.report, d.err()
}

// offset is where in the data of n bytes err was found.
func offset(err error, n int) int64 {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	at := int64(0)
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at = kind.Offset
	}
	return min(max(at, 0), int64(n))
}

func decodeLines(head *jsonReport, rest []byte) (*Report, error) {
	d, err := newDecoder(head)
	if err != nil {
		return nil, err
	}
	n, found := 1, 0
	for line := range bytes.Lines(rest) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		found++
		where := fmt.Sprintf("line %d", n)
		var f jsonFinding
		if err := json.Unmarshal(line, &f); err != nil {
			d.problem(where, err)
			continue
		}
		d.add(where, &f)
	}
	// A file cut off at the end of a line is valid JSON; only the count in its first line tells.
	if found < head.Kinds {
		d.problem(fmt.Sprintf("line %d", n),
			fmt.Errorf("%d of %d findings are missing: cut off?", head.Kinds-found, head.Kinds))
	}
	return d.report, d.err()
}

// decoder gathers findings, and the first problem with one.
type decoder struct {
	report   *Report
	first    error
	problems int
}

func newDecoder(head *jsonReport) (*decoder, error) {
	switch {
	case head.Format != jsonFormat:
		return nil, fmt.Errorf("line 1: format is %q, want %q", Cut(head.Format, maxName), jsonFormat)
	case head.Version != jsonVersion:
		return nil, fmt.Errorf("line 1: version is %d, and this leakcheck reads %d", head.Version, jsonVersion)
	}
	kind := slices.Index(kindNames[:], head.Kind)
	if kind < 0 {
		return nil, fmt.Errorf("line 1: kind %q is not known", Cut(head.Kind, maxName))
	}
	// The file may come from anywhere: its lists are cut, so that they fit every format.
	r := &Report{Kind: Kind(kind), Package: head.Package, Subject: head.Subject, Remark: head.Remark,
		Crash: head.Crash[:min(len(head.Crash), maxList)], Notes: head.Notes[:min(len(head.Notes), maxList)]}
	for _, q := range head.Requests[:min(len(head.Requests), MaxRequests)] {
		rewrite(&q, boundText)
		r.Requests = append(r.Requests, q)
	}
	for _, l := range head.Left[:min(len(head.Left), maxDecodedLeft)] {
		l.bound()
		r.Left = append(r.Left, l)
	}
	return &decoder{report: r}, nil
}

// maxDecodedLeft bounds the descriptors and child processes that are read.
const maxDecodedLeft = 10000

func (d *decoder) problem(where string, err error) {
	if d.problems++; d.first == nil {
		d.first = fmt.Errorf("%s: %w", where, err)
	}
}

func (d *decoder) err() error {
	if d.problems > 1 {
		return fmt.Errorf("%w (and %s)", d.first, words.Count(d.problems-1, "more problem"))
	}
	return d.first
}

func (d *decoder) add(where string, j *jsonFinding) {
	f, ok := d.finding(where, j)
	if !ok {
		return
	}
	for i := range j.Parts[:min(len(j.Parts), maxList)] {
		p := &j.Parts[i] // its own parts are passed over
		if part, ok := d.finding(fmt.Sprintf("%s, part %d", where, i+1), p); ok {
			f.Parts = append(f.Parts, part)
		}
	}
	r := d.report
	r.Total = sum(r.Total, f.Count)
	r.Proven, r.Unreachable = r.Proven+f.Proven, r.Unreachable+f.Unreachable
	r.Findings = append(r.Findings, f)
}

// finding is what j says, without its parts.
func (d *decoder) finding(where string, j *jsonFinding) (Finding, bool) {
	// An object without a field of Finding leaves the pointer nil.
	if j.Finding == nil {
		j.Finding = &Finding{}
	}
	if j.Count < 1 || j.Proven < 0 || j.Proven > j.Count {
		d.problem(where, fmt.Errorf("count %d with %d proven", j.Count, j.Proven))
		return Finding{}, false
	}
	if j.Unreachable < 0 || j.Unreachable > j.Count {
		d.problem(where, fmt.Errorf("count %d with %d proven and %d unreachable", j.Count, j.Proven, j.Unreachable))
		return Finding{}, false
	}
	f := *j.Finding
	f.IDs = f.IDs[:min(len(f.IDs), maxIDs)]
	if j.Grade == "" {
		f.MinWait, f.MaxWait = 0, 0
	} else {
		// A grade that is not known claims nothing: it counts as the weakest.
		f.Graded, f.MinWait, f.MaxWait = cmp.Or(cause.ParseGrade(j.Grade), cause.Running), max(f.MinWait, 0),
			max(f.MaxWait, 0)
	}
	// Lines that were not known when the report was written are still not: the parser keeps them.
	gs, _ := stackparse.Parse([]byte(j.Example))
	if len(gs) != 1 {
		d.problem(where, fmt.Errorf("the example has %s", goroutines(len(gs))))
	} else {
		f.Example = gs[0]
	}
	f.bound()
	return f, true
}
