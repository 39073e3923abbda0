// Package pprof renders a report as a profile in the format of
// github.com/google/pprof, for go tool pprof and whatever else shows profiles.
//
// Each finding is a sample that counts goroutines, or two where some of them
// are proven to be leaked and others are not. Tags tell state, cause, test and
// proof ("proven" or "none"), for -tagfocus and its like. The frames are the
// frames of the dump; the go statement, which is not part of the stack, is the
// tag started.
package pprof

import (
	"io"

	"github.com/google/pprof/profile"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Pprof renders a report. The zero value is ready to use.
type Pprof struct{}

// Write writes the profile, compressed by gzip. Text from a dump is escaped as
// for a terminal, where go tool pprof prints it as it is.
func (Pprof) Write(w io.Writer, r *report.Report) error {
	b := builder{
		p: &profile.Profile{
			SampleType: []*profile.ValueType{{Type: "goroutines", Unit: "count"}},
			Comments:   []string{report.Escape(r.Summary())},
		},
		functions: map[functionKey]*profile.Function{},
		locations: map[locationKey]*profile.Location{},
	}
	for i := range r.Findings {
		for _, leaf := range r.Findings[i].Leaves() {
			b.finding(&leaf)
		}
	}
	if err := b.p.CheckValid(); err != nil {
		return err
	}
	return b.p.Write(w)
}

// builder writes each function and each location of a profile once.
type builder struct {
	p         *profile.Profile
	functions map[functionKey]*profile.Function
	locations map[locationKey]*profile.Location
}

type functionKey struct{ name, file string }

type locationKey struct {
	functionKey
	line int
}

func (b *builder) finding(f *report.Finding) {
	var stack []*profile.Location
	for i := range f.Example.Frames {
		stack = append(stack, b.location(&f.Example.Frames[i]))
	}
	for _, part := range []struct {
		proof string
		n     int
	}{{"proven", f.Proven}, {"none", f.Count - f.Proven}} {
		if part.n == 0 {
			continue
		}
		s := &profile.Sample{Location: stack, Value: []int64{int64(part.n)}, Label: map[string][]string{}}
		for key, value := range map[string]string{
			"state": f.Example.State, "cause": f.Cause.ID, "test": f.Test, "proof": part.proof, "started": started(f),
		} {
			if value != "" {
				s.Label[key] = []string{report.Escape(value)}
			}
		}
		b.p.Sample = append(b.p.Sample, s)
	}
}

func started(f *report.Finding) string {
	if f.Started.Func == "" {
		return ""
	}
	return f.Started.Func + " " + f.Started.Position()
}

func (b *builder) location(f *stackparse.Frame) *profile.Location {
	key := locationKey{functionKey{report.Escape(f.Func), report.Escape(f.File)}, f.Line}
	if loc := b.locations[key]; loc != nil {
		return loc
	}
	loc := &profile.Location{ID: uint64(len(b.p.Location) + 1),
		Line: []profile.Line{{Function: b.function(key.functionKey), Line: int64(f.Line)}}}
	b.locations[key] = loc
	b.p.Location = append(b.p.Location, loc)
	return loc
}

func (b *builder) function(key functionKey) *profile.Function {
	if fn := b.functions[key]; fn != nil {
		return fn
	}
	fn := &profile.Function{ID: uint64(len(b.p.Function) + 1), Name: key.name, SystemName: key.name, Filename: key.file}
	b.functions[key] = fn
	b.p.Function = append(b.p.Function, fn)
	return fn
}
