// Package survey counts what the goroutines of dumps do.
//
// A [Survey] takes goroutines one by one and groups those it is to show. Its
// memory is bounded, whatever it is given. While there are few goroutines it
// keeps each of them, so that they can be looked at together: who holds the
// lock that others wait for. Of more it keeps an example of each kind, and of
// kinds beyond a bound nothing but their number.
package survey

import (
	"errors"
	"hash/maphash"
	"slices"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// Options say what a survey shows. The zero value shows all that is not known
// to be harmless, one kind for each stack.
type Options struct {
	By     stackparse.Similarity // 0 is [stackparse.SameLines]
	Filter *filters.Filter       // only goroutines that it matches; nil is all
	All    bool                  // those that are known to be harmless as well
	Mixed  bool                  // the goroutines are of several processes: ids and addresses mean nothing
}

// Bounds of what a survey holds, in goroutines or stacks, and in their calls.
const (
	maxKept  = 20_000
	maxCalls = 400_000
)

// Survey is what goroutines do. The zero value is not ready: see [New].
type Survey struct {
	Total    int64 // goroutines that were read
	Harmless int64 // of these, left out as known to be harmless
	Filtered int64 // of these, left out by the filter
	Crowded  int64 // of these, left out because there were too many kinds

	// What was wrong with the input.
	Incomplete   []error // parts that are missing, the first few
	Problems     int     // parts that were not understood
	FirstProblem error   // the first of those
	Assumed      []error // what was assumed to read them, the first few
	Unread       int64   // goroutines of whose stack nothing could be read

	Crashes []Crash // what the processes said when they crashed, the first few

	o     Options
	kept  []pprofile.Record // all goroutines, while there are few
	many  bool              // there are more
	calls int               // of kept, or of the stacks in known
	most  [2]int            // kept goroutines or stacks, and calls

	groups *stackparse.Grouper
	seed   maphash.Seed
	buf    []byte            // of the last key
	known  map[uint64]string // causes by stack, where they are asked for
	args   map[uint64]*stackArgs

	spread spread // of several dumps
}

// New returns a survey of nothing.
func New(o Options) *Survey {
	if o.By == 0 {
		o.By = stackparse.SameLines
	}
	return &Survey{
		o: o, most: [2]int{maxKept, maxCalls}, groups: stackparse.NewGrouper(o.By),
		seed: maphash.MakeSeed(), known: map[uint64]string{}, args: map[uint64]*stackArgs{},
	}
}

// Source is what records are read from, such as a load.Input.
type Source interface {
	Scan() bool
	Record() *pprofile.Record
	Problems() []error
	Err() error
}

// Read takes all goroutines of a source and returns the error that ended it.
// What came before the error counts.
func (s *Survey) Read(in Source) error {
	for in.Scan() {
		s.note(in.Problems())
		r := in.Record()
		if c, ok := in.(crasher); ok && c.Crash() != nil {
			s.crashed(c.Crash(), r)
		}
		s.add(r)
	}
	s.note(in.Problems())
	return in.Err()
}

func (s *Survey) note(problems []error) {
	const most = 5
	for _, p := range problems {
		switch {
		case errors.Is(p, stackparse.ErrIncomplete):
			if len(s.Incomplete) < most {
				s.Incomplete = append(s.Incomplete, p)
			}
		case errors.Is(p, stackparse.ErrText): // a log's lines are no problem
		case errors.Is(p, stackparse.ErrAssumed):
			if len(s.Assumed) < most {
				s.Assumed = append(s.Assumed, p)
			}
		default:
			if s.Problems++; s.FirstProblem == nil {
				s.FirstProblem = p
			}
		}
	}
}

// add takes a record.
func (s *Survey) add(r *pprofile.Record) {
	if r.Count == 0 {
		return
	}
	s.Total += r.Count
	if unread(r.Goroutine) {
		s.Unread += r.Count
	}
	r = &pprofile.Record{Count: r.Count, Goroutine: trimmed(r.Goroutine)}
	if s.o.Mixed {
		r.Goroutine = anonymous(r.Goroutine)
		s.share(r)
	}
	if !s.many && len(s.kept) < s.most[0] && s.calls+len(r.Goroutine.Frames) <= s.most[1] {
		s.kept = append(s.kept, pprofile.Record{Count: r.Count, Goroutine: r.Goroutine.Clone()})
		s.calls += len(r.Goroutine.Frames)
		return
	}
	if !s.many {
		s.many, s.calls = true, 0
		for i := range s.kept {
			s.count(&s.kept[i])
		}
		s.kept = nil
	}
	s.count(r)
}

// count adds a record to its group, if it is to be shown and not a kind too
// many.
func (s *Survey) count(r *pprofile.Record) {
	g := r.Goroutine
	key := s.key(g)
	id, seen := s.known[key]
	if !seen {
		if len(s.known) >= s.most[0] || s.calls+len(g.Frames) > s.most[1] {
			s.Crowded += r.Count
			return
		}
		if s.asksForCause() {
			id = cause.Of(g, nil).ID
		}
		s.known[key] = id
		s.calls += len(g.Frames)
	}
	if s.shows(g, id, r.Count) {
		s.groups.AddCount(g, r.Count)
		s.compare(s.args, key, r)
	}
}

// stackArgs are the arguments of the goroutines with one stack.
type stackArgs struct {
	relate.Arguments
	n int64 // goroutines
}

func (s *Survey) compare(all map[uint64]*stackArgs, key uint64, r *pprofile.Record) {
	if s.o.Mixed { // an address is another thing in each process
		return
	}
	a := all[key]
	if a == nil {
		a = &stackArgs{}
		all[key] = a
	}
	a.Add(r.Goroutine, r.Count)
	a.n += r.Count
}

// kind makes one of a group, whose arguments can be compared if all of it has one
// stack.
func (s *Survey) kind(g stackparse.Grouped, index int, all map[uint64]*stackArgs) Kind {
	k := Kind{Grouped: g, Index: index, Shares: s.shares(g.Goroutine)}
	if a := all[s.key(g.Goroutine)]; a != nil && a.n == g.Count {
		k.Args = &a.Arguments
	}
	return k
}

// shows reports whether a goroutine is to be shown, and counts it if not.
func (s *Survey) shows(g *stackparse.Goroutine, cause string, n int64) bool {
	switch {
	case !s.o.All && !g.Leaked && Harmless(g):
		s.Harmless += n
	case s.o.Filter != nil && !s.o.Filter.MatchSubject(filters.Subject{Goroutine: g, Cause: cause}):
		s.Filtered += n
	default:
		return true
	}
	return false
}

func (s *Survey) asksForCause() bool { return s.o.Filter != nil && s.o.Filter.NeedsSubject() }

// key is equal for goroutines with the same stack, which are in the same group then.
// It is a hash: the texts of many long stacks would be several megabytes.
func (s *Survey) key(g *stackparse.Goroutine) uint64 {
	s.buf = (s.o.By | stackparse.SameLines).AppendKey(s.buf[:0], g)
	return maphash.Bytes(s.seed, s.buf)
}

// Kind is a group of goroutines.
type Kind struct {
	stackparse.Grouped
	Index  int               // of its first goroutine in the result's Goroutines
	Args   *relate.Arguments // nil where they cannot be compared
	Shares []Share           // of several dumps, those that have some; nil where that is not known
}

// Result is what a survey shows.
type Result struct {
	Kinds []Kind // those with most goroutines first
	// Goroutines are all of the dump, shown or not, or where there were too many
	// one of each kind.
	Goroutines []stackparse.Goroutine
	Whole      bool // they are all
}

// Result returns what was found so far, which further reading does not change.
// Causes that a filter asks for are known by the source in tree where all
// goroutines were kept.
func (s *Survey) Result(tree *source.Tree) *Result {
	if !s.many {
		return s.whole(tree)
	}
	r := &Result{}
	for _, g := range s.groups.Groups() {
		r.Kinds = append(r.Kinds, s.kind(g, len(r.Goroutines), s.args))
		r.Goroutines = append(r.Goroutines, *g.Goroutine)
	}
	return r
}

// whole groups the goroutines that were kept.
func (s *Survey) whole(tree *source.Tree) *Result {
	s.Harmless, s.Filtered = 0, 0
	r := &Result{Whole: true, Goroutines: make([]stackparse.Goroutine, len(s.kept))}
	for i := range s.kept {
		r.Goroutines[i] = *s.kept[i].Goroutine
	}
	causes := cause.NewClassifier(r.Goroutines, tree)
	groups := stackparse.NewGrouper(s.o.By)
	first := map[uint64]int{} // goroutine with a stack
	args := map[uint64]*stackArgs{}
	for i := range s.kept {
		id := ""
		if s.asksForCause() {
			id = causes.Of(i).ID
		}
		if g := &r.Goroutines[i]; s.shows(g, id, s.kept[i].Count) {
			groups.AddCount(g, s.kept[i].Count)
			key := s.key(g)
			if first[key] == 0 {
				first[key] = i + 1
			}
			s.compare(args, key, &s.kept[i])
		}
	}
	for _, g := range groups.Groups() {
		r.Kinds = append(r.Kinds, s.kind(g, first[s.key(g.Goroutine)]-1, args))
	}
	return r
}

// Sample returns some of the goroutines, for [source.Of].
func (s *Survey) Sample() []stackparse.Goroutine {
	var out []stackparse.Goroutine
	for _, r := range s.kept {
		out = append(out, *r.Goroutine)
	}
	if s.many {
		for _, g := range s.groups.Groups() {
			out = append(out, *g.Goroutine)
		}
	}
	return slices.Clip(out)
}
