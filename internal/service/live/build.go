package live

import (
	"fmt"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// group is the goroutines that stand at the same place.
type group struct {
	count, proven int
	grade         cause.Grade // the strongest without a proof
	trend         string
}

// build makes a survey of records, which it keeps.
func (s *Surveyor) build(v *Survey, recs []pprofile.Record) {
	v.States = map[string]int{}
	groups := map[string]*group{}
	keys := make([]string, 0, len(recs)) // of v.All; "" for those that are known
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
	}
	s.follow(v.Taken, groups)
	in := report.Input{
		Kind: report.Dumped, Subject: "the process", Leaks: leaksOf(v.All, keys, groups), Tree: source.Here(),
		Leave: report.ByNone, Few: few,
	}
	if v.Known > 0 {
		in.Remark = append(in.Remark, fmt.Sprintf("%d more are there by design", v.Known))
	}
	in.Remark = append(in.Remark, "at "+v.Taken.UTC().Format(time.RFC3339))
	if !v.Proof.IsZero() {
		in.Notes = append(in.Notes, "the runtime was asked for a proof at "+v.Proof.UTC().Format(time.RFC3339))
	}
	v.Report = in.Build()
}

// few is how many goroutines at one place are nothing to wonder about.
const few = 10

func (p *group) add(r pprofile.Record) {
	g := r.Goroutine
	p.count += int(r.Count)
	if g.Leaked {
		p.proven += int(r.Count)
	}
	state := g.State
	if state == "" {
		state = "running" // a profile shows no operation of what is not parked
	}
	p.grade = max(p.grade, cause.GradeOf(state, false, int(g.Wait/time.Minute)))
}

// follow compares the groups with earlier looks and adds this one to them.
func (s *Surveyor) follow(now time.Time, groups map[string]*group) {
	counts := make(map[string]int, len(groups))
	for key, p := range groups {
		counts[key] = p.count
		var growing bool
		growing, p.trend = s.trends.of(key, p.count, now)
		if growing {
			p.grade = max(p.grade, cause.Growing)
		}
	}
	s.trends.add(now, counts, or(s.Sample, defaultSample))
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
			Goroutine: *r.Goroutine, Count: int(r.Count), Rank: p.rank(r.Goroutine.State), Graded: p.grade, Trend: p.trend,
		})
	}
	return out
}

// rank is less the more speaks for a leak. An old wait for the network is as
// ordinary as a young one.
func (p *group) rank(state string) int {
	switch {
	case p.proven > 0:
		return 0
	case p.grade.Leak(state):
		return int(cause.Proven - p.grade)
	}
	return int(cause.Proven - min(p.grade, cause.Blocked))
}
