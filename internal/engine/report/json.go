package report

import (
	"io"

	"github.com/leakcheck-go/goroutine/internal/engine/jsontext"
)

// JSON renders a report for programs, in a form that [Decode] reads back and
// that report.schema.json describes. It is one object with the findings in it,
// or, with Lines, one object a line: first the report without findings and
// then each finding, so that a reader need not hold them all.
//
// Names stay as they are as long as the version does. New ones may be added, so
// a reader must pass over what it does not know. Strings are
// as the dump printed them, except for bytes that are not UTF-8, which are
// written as \xNN. The text itself is harmless on a terminal: what could do
// more than show itself is written as \uNNNN.
type JSON struct {
	Lines bool
}

// The format and version that a report names.
const (
	jsonFormat  = "leakcheck-report"
	jsonVersion = 1
)

// jsonReport is the whole, and the first line of several.
type jsonReport struct {
	jsonHead
	Findings []jsonFinding `json:"findings,omitzero"`
}

// jsonHead is a report without its findings.
type jsonHead struct {
	Format      string    `json:"format"`
	Version     int       `json:"version"`
	Kind        string    `json:"kind"`
	Package     string    `json:"package,omitempty"`
	Subject     string    `json:"subject,omitempty"`
	Remark      string    `json:"remark,omitempty"`
	Goroutines  int       `json:"goroutines"`
	Proven      int       `json:"proven"`
	Unreachable int       `json:"unreachable,omitempty"`
	Kinds       int       `json:"kinds"`           // number of findings, so that a missing line is noticed
	Crash       []string  `json:"crash,omitempty"` // what the process said when it ended
	Requests    []Request `json:"requests,omitempty"`
	Notes       []string  `json:"notes,omitempty"`
	Left        []Left    `json:"left,omitempty"`
}

// jsonFinding is a finding as it is written, with the fields of Finding that have
// no JSON form of their own.
type jsonFinding struct {
	*Finding
	State   string        `json:"state"`           // of the example, for readers that parse no dumps
	Example string        `json:"example"`         // as Go prints it in a dump
	Grade   string        `json:"grade,omitempty"` // of a dump or a service alone, as are minWait and maxWait
	Parts   []jsonFinding `json:"parts,omitempty"`
}

// kindNames are the kinds of reports by their number.
var kindNames = [...]string{Outlived: "outlived", Hung: "hung", Late: "late", Dumped: "dump"}

// Write prints the report as JSON.
func (j JSON) Write(w io.Writer, r *Report) error {
	r = r.Fold()
	text := jsontext.Writer{Indent: !j.Lines, Escape: escapes}
	head := jsonReport{jsonHead: jsonHead{Format: jsonFormat, Version: jsonVersion, Kind: kindNames[r.Kind],
		Package: r.Package, Subject: r.Subject, Remark: r.Remark, Goroutines: r.Total, Proven: r.Proven,
		Unreachable: r.Unreachable, Kinds: len(r.Findings), Crash: r.Crash,
		Requests: r.Requests, Notes: r.Notes, Left: r.Left}}
	// Build has bounded the findings and no more.
	rewrite(&head.jsonHead, boundText)
	if !j.Lines {
		head.Findings = []jsonFinding{} // [] and not null, by which Decode tells the two forms apart
		for i := range r.Findings {
			head.Findings = append(head.Findings, encodeFinding(&r.Findings[i]))
		}
	}
	out := text.Append(nil, head)
	for i := 0; j.Lines && i < len(r.Findings); i++ {
		out = text.Append(out, encodeFinding(&r.Findings[i]))
	}
	_, err := w.Write(out)
	return err
}

// escapes reports whether r could do more on a terminal or in a page than show
// itself.
func escapes(r rune) bool {
	return r == '<' || r == '>' || r == '&' || r >= 0x7f && unsafe(r)
}

func encodeFinding(f *Finding) jsonFinding {
	c := *f
	c.Stack, c.IDs = append([]Site{}, f.Stack...), append([]int64{}, f.IDs...) // never null
	c.Fix = f.Fix.bound()
	j := jsonFinding{Finding: &c, State: f.Example.State, Example: f.Dump()}
	for i := range f.Parts {
		j.Parts = append(j.Parts, encodeFinding(&f.Parts[i]))
	}
	if f.Graded != 0 {
		j.Grade = f.Graded.String()
	} else {
		c.MinWait, c.MaxWait = 0, 0 // goroutines that outlived a test are not judged by it
	}
	return j
}
