// Package sarif renders a report in SARIF, the Static Analysis Results
// Interchange Format, version 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0),
// which code scanning services and editors read.
//
// Each cause among the findings is a rule, with its fix as help, and each
// finding a result: its location is where the goroutines wait, or, if that is
// in no file of the main module, the go statement, which is a related location
// anyway; its stack is the calls. Files of
// the main module are given relative to SRCROOT, the root of the repository;
// files elsewhere only by name, since they mean nothing to a reader of the
// repository.
package sarif

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// SARIF renders a report. The zero value is ready to use.
type SARIF struct {
	// Dir is the folder of the main module below the root of the repository,
	// with slashes; "" where they are the same.
	Dir string
}

// The schema of the format, and the name of the tool.
const (
	version   = "2.1.0"
	schemaURI = "https://json.schemastore.org/sarif-2.1.0.json"
	toolName  = "leakcheck"
	toolURI   = "https://github.com/leakcheck-go/goroutine"
	base      = "SRCROOT"
)

// Write prints the report as a log of one run. Text from a dump is escaped as
// for a terminal: a viewer shows it as it is.
func (s SARIF) Write(w io.Writer, r *report.Report) error {
	r = r.Fold()
	run := runObject{Results: []result{}, ColumnKind: "utf16CodeUnits"}
	run.Tool.Driver = driver{Name: toolName, InformationURI: toolURI, Rules: []rule{}}
	run.OriginalURIBaseIDs = map[string]uriBase{base: {message{Text: "The root of the repository."}}}
	for i := range r.Findings {
		f := &r.Findings[i]
		out := s.result(f, r)
		out.RuleIndex = run.rule(newRule(out.RuleID, f.Cause))
		run.Results = append(run.Results, out)
	}
	s.left(&run, r)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	if err := enc.Encode(log{Schema: schemaURI, Version: version, Runs: []runObject{run}}); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// rule returns the index of a rule, which is added if there is none of that id.
func (run *runObject) rule(r rule) int {
	rules := &run.Tool.Driver.Rules
	n := slices.IndexFunc(*rules, func(other rule) bool { return other.ID == r.ID })
	if n < 0 {
		n = len(*rules)
		*rules = append(*rules, r)
	}
	return n
}

// left adds a rule for descriptors and one for child processes, and a result for
// each of them.
func (s SARIF) left(run *runObject, r *report.Report) {
	for i := range r.Left {
		l := &r.Left[i]
		id, title := "descriptor", "descriptor that was not closed"
		if l.Kind == "child" {
			id, title = "child-process", "child process that was not waited for"
		}
		n := run.rule(rule{ID: id, ShortDescription: message{Text: title}, Help: message{Text: report.Escape(l.Fix)}})
		text := l.Title() + " outlived " + short(cmp.Or(l.Test, r.Subject))
		if l.Why != "" {
			text += ": " + l.Why
		}
		out := result{
			RuleID: id, RuleIndex: n, Level: "error", OccurrenceCount: 1,
			Message:             message{Text: report.Escape(text + ". Fix: " + l.Fix + ".")},
			PartialFingerprints: fingerprint(l.Kind, l.Test, l.Opened.Func, l.Ignore),
			Properties:          properties{Test: report.Escape(l.Test), Ignore: report.Escape(l.Ignore)},
		}
		if l.Opened.Func != "" {
			out.Locations = []location{s.location(&l.Opened, "")}
		}
		run.Results = append(run.Results, out)
	}
}

// ruleID is the id of a cause. One that a file brought may be anything.
func ruleID(c cause.Cause) string {
	if c.ID == "" {
		return "other"
	}
	return report.Escape(c.ID)
}

func newRule(id string, c cause.Cause) rule {
	title := report.Escape(c.Title)
	if id == "library" {
		title = "of a library that nobody stopped" // each finding has its own module
	}
	if id == "other" {
		title = "in a state that leakcheck does not know" // each finding has its own
	}
	r := rule{ID: id, ShortDescription: message{Text: "goroutine " + title}}
	if c.Why != "" {
		r.FullDescription = &message{Text: report.Escape(c.Why)}
	}
	r.Help.Text = "Find what the goroutine waits for, and end it."
	if c.Fix != "" {
		r.Help.Text = report.Escape(c.Fix)
	}
	return r
}

func (s SARIF) result(f *report.Finding, r *report.Report) result {
	out := result{
		RuleID: ruleID(f.Cause), Level: "error",
		Message:             message{Text: text(f, r)},
		OccurrenceCount:     f.Count,
		PartialFingerprints: fingerprint(names(f)...),
		Properties:          properties{Proven: f.Proven, Test: report.Escape(f.Test), Ignore: report.Escape(f.Ignore)},
	}
	out.Fixes = s.fixes(f)
	if f.Rank > 0 {
		out.Level = "warning" // waits for another finding
	}
	if site := cmp.Or(f.InModule(), &f.At); site.Func != "" {
		out.Locations = []location{s.location(site, "")}
	}
	if f.Started.Func != "" {
		out.RelatedLocations = append(out.RelatedLocations, s.location(&f.Started, "started by this go statement"))
	}
	if f.Called.Func != "" {
		out.RelatedLocations = append(out.RelatedLocations, s.location(&f.Called, "the call that led to it"))
	}
	for _, leaf := range f.Leaves() {
		if len(leaf.Stack) == 0 {
			continue
		}
		st := stack{Message: message{Text: "calls, innermost first"}}
		for i := range leaf.Stack {
			st.Frames = append(st.Frames, frame{Location: s.location(&leaf.Stack[i], "")})
		}
		out.Stacks = append(out.Stacks, st)
	}
	return out
}

// text is the message: what a viewer shows first has to say it all. It differs
// from one result to the next, as viewers take results with one message for one.
func text(f *report.Finding, r *report.Report) string {
	s := f.Title()
	switch test := short(cmp.Or(f.Test, r.Subject)); {
	case r.Kind == report.Outlived && test != "" && f.Graded == 0 && f.Count == 1:
		s = fmt.Sprintf("1 goroutine outlived %s, %s", test, f.Cause.Title)
	case r.Kind == report.Outlived && test != "" && f.Graded == 0:
		s = fmt.Sprintf("%d goroutines outlived %s, %s", f.Count, test, f.Cause.Title)
	case f.Test != "":
		s += " in " + test
	}
	for _, p := range []struct {
		what string
		site *report.Site
	}{{" at ", &f.At}, {", started at ", &f.Started}, {", called at ", &f.Called}} {
		if p.site.Func != "" {
			s += p.what + place(p.site)
		}
	}
	if grade := f.Grade(); grade != "" {
		s += " (" + grade + ")"
	}
	if f.Cause.Why != "" {
		s += ": " + f.Cause.Why
	}
	if f.Cause.Fix != "" {
		s += ". Fix: " + f.Cause.Fix
	}
	return report.Escape(s + ".")
}

func place(s *report.Site) string {
	name := short(report.Name(s.Func))
	if s.File == "" {
		return name
	}
	return fmt.Sprintf("%s (%s)", short(s.Position()), name)
}

// short bounds what a name takes of a message.
func short(s string) string {
	const most = 200 // runes
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "..."
		}
		n++
	}
	return s
}

func (s SARIF) location(site *report.Site, note string) location {
	out := location{LogicalLocations: []logicalLocation{{FullyQualifiedName: report.Escape(site.Func), Kind: "function"}}}
	if note != "" {
		out.Message = &message{Text: note}
	}
	if site.Path == "" {
		if site.File != "" {
			out.Message = &message{Text: strings.TrimSpace(note + " " + report.Escape(site.Position()))}
		}
		return out
	}
	out.PhysicalLocation = &physicalLocation{ArtifactLocation: artifactLocation{URI: uri(path.Join(s.Dir, site.Path)),
		URIBaseID: base}}
	if site.Line > 0 {
		out.PhysicalLocation.Region = &region{StartLine: site.Line}
		if site.Source != "" {
			out.PhysicalLocation.Region.Snippet = &message{Text: report.Escape(site.Source)}
		}
	}
	return out
}

// uri is a relative reference (RFC 3986): a colon in the first segment would
// make a scheme of it.
func uri(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(s), ":", "%3A")
	}
	return strings.Join(segments, "/")
}

// fingerprint stays the same from run to run, and when lines move, if parts do.
func fingerprint(parts ...string) map[string]string {
	h := fnv.New128a()
	_, _ = io.WriteString(h, strings.Join(parts, "\x00"))
	return map[string]string{"leakcheckStack/v1": fmt.Sprintf("%x", h.Sum(nil))}
}

// names are those of the cause and the functions of a finding.
func names(f *report.Finding) []string {
	parts := []string{f.Cause.ID, f.Started.Func, f.Test}
	for i := range f.Stack {
		parts = append(parts, f.Stack[i].Func)
	}
	if f.Called.Func != "" {
		parts = append(parts, "called "+f.Called.Func)
	}
	return parts
}
