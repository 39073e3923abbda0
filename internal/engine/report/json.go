package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
)

// JSON renders a report for programs, in a form that [Decode] reads back and
// that report.schema.json describes. It is one object with the findings in it,
// or, with Lines, one object a line: first the report without findings and
// then each finding, so that a reader need not hold them all.
//
// Names stay as they are as long as the version does: what is new is added
// beside them, so a reader must pass over what it does not know. Strings are
// as the dump printed them, but for bytes that are not UTF-8, which are
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
	Format     string        `json:"format"`
	Version    int           `json:"version"`
	Kind       string        `json:"kind"`
	Package    string        `json:"package,omitempty"`
	Subject    string        `json:"subject,omitempty"`
	Remark     string        `json:"remark,omitempty"`
	Goroutines int           `json:"goroutines"`
	Proven     int           `json:"proven"`
	Kinds      int           `json:"kinds"` // number of findings, so that a missing line is noticed
	Notes      []string      `json:"notes,omitempty"`
	Findings   []jsonFinding `json:"findings,omitzero"`
}

type jsonFinding struct {
	Count    int        `json:"count"`
	Proven   int        `json:"proven"`
	Rank     int        `json:"rank"`
	Test     string     `json:"test,omitempty"`
	Evidence string     `json:"evidence,omitempty"`
	Through  []string   `json:"through,omitempty"`
	Waits    string     `json:"waits,omitempty"`
	Trend    string     `json:"trend,omitempty"`
	State    string     `json:"state"` // of the example, for readers that parse no dumps
	Cause    jsonCause  `json:"cause"`
	At       *jsonSite  `json:"at,omitempty"`
	Started  *jsonSite  `json:"started,omitempty"`
	Called   *jsonSite  `json:"called,omitempty"`
	Ignore   string     `json:"ignore,omitempty"`
	IDs      []int64    `json:"ids"`
	Stack    []jsonSite `json:"stack"`
	Example  string     `json:"example"` // as Go prints it in a dump

	Grade   string `json:"grade,omitempty"`   // of a dump or a service alone, as are:
	MinWait int    `json:"minWait,omitempty"` // minutes
	MaxWait int    `json:"maxWait,omitempty"`
}

type jsonCause struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Why   string `json:"why,omitempty"`
	Fix   string `json:"fix,omitempty"`

	Source string `json:"source,omitempty"` // where that can be read: a link, or a package and name
	Since  string `json:"since,omitempty"`  // release of Go
	Lint   string `json:"lint,omitempty"`   // a pass or linter that finds it in the source
}

type jsonSite struct {
	Func   string `json:"func"`
	File   string `json:"file"`
	Path   string `json:"path,omitempty"`
	Line   int    `json:"line"`
	Source string `json:"source,omitempty"`
	Std    bool   `json:"std,omitempty"`
}

// kindNames are the kinds of reports by their number.
var kindNames = [...]string{Outlived: "outlived", Hung: "hung", Late: "late", Dumped: "dump"}

// Write prints the report as JSON.
func (j JSON) Write(w io.Writer, r *Report) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	head := jsonReport{Format: jsonFormat, Version: jsonVersion, Kind: kindNames[r.Kind], Package: encodeText(r.Package), Subject: encodeText(r.Subject),
		Remark: encodeText(r.Remark), Goroutines: r.Total, Proven: r.Proven, Kinds: len(r.Findings)}
	for _, note := range r.Notes {
		head.Notes = append(head.Notes, encodeText(note))
	}
	if !j.Lines {
		enc.SetIndent("", "  ")
		head.Findings = []jsonFinding{}
		for i := range r.Findings {
			head.Findings = append(head.Findings, encodeFinding(&r.Findings[i]))
		}
	}
	if err := enc.Encode(head); err != nil {
		return err
	}
	for i := 0; j.Lines && i < len(r.Findings); i++ {
		if err := enc.Encode(encodeFinding(&r.Findings[i])); err != nil {
			return err
		}
	}
	_, err := w.Write(harmless(b.Bytes()))
	return err
}

func encodeFinding(f *Finding) jsonFinding {
	j := jsonFinding{
		Count: f.Count, Proven: f.Proven, Rank: f.Rank,
		Test: valid(f.Test), Evidence: valid(f.Evidence), Waits: valid(f.Waits), Trend: valid(f.Trend),
		State: valid(f.Example.State),
		Cause: jsonCause{ID: valid(f.Cause.ID), Title: valid(f.Cause.Title), Why: valid(f.Cause.Why), Fix: valid(f.Cause.Fix),
			Source: valid(f.Cause.Source), Since: valid(f.Cause.Since), Lint: valid(f.Cause.Lint)},
		At:      encodeSite(f.At),
		Started: encodeSite(f.Started),
		Called:  encodeSite(f.Called),
		Ignore:  valid(f.Ignore),
		IDs:     append([]int64{}, f.IDs...),
		Stack:   []jsonSite{},
		Example: valid(f.dump()),
	}
	for _, fn := range f.Through {
		j.Through = append(j.Through, valid(fn))
	}
	for _, s := range f.Stack {
		j.Stack = append(j.Stack, *encodeSite(s))
	}
	if f.Graded != 0 {
		j.Grade, j.MinWait, j.MaxWait = f.Graded.String(), f.MinWait, f.MaxWait
	}
	if f.At == (Site{}) {
		j.At = nil
	}
	if f.Started == (Site{}) {
		j.Started = nil
	}
	if f.Called == (Site{}) {
		j.Called = nil
	}
	return j
}

// encodeText is for strings that [Build] has not bounded.
func encodeText(s string) string {
	boundText(&s)
	return valid(s)
}

func encodeSite(s Site) *jsonSite {
	return &jsonSite{Func: valid(s.Func), File: valid(s.File), Path: valid(s.Path), Line: s.Line, Source: valid(s.Source), Std: s.Std}
}

func (s *jsonSite) site() Site {
	if s == nil {
		return Site{}
	}
	return Site(*s)
}

func (c jsonCause) cause() cause.Cause {
	return cause.Cause{ID: c.ID, Title: c.Title, Why: c.Why, Fix: c.Fix, Source: c.Source, Since: c.Since, Lint: c.Lint}
}

// valid writes the bytes of s that are not UTF-8 as [Escape] would. JSON has
// no place for them, and so a report reads the same before and after.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[i])
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// harmless rewrites the characters in JSON that could do more on a terminal
// than show themselves. They can only be in strings; the encoder has done so
// with those of ASCII but DEL.
func harmless(text []byte) []byte {
	if !bytes.ContainsFunc(text, hides) {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case !hides(r):
			out = append(out, text[i:i+size]...)
		case r > 0xffff:
			r -= 0x10000 // a surrogate pair
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	return out
}

func hides(r rune) bool { return r >= 0x7f && unsafe(r) }
