package pprofile

import (
	"io"
	"strings"
	"time"

	"github.com/google/pprof/profile"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Write writes records as a protobuf profile, compressed by gzip, that
// go tool pprof opens. [Reader] reads back the counts, the calls with file and
// line, the labels, in the order of their keys, and the facts that a profile of
// the runtime has no place for. Those are labels here as well, so that
// -tagfocus finds them: goroutine.state and others that start "goroutine.".
//
// A profile has no place for arguments, offsets in functions, the addresses of
// C functions that have a name, ancestors and text that was not understood. The
// error is that of w.
func Write(w io.Writer, recs []Record) error {
	b := &builder{
		p: &profile.Profile{
			SampleType: []*profile.ValueType{{Type: "goroutine", Unit: "count"}},
			PeriodType: &profile.ValueType{Type: "goroutine", Unit: "count"},
			Period:     1,
			Comments:   []string{written},
		},
		functions: map[function]*profile.Function{},
		locations: map[location]*profile.Location{},
	}
	for _, rec := range recs {
		b.add(rec)
	}
	return b.p.Write(w)
}

// builder gathers a profile. Functions and locations that come twice are there
// once.
type builder struct {
	p         *profile.Profile
	functions map[function]*profile.Function
	locations map[location]*profile.Location
}

type (
	function struct{ name, file string }
	location struct {
		function
		line  int
		named bool // else there is nothing but an address
		pc    uint64
	}
)

func (b *builder) add(rec Record) {
	s := &profile.Sample{Value: []int64{rec.Count}}
	for _, f := range rec.Goroutine.Frames {
		s.Location = append(s.Location, b.location(f))
	}
	b.p.Sample = append(b.p.Sample, s)
	f := facts{s}
	f.goroutine(rec.Goroutine)
	for _, l := range rec.Goroutine.Labels {
		f.label(l)
	}
}

func (b *builder) location(f stackparse.Frame) *profile.Location {
	key := location{function: function{f.Func, f.File}, line: f.Line, named: true}
	if f.Func == foreign {
		pc, ok := parseHex([]byte(strings.TrimPrefix(f.Args, "pc=")))
		if ok {
			key = location{pc: pc}
		}
	}
	l := b.locations[key]
	if l == nil {
		// From 1: an id of 0 is none in profile.proto.
		l = &profile.Location{ID: uint64(len(b.p.Location) + 1), Address: key.pc}
		if key.named {
			l.Line = []profile.Line{{Function: b.function(key.function), Line: int64(f.Line)}}
		}
		b.locations[key] = l
		b.p.Location = append(b.p.Location, l)
	}
	return l
}

func (b *builder) function(key function) *profile.Function {
	fn := b.functions[key]
	if fn == nil {
		fn = &profile.Function{ID: uint64(len(b.p.Function) + 1), Name: key.name, SystemName: key.name, Filename: key.file}
		b.functions[key] = fn
		b.p.Function = append(b.p.Function, fn)
	}
	return fn
}

// written is the comment by which a profile says that labels starting with
// prefix are facts and not labels of goroutines.
const written = "goroutines, written by stackparse/pprofile, version 1"

// The labels that hold facts.
const (
	prefix       = "goroutine."
	factState    = prefix + "state"
	factFlag     = prefix + "flag"   // "leaked", "durable", …
	factEmpty    = prefix + "empty"  // key of a label whose value is "", which profiles do not hold
	factLabel    = prefix + "label." // and the key of a label that starts with prefix
	factCreator  = prefix + "creator"
	factFile     = prefix + "creator.file"
	factLine     = prefix + "creator.line"
	factParent   = prefix + "creator.id"
	factID       = prefix + "id"
	factWait     = prefix + "wait" // in minutes
	factBubble   = prefix + "bubble"
	factElided   = prefix + "elided"
	factElidedAt = prefix + "elided.at"
)

// facts adds labels to a sample.
type facts struct{ s *profile.Sample }

func (f facts) goroutine(g *stackparse.Goroutine) {
	f.text(factState, g.State)
	for _, flag := range flags(g) {
		if *flag.set {
			f.text(factFlag, flag.name)
		}
	}
	f.number(factID, g.ID, "id")
	f.number(factWait, int64(g.Wait/time.Minute), "minutes")
	f.number(factBubble, g.Bubble, "id")
	f.number(factElided, int64(g.Elided), "frames")
	f.number(factElidedAt, int64(g.ElidedAt), "frames")
	if c := g.Creator; c != nil {
		f.text(factCreator, c.Func)
		f.text(factFile, c.File)
		f.number(factLine, int64(c.Line), "line")
		f.number(factParent, c.Goroutine, "id")
	}
}

func (f facts) label(l stackparse.Label) {
	key := l.Key
	// Else a label of the program could be read back as a fact.
	if strings.HasPrefix(key, prefix) {
		key = factLabel + key
	}
	if l.Value == "" {
		key, l.Value = factEmpty, "="+l.Key
	}
	f.text(key, l.Value)
}

func (f facts) text(key, value string) {
	if value == "" {
		return
	}
	if f.s.Label == nil {
		f.s.Label = map[string][]string{}
	}
	f.s.Label[key] = append(f.s.Label[key], value)
}

func (f facts) number(key string, value int64, unit string) {
	if value == 0 {
		return
	}
	if f.s.NumLabel == nil {
		f.s.NumLabel, f.s.NumUnit = map[string][]int64{}, map[string][]string{}
	}
	f.s.NumLabel[key] = append(f.s.NumLabel[key], value)
	f.s.NumUnit[key] = append(f.s.NumUnit[key], unit)
}

// flag is a field of a goroutine that is set or not.
type flag struct {
	name string
	set  *bool
}

func flags(g *stackparse.Goroutine) []flag {
	return []flag{{"leaked", &g.Leaked}, {"durable", &g.Durable}, {"scan", &g.Scan},
		{"locked to thread", &g.LockedToThread}}
}

// readFact takes a label that Write has added, and returns false if it is one
// of the goroutine instead. A key with its prefix removed is one.
func (r *protobuf) readFact(key, value string) bool {
	switch key {
	case factState:
		r.g.State = value
	case factFlag:
		for _, flag := range flags(&r.g) {
			*flag.set = *flag.set || flag.name == value
		}
	case factCreator:
		r.creator().Func = value
	case factFile:
		r.creator().File = value
	case factEmpty:
		r.labels = append(r.labels, stackparse.Label{Key: strings.TrimPrefix(value, "=")})
	default:
		own, ok := strings.CutPrefix(key, factLabel)
		if ok {
			r.labels = append(r.labels, stackparse.Label{Key: own, Value: value})
		}
		return ok
	}
	return true
}

// readNumber is readFact for numbers.
func (r *protobuf) readNumber(key string, value int64) bool {
	// Write notes no such number, so this is a label that somebody else has added.
	if value < 0 {
		return false
	}
	switch key {
	case factID:
		r.g.ID = value
	case factWait:
		r.g.Wait = minutes(value)
	case factBubble:
		r.g.Bubble = value
	case factElided:
		r.g.Elided = small(value)
	case factElidedAt:
		r.g.ElidedAt = small(value)
	case factLine:
		r.creator().Line = small(value)
	case factParent:
		r.creator().Goroutine = value
	default:
		return false
	}
	return true
}

func (r *protobuf) creator() *stackparse.Creator {
	if r.g.Creator == nil {
		r.facts = stackparse.Creator{}
		r.g.Creator = &r.facts
	}
	return r.g.Creator
}

// minutes and small keep numbers of hostile profiles in range.
func minutes(n int64) time.Duration {
	return time.Duration(min(n, int64(1<<63-1)/int64(time.Minute))) * time.Minute
}

func small(n int64) int { return int(min(n, 1<<31-1)) }
