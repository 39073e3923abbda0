package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Input is all that a report is made of. No finding is changed after the report
// is built: if one kind of check needs other words than the others, it sets them
// here. Renderers may leave out findings.
type Input struct {
	Kind    Kind
	Package string // import path of the package whose tests were checked
	Subject string
	Leaks   []Leak
	Tree    *source.Tree // where source lines are read

	// Known has the goroutines that may explain the leaks, such as the holder of
	// a lock; [Leak.Place] is an index into them. Without it the leaks explain
	// each other.
	Known *cause.Classifier

	Remark  []string     // parts of the summary
	Crash   []string     // what the process said when it ended
	Notes   []string     // remarks for the reader
	Leave   Leave        // how a reader leaves out what a finding shows
	Instead *cause.Cause // the reason and the fix of all findings, where the check knows them
	Few     int          // fewer goroutines than this get no reason and no fix where every service has some like them
	Left    []Left       // what else was left
	Graded  bool         // nothing is known to be leaked: the summary counts the grades of evidence

	// These functions are called after the findings are made. They do not change
	// the report.
	Likely   func(*Finding) []Site   // see [Finding]
	More     func(*Report) []string  // further notes
	Requests func(*Report) []Request // see [Report]
}

// Leak is a goroutine, whose it is, and where it belongs in the report.
type Leak struct {
	Goroutine stackparse.Goroutine
	Owner     owner.Finding
	Rank      int  // leaks with a lower one come first
	Count     int  // goroutines like it that it stands for; 0 is one
	Test      bool // it is the own goroutine of a test
	Place     int  // index into the goroutines of [Input.Known]

	// Group is a finding by itself: goroutines of a dump that were counted by
	// some similarity. It gets its rank by the evidence.
	Group *stackparse.Grouped

	Graded cause.Grade // see [Finding]; the same for all with one stack
	Crash  bool        // its goroutine ended the process
	Others []string    // what others were doing to it then
	Trend  string
	Normal bool // see [Finding]; it holds unless something speaks for a leak by itself
	Files  Files
	Course Course
	Spread string // on how many of several processes there are some: "3 of 20"
	Memory Memory

	Args *relate.Arguments // of the goroutines of Group; nil where they cannot be compared
}

// Build groups leaks, goroutines that outlived subject, into a report. It reads
// the source lines that it shows from tree.
func Build(subject string, leaks []Leak, tree *source.Tree) *Report {
	return Input{Subject: subject, Leaks: leaks, Tree: tree}.Build()
}

// Build makes the report.
func (in Input) Build() *Report {
	in.know()
	r := &Report{Kind: in.Kind, Package: in.Package, Subject: in.Subject, Crash: in.Crash, Notes: in.Notes, Left: in.Left}
	rel := newRelations(in.Known, in.Tree)
	in.lift(rel)
	first, at := in.group(r)
	r.dropped(first)
	// The order is made last: until then the index of a finding is that of its first leak.
	for n := range r.Findings {
		f, l := &r.Findings[n], first[n]
		f.Normal = f.Normal && !f.alarming()
		rank := l.Rank
		// In a dump the evidence orders, and nobody gave a rank.
		if l.Group != nil {
			rank = f.weight()
		}
		f.Waits, f.Through = rel.phrase(l.Place, len(f.Held) > 0), rel.through(l.Place)
		f.On = r.on(n, l, rel, at)
		// Twice, so that what is stuck because of another one comes right behind it.
		f.Rank = 2*rank + rel.rank(l.Place)
		in.advise(f)
		if in.Likely != nil {
			f.Likely = in.Likely(f)
		}
		f.bound()
	}
	// After the loop, as a root is found by the waits of all findings, and before they are
	// sorted, as it is named by index.
	r.roots(first, at.id)
	for i := range r.Left {
		r.Left[i].bound()
	}
	sorting.Stable(r.Findings, order)
	remark := in.Remark
	if in.Graded {
		remark = append([]string{r.grades()}, remark...)
	}
	if in.Requests != nil {
		r.Requests = in.Requests(r)
	}
	if in.More != nil {
		r.Notes = slices.Concat(r.Notes, in.More(r))
	}
	r.Remark = strings.Join(slices.DeleteFunc(remark, func(s string) bool { return s == "" }), ", ")
	return r
}

// know has the leaks explain each other where nothing else is known.
func (in *Input) know() {
	if in.Known != nil {
		return
	}
	gs := make([]stackparse.Goroutine, len(in.Leaks))
	in.Leaks = slices.Clone(in.Leaks) // the caller's stay as they are
	for i := range in.Leaks {
		gs[i], in.Leaks[i].Place = in.Leaks[i].Goroutine, i
	}
	in.Known = cause.NewClassifier(gs, in.Tree)
}

// lift gives what others wait for the rank of the first of these: where a test
// that hangs waits for a handler, the handler comes before the test, and not
// with the rest of the process.
func (in *Input) lift(rel *relations) {
	if len(rel.Links) == 0 {
		return
	}
	in.Leaks = slices.Clone(in.Leaks)
	at := make(map[int]*Leak, len(in.Leaks)) // by place
	for i := range in.Leaks {
		at[in.Leaks[i].Place] = &in.Leaks[i]
	}
	for i := range in.Leaks {
		rank := in.Leaks[i].Rank
		// Each step lowers a rank or ends the walk, so that a circle ends it too.
		for l, ok := rel.Links[in.Leaks[i].Place]; ok; l, ok = rel.Links[l.On] {
			on := at[l.On] // nil for one that is known and no leak
			if on == nil || on.Rank <= rank {
				break
			}
			on.Rank = rank
		}
	}
}

// found has the finding that each goroutine belongs to.
type found struct {
	id    map[int64]int
	place map[int]int
}

// on returns the first id of the finding that has what finding n waits for, l being
// the first leak of n, and 0 where that is not known or the dump has no ids. What
// the heap knows wins over what addresses and code suggest.
func (r *Report) on(n int, l *Leak, rel *relations, at found) int64 {
	// Profiles have no ids: all their goroutines have 0.
	m, ok := at.id[l.Memory.Root]
	if l.Memory.Root == 0 || !ok {
		var other int
		if other, ok = rel.on(l.Place); ok {
			m, ok = at.place[other]
		}
	}
	if !ok || m == n || len(r.Findings[m].IDs) == 0 {
		return 0
	}
	return r.Findings[m].IDs[0]
}

// group makes the findings of r and returns the first leak of each.
func (in *Input) group(r *Report) (first []*Leak, at found) {
	index := map[string]int{}
	at = found{make(map[int64]int, len(in.Leaks)), make(map[int]int, len(in.Leaks))}
	var key []byte
	var args []*relate.Arguments
	if len(in.Leaks) > 0 && in.Leaks[0].Group != nil { // then all are, and each is a finding
		r.Findings = make([]Finding, 0, len(in.Leaks))
	}
	for i := range in.Leaks {
		l := &in.Leaks[i]
		n, ok := len(r.Findings), false
		switch {
		case l.Group == nil:
			key = appendKey(key[:0], l, in.Tree)
			// The conversion in the index does not allocate, and most goroutines of a dump are
			// of a kind that is there.
			if n, ok = index[string(key)]; !ok {
				n = len(r.Findings)
				index[string(key)] = n
			}
		case l.Group.Count <= 0: // a profile may say anything
			continue
		}
		if !ok {
			r.Findings = append(r.Findings, in.newFinding(l, in.Known.Of(l.Place)))
			first = append(first, l)
			args = append(args, cmp.Or(l.Args, &relate.Arguments{}))
		}
		if l.Group == nil {
			args[n].Add(&l.Goroutine, int64(max(l.Count, 1)))
		}
		r.Findings[n].add(l)
		at.id[l.Goroutine.ID], at.place[l.Place] = n, n
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Args = args[i].List(f.Example.Frames, in.Tree)
		r.Total, r.Proven, r.Unreachable = sum(r.Total, f.Count), sum(r.Proven, f.Proven), sum(r.Unreachable, f.Unreachable)
	}
	return first, at
}

// add counts l, which is one of f.
func (f *Finding) add(l *Leak) {
	f.Crash = f.Crash || l.Crash
	if len(f.Others) == 0 {
		f.Others = l.Others
	}
	if len(f.Held) == 0 {
		f.Held = l.Memory.Held
	}
	f.Keeps = max(f.Keeps, l.Memory.Keeps)
	f.oldest = max(f.oldest, int(l.Goroutine.Wait/time.Minute))
	if l.Group != nil {
		f.addRoute(&l.Goroutine)
		// fromGroup grades by it.
		f.Unreachable = l.Memory.Stuck
		f.fromGroup(l.Group)
		return
	}
	n := max(l.Count, 1)
	f.Count = sum(f.Count, n)
	if l.Goroutine.Leaked {
		f.Proven = sum(f.Proven, n)
	}
	if m := &l.Memory; m.Unreachable {
		f.Unreachable = sum(f.Unreachable, n)
	}
	if len(l.Course.Routes) == 0 { // else they were counted already
		f.addRoute(&l.Goroutine)
	}
	if id := l.Goroutine.ID; id != 0 && len(f.IDs) < maxIDs {
		f.IDs = append(f.IDs, id)
	}
}

// advise says of f what this kind of report says of a cause.
func (in *Input) advise(f *Finding) {
	c := &f.Cause
	switch {
	case in.Instead != nil:
		c.Why, c.Fix, c.Lint = in.Instead.Why, in.Instead.Fix, in.Instead.Lint
	case f.Crash && f.Example.State == "running":
		c.Why, c.Fix, c.Lint = "", "", "" // the message says what it did wrong
	case f.Count < in.Few && f.everyday():
		c.Why, c.Fix, c.Lint = "", "", "" // nobody asked what went wrong there
	}
	if in.Graded {
		f.nameUnknown()
	}
}
