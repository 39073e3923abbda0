// Package survey counts what the goroutines of dumps do.
//
// A [Survey] takes goroutines one by one and groups those that it should
// show. Its memory is bounded for any input. While there are few goroutines
// it keeps each of them, so that they can be looked at together: who holds
// the lock that others wait for. Of many goroutines it keeps an example of
// each kind, and of kinds beyond a limit only the number.
package survey

import (
	"errors"
	"hash/maphash"
	"slices"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
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

	o      Options
	kept   []stackparse.Goroutine // all of them, while there are few
	counts []int64                // how many goroutines each of kept stands for
	many   bool                   // there are more
	calls  int                    // of kept, or of the stacks in known
	most   [2]int                 // kept goroutines or stacks, and calls
	seed   maphash.Seed
	buf    []byte // of the last key

	// Where there are many.
	kinds kinds
	known map[uint64]string // causes by stack, where they are asked for

	spread spread // of several dumps
}

// New returns a survey of nothing.
func New(o Options) *Survey {
	if o.By == 0 {
		o.By = stackparse.SameLines
	}
	return &Survey{
		o: o, most: [2]int{maxKept, maxCalls}, seed: maphash.MakeSeed(),
		kinds: newKinds(o.By), known: map[uint64]string{},
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
	g := trimmed(r.Goroutine)
	if s.o.Mixed {
		g = anonymous(g)
		s.share(g, r.Count)
	}
	if !s.many && len(s.kept) < s.most[0] && s.calls+len(g.Frames) <= s.most[1] {
		// Append alone grows by a quarter, and copies each of many goroutines five times.
		if len(s.kept) == cap(s.kept) {
			s.kept = slices.Grow(s.kept, min(len(s.kept)+64, s.most[0]-len(s.kept)))
		}
		s.kept, s.counts = append(s.kept, *g.Clone()), append(s.counts, r.Count)
		s.calls += len(g.Frames)
		return
	}
	if !s.many {
		s.many, s.calls = true, 0
		for i := range s.kept {
			s.count(&s.kept[i], s.counts[i])
		}
		s.kept, s.counts = nil, nil
	}
	s.count(g, r.Count)
}

// count adds n goroutines like g to their kind, if they are to be shown and that is
// not a kind too many.
func (s *Survey) count(g *stackparse.Goroutine, n int64) {
	key := s.key(g)
	id, seen := s.known[key]
	if !seen {
		if len(s.known) >= s.most[0] || s.calls+len(g.Frames) > s.most[1] {
			s.Crowded += n
			return
		}
		if s.asksForCause() {
			id = cause.Of(g, nil).ID
		}
		s.known[key] = id
		s.calls += len(g.Frames)
	}
	if s.shows(g, id, n) {
		s.kinds.add(g, n, key, 0)
	}
}

// kinds are the goroutines that are shown.
type kinds struct {
	groups *stackparse.Grouper
	stacks map[uint64]*stack // by [Survey.key]
}

// stack is what the goroutines with one stack have in common.
type stack struct {
	place int // of the first of them in the result's goroutines, where all are kept
	args  relate.Arguments
	n     int64
}

func newKinds(by stackparse.Similarity) kinds {
	return kinds{stackparse.NewGrouper(by), map[uint64]*stack{}}
}

// add counts n goroutines like g.
func (k *kinds) add(g *stackparse.Goroutine, n int64, key uint64, place int) {
	k.groups.AddCount(g, n)
	t := k.stacks[key]
	if t == nil {
		t = &stack{place: place}
		k.stacks[key] = t
	}
	t.args.Add(g, n)
	t.n += n
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
func (s *Survey) key(g *stackparse.Goroutine) uint64 { return s.hash(s.o.By|stackparse.SameLines, g) }

// hash is equal for goroutines that are the same by the similarity. The texts of many
// long stacks would be several megabytes.
func (s *Survey) hash(by stackparse.Similarity, g *stackparse.Goroutine) uint64 {
	s.buf = by.AppendKey(s.buf[:0], g)
	return maphash.Bytes(s.seed, s.buf)
}

// Result is what a survey shows.
type Result struct {
	// Kinds are groups of goroutines, for a report, those with most goroutines first.
	Kinds []report.Leak
	// Shares say of each kind which of several dumps have some. One is nil where that
	// is not known.
	Shares [][]Share
	// Known has all goroutines of the dump, shown or not, or where there were too many
	// one of each kind.
	Known *cause.Classifier
	Whole bool // they are all
}

// Result returns what was found so far, which further reading does not change. Causes
// are known by the source in tree.
func (s *Survey) Result(tree *source.Tree) *Result {
	r := &Result{Whole: !s.many}
	if s.many {
		s.list(r, &s.kinds)
		gs := make([]stackparse.Goroutine, len(r.Kinds))
		for i := range r.Kinds {
			gs[i], r.Kinds[i].Place = r.Kinds[i].Goroutine, i
		}
		r.Known = cause.NewClassifier(gs, tree)
		return r
	}
	s.Harmless, s.Filtered = 0, 0
	r.Known = cause.NewClassifier(slices.Clip(s.kept), tree)
	shown := newKinds(s.o.By)
	for i := range s.kept {
		id := ""
		if s.asksForCause() {
			id = r.Known.Of(i).ID
		}
		if g := &s.kept[i]; s.shows(g, id, s.counts[i]) {
			shown.add(g, s.counts[i], s.key(g), i)
		}
	}
	s.list(r, &shown)
	return r
}

// list adds the kinds to r.
func (s *Survey) list(r *Result, k *kinds) {
	groups := k.groups.Groups()
	r.Kinds, r.Shares = make([]report.Leak, len(groups)), make([][]Share, len(groups))
	for i := range groups {
		g := &groups[i]
		t := k.stacks[s.key(g.Goroutine)]
		l := report.Leak{Goroutine: *g.Goroutine, Group: g, Place: t.place}
		// Arguments can be compared if all of the group have one stack.
		if t.n == g.Count {
			l.Args = &t.args
		}
		r.Kinds[i], r.Shares[i] = l, s.shares(g.Goroutine)
	}
}

// Sample returns some of the goroutines, for [source.Of].
func (s *Survey) Sample() []stackparse.Goroutine {
	if !s.many {
		return s.kept
	}
	var out []stackparse.Goroutine
	for _, g := range s.kinds.groups.Groups() {
		out = append(out, *g.Goroutine)
	}
	return out
}
