package pprofile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/google/pprof/profile"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// protobuf reads a decoded profile, a sample at a time: what a sample takes as
// a goroutine is not bounded by what it takes in the profile, where calls are
// shared.
type protobuf struct {
	file    string // name of the input
	name    string // of the profile
	ours    bool   // written by this package
	p       *profile.Profile
	value   int                          // which value of a sample counts goroutines
	samples int                          // how many have been read
	printed map[*profile.Function]string // names as in dumps

	// The goroutine of the last sample, and memory for the next.
	g      stackparse.Goroutine
	facts  stackparse.Creator // of g, if Write has noted one
	calls  []call
	frames []stackparse.Frame
	labels []stackparse.Label
}

// goroutineTypes are the sample types that count goroutines: those of the
// runtime, and the name that some collectors give them.
var goroutineTypes = []string{"goroutine", leakProfile, "goroutines"}

// newProtobuf reads and decodes a profile.
func newProtobuf(in io.Reader, file string, maxMemory int64) (src source, name string, err error) {
	p, err := decode(in, maxMemory)
	if err != nil {
		return nil, "", err
	}
	var types []string
	for i, t := range p.SampleType {
		if !slices.Contains(goroutineTypes, t.Type) {
			types = append(types, strconv.Quote(t.Type))
			continue
		}
		r := &protobuf{file: file, p: p, value: i, printed: map[*profile.Function]string{}}
		r.name = strings.TrimSuffix(t.Type, "s")
		r.ours = slices.Contains(p.Comments, written)
		return r, r.name, nil
	}
	if types == nil {
		return nil, "", notProfile(errors.New("no sample types"))
	}
	return nil, "", noGoroutines(strings.Join(types, ", "))
}

// decode reads a profile into the memory it may take.
func decode(in io.Reader, maxMemory int64) (*profile.Profile, error) {
	data, err := readAll(in, maxMemory)
	if err != nil {
		return nil, err
	}
	// Before it is decoded: package profile has no bound.
	if err := checkSize(data, maxMemory); err != nil {
		return nil, err
	}
	p, err := profile.ParseUncompressed(data)
	if err == nil {
		err = p.CheckValid()
	}
	switch {
	case err != nil:
		return nil, notProfile(err)
	// Only now: a sample has ids, and how many calls these stand for is in the
	// locations.
	case countCalls(p) > maxMemory/frameSize:
		return nil, tooLarge(maxMemory)
	}
	return p, nil
}

// frameSize is about what a frame takes, in bytes.
const frameSize = 72

// countCalls counts the frames of all goroutines of p together: a few samples
// of a few bytes may each name a location that stands for thousands.
func countCalls(p *profile.Profile) int64 {
	n := int64(0)
	for _, s := range p.Sample {
		sample := int64(0)
		for _, l := range s.Location {
			sample += int64(max(len(l.Line), 1))
		}
		n += min(sample, maxFrames)
	}
	return n
}

func (r *protobuf) next(rec *Record) (bool, []error, error) {
	for r.samples < len(r.p.Sample) {
		s := r.p.Sample[r.samples]
		r.samples++
		problems := r.readSample(s)
		if r.name == leakProfile && isPhantom(r.frames) {
			continue
		}
		*rec = Record{s.Value[r.value], &r.g}
		return true, problems, nil
	}
	return false, nil, nil
}

// readSample reads s into r.g and returns what is wrong with it.
func (r *protobuf) readSample(s *profile.Sample) (problems []error) {
	r.g = stackparse.Goroutine{Leaked: r.name == leakProfile}
	if !r.readCalls(s) {
		problems = append(problems, fmt.Errorf("%s: sample %d: stack cut at %d frames", r.file, r.samples, maxFrames))
	}
	r.frames = r.frames[:0]
	for _, c := range r.calls {
		r.frames = append(r.frames, c.frame())
	}
	if !r.ours {
		// What we have written is a stack of a dump, and its state stands with it.
		r.g.State = operation(r.calls)
		r.frames = trim(r.frames)
	}
	if len(r.frames) > 0 {
		r.g.Frames = r.frames
	}
	r.readLabels(s)
	return problems
}

// readCalls lists the calls of a sample, inlined ones as well. It returns
// false if there are too many.
func (r *protobuf) readCalls(s *profile.Sample) bool {
	r.calls = r.calls[:0]
	for _, l := range s.Location {
		if len(l.Line) == 0 {
			r.calls = append(r.calls, call{fn: foreign, pc: l.Address})
		}
		for _, line := range l.Line {
			r.calls = append(r.calls, call{r.nameOf(line.Function), line.Function.Filename, line.Line, line.Function.StartLine,
				l.Address})
			// One more is read than is kept: a stack of just that many is whole.
			if len(r.calls) > maxFrames {
				break
			}
		}
		if len(r.calls) > maxFrames {
			r.calls = r.calls[:maxFrames]
			return false
		}
	}
	return true
}

// nameOf returns the name of fn as dumps print it.
func (r *protobuf) nameOf(fn *profile.Function) string {
	name, ok := r.printed[fn]
	if !ok {
		name = fn.Name
		// What Write wrote has the names of a dump already.
		if !r.ours {
			name = printed(name)
		}
		r.printed[fn] = name
	}
	return name
}

// frame returns the frame of a call.
func (c call) frame() stackparse.Frame {
	if c.fn == foreign {
		return stackparse.Frame{Func: foreign, Args: "pc=0x" + strconv.FormatUint(c.pc, 16)}
	}
	line := c.line
	if line < 0 || line > 1<<31-1 {
		line = 0 // no line of a file
	}
	return stackparse.Frame{Func: c.fn, Args: unknownArgs, File: c.file, Line: int(line)}
}

// readLabels takes the labels of a sample in the order of their keys, which is
// that of the runtime.
func (r *protobuf) readLabels(s *profile.Sample) {
	r.labels = r.labels[:0]
	for key, values := range s.Label {
		for _, v := range values {
			if !r.ours || !r.readFact(key, v) {
				r.labels = append(r.labels, stackparse.Label{Key: key, Value: v})
			}
		}
	}
	for key, values := range s.NumLabel {
		for i, v := range values {
			if !r.ours || !r.readNumber(key, v) {
				r.labels = append(r.labels, stackparse.Label{Key: key, Value: withUnit(v, s.NumUnit[key], i)})
			}
		}
	}
	if len(r.labels) > 0 {
		slices.SortFunc(r.labels, func(a, b stackparse.Label) int {
			return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(a.Value, b.Value))
		})
		r.g.Labels = r.labels
	}
}

// withUnit prints the number of a label, which labels of goroutines never are.
func withUnit(v int64, units []string, i int) string {
	s := strconv.FormatInt(v, 10)
	if i < len(units) && units[i] != "" {
		s += " " + units[i]
	}
	return s
}
