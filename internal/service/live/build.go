package live

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/internal/service/requests"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// group is the goroutines that stand at the same place.
type group struct {
	count, proven int
	state         string
	grade         cause.Grade // the strongest
	course        course

	// Of those that have outlived their request.
	routes map[string]int
	begins map[int64]struct{} // the intervals in which they began
	left   bool               // again and again
	rank   int                // its place in the report

	normal bool // there are as many as when all was well
	beyond int  // more than then
}

// build makes a survey of records, which it keeps. It fails where it is to ask the
// heap and cannot.
func (s *Surveyor) build(v *Survey, recs []pprofile.Record, flight requests.View) error {
	v.States = map[string]int{}
	groups := map[string]*group{}
	keys := make([]string, 0, len(recs)) // of v.All; "" for those that are known
	left := leavings{flight: flight, routes: map[string]*leaving{}}
	for _, r := range recs {
		g := r.Goroutine
		if r.Count <= 0 || looking(g) {
			continue
		}
		v.All = append(v.All, r)
		v.Total += int(r.Count)
		v.States[g.State] += int(r.Count)
		if filters.IsBenign(g) || watching(g) {
			v.Known += int(r.Count)
			keys = append(keys, "")
			continue
		}
		key := wait.PlaceKey(g)
		keys = append(keys, key)
		if groups[key] == nil {
			groups[key] = &group{}
		}
		groups[key].add(r)
		left.add(r, key, groups[key])
	}
	left.judge(groups)
	s.follow(v.Taken, groups)
	in := report.Input{
		Kind: report.Dumped, Subject: "the process at " + v.Taken.UTC().Format(time.DateTime) + " UTC",
		Leaks: leaksOf(v.All, keys, groups), Tree: source.Here(), Leave: report.ByNone, Few: few, Graded: true,
	}
	if v.Heap {
		if err := s.remember(v, in.Leaks); err != nil {
			return err
		}
	}
	if v.Known > 0 {
		in.Remark = append(in.Remark, fmt.Sprintf("%d harmless left out", v.Known))
	}
	v.Since, v.Samples = s.samples().since()
	if !v.Proof.IsZero() {
		in.Notes = append(in.Notes, "the runtime was asked for a proof at "+v.Proof.UTC().Format(time.RFC3339))
	}
	if s.normal != nil {
		v.Normal = s.normal.at
		in.Notes = append(in.Notes, fmt.Sprintf(
			"compared with the normal numbers of %s: kinds that have not grown since come last", stamp(v.Normal)))
	}
	in.Requests = left.requests
	v.Report = in.Build()
	v.Routes = left.counts()
	return nil
}

// remember adds to leaks what the heap says of them.
func (s *Surveyor) remember(v *Survey, leaks []report.Leak) error {
	gs := make([]stackparse.Goroutine, len(v.All))
	for i := range v.All {
		gs[i] = *v.All[i].Goroutine
		if gs[i].Bubble != 0 {
			return noHeap("a testing/synctest bubble is alive")
		}
	}
	facts, err := s.of().heap(gs)
	if err != nil {
		return err
	}
	m := engine.Memory{Facts: facts, Goroutines: gs, Tree: source.Here()}
	m.Add(leaks)
	for i := range leaks {
		if leaks[i].Memory.Unreachable {
			leaks[i].Graded, leaks[i].Rank = max(leaks[i].Graded, cause.Unreachable), 0
		}
	}
	return nil
}

// stamp is a time as reports have it, "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// few is how many goroutines at one place are nothing to wonder about.
const few = 10

func (p *group) add(r pprofile.Record) {
	g := r.Goroutine
	p.count += int(r.Count)
	p.state = g.State
	if g.Leaked {
		p.proven += int(r.Count)
		p.grade = cause.Proven
	}
	state := g.State
	if state == "" {
		state = "running" // a profile shows no operation of what is not parked
	}
	p.grade = max(p.grade, cause.GradeOf(state, false, int(g.Wait/time.Minute)))
}

// follow compares the groups with earlier samples, adds this look to them, and
// orders the groups: by the evidence for a leak, then by the growth above the
// minimum. Groups without growth share a rank.
func (s *Surveyor) follow(now time.Time, groups map[string]*group) {
	h := s.samples()
	counts := make(map[string]int, len(groups))
	ordered := make([]*group, 0, len(groups))
	for key, p := range groups {
		counts[key] = p.count
		if p.course = h.course(key, p.count, now); p.course.growing {
			p.grade = max(p.grade, cause.Growing)
		}
		if p.course.more < few {
			p.course.more = 0
		}
		s.normal.compare(key, p)
		ordered = append(ordered, p)
	}
	h.add(now, counts, false)
	before := func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.evidence(), b.evidence()), cmp.Compare(b.beyond, a.beyond),
			cmp.Compare(b.course.more, a.course.more))
	}
	slices.SortFunc(ordered, before)
	for i, p := range ordered {
		if p.rank = i; i > 0 && before(ordered[i-1], p) == 0 {
			p.rank = ordered[i-1].rank
		}
	}
}

// leaksOf are the goroutines of the report: all that are not known, graded.
func leaksOf(recs []pprofile.Record, keys []string, groups map[string]*group) []report.Leak {
	var out []report.Leak
	for i, r := range recs {
		if keys[i] == "" {
			continue
		}
		p := groups[keys[i]]
		out = append(out, report.Leak{
			Goroutine: *r.Goroutine, Count: int(r.Count), Rank: p.rank, Graded: p.grade, Trend: p.course.phrase,
			Normal: p.normal,
			Course: report.Course{Numbers: p.course.numbers, Since: stamp(p.course.since), Basis: p.basis(),
				Routes: byCount(p.routes)},
		})
	}
	return out
}

// evidence is less the more speaks for a leak. An old wait for the network is as
// ordinary as a young one.
func (p *group) evidence() int {
	switch {
	case p.normal:
		return int(cause.Proven) // after all others
	case p.proven > 0:
		return 0
	case p.grade.Leak(p.state):
		return int(cause.Proven - p.grade)
	}
	return int(cause.Proven - min(p.grade, cause.Blocked))
}
