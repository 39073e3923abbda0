package fleet

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/dumps/survey"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Ranking says how to order locations and what to say about them.
type Ranking struct {
	Module string          // path of the module whose code comes first; "" is none
	Owners *Owners         // who owns that code; nil is nobody
	Filter *filters.Filter // only goroutines that it matches; nil is all
	All    bool            // those that are known to be harmless as well
	Top    int             // at most so many locations; 0 is all
	Tree   *source.Tree    // where source lines are read
	Notes  []string        // what to say first
}

// ranked is a location with what decides about its place.
type ranked struct {
	*location
	own   bool        // in the module
	grade cause.Grade // what speaks for a leak
	basis string      // what the grade rests on: "290 more than its peers"
	fits  bool        // nothing is known but that there are about as many as a suspect has too many
	total int64
	rms   float64 // root mean square per instance
	peak  count   // the instance with the most
}

// Report ranks the locations. The instances without an answer are no part of
// it: see [Fleet.Failed].
func (f *Fleet) Report(o Ranking) *report.Report {
	var all []ranked
	var harmless, filtered int64
	for i := range f.locations {
		r := f.rank(i, o.Module)
		switch {
		case len(r.counts) == 0: // of peers alone
		case !o.All && survey.Harmless(r.goroutine):
			harmless += r.total
		case o.Filter != nil && !o.Filter.Match(r.goroutine):
			filtered += r.total
		default:
			all = append(all, r)
		}
	}
	slices.SortFunc(all, compareRanked)
	more := all[min(len(all), cmp.Or(o.Top, len(all))):]
	all = all[:len(all)-len(more)]
	leaks := make([]report.Leak, 0, len(all))
	for i, r := range all {
		leaks = append(leaks, f.leaks(i, r, o)...)
	}
	in := report.Input{
		Kind: report.Dumped, Subject: words.Count(f.Answered(), "instance"), Leaks: leaks, Tree: o.Tree,
		Leave: report.ByFlag, Graded: true, Remark: survey.LeftOut(harmless, filtered),
		Notes: slices.Clone(o.Notes),
	}
	if len(more) > 0 {
		in.Notes = append(in.Notes, fmt.Sprintf("%d more locations are left out", len(more)))
	}
	in.Notes = append(in.Notes, f.notes()...)
	return in.Build()
}

// rank weighs location i.
func (f *Fleet) rank(i int, module string) ranked {
	l := &f.locations[i]
	r := ranked{location: l}
	_, r.own = fileIn(l.goroutine, module)
	squares := 0.0
	for _, c := range l.counts {
		r.total += c.n
		squares += float64(c.n) * float64(c.n)
		if c.n > r.peak.n || c.n == r.peak.n && c.instance < r.peak.instance {
			r.peak = c
		}
	}
	r.rms = math.Sqrt(squares / float64(max(f.Answered(), 1)))
	f.grade(&r)
	return r
}

// grade finds what speaks for a leak at a location: a proof, or that a suspect
// has at least half of what it has too many there, compared with its peers or
// with an earlier profile. Where there is nothing to compare with, a location may
// as well be a pool that was always there; then only what fits is said.
func (f *Fleet) grade(r *ranked) {
	r.grade = cause.GradeOf(r.goroutine.State, false, 0)
	if r.leaked > 0 {
		r.grade = cause.Proven
		return
	}
	if !cause.Old.Leak(r.goroutine.State) {
		return // it comes and goes with the load
	}
	for _, c := range r.counts {
		in := &f.Instances[c.instance]
		if in.Grade == 0 || in.Excess <= 0 {
			continue
		}
		than, what := f.base(r.location, in)
		if what == "" {
			r.fits = r.fits || 2*float64(c.n) >= in.Excess && float64(c.n) <= 2*in.Excess
			continue
		}
		if more := float64(c.n - than); in.Grade > r.grade && 2*more >= in.Excess {
			r.grade, r.basis = in.Grade, thousands(more)+" more than "+what
		}
	}
	if r.grade >= cause.Outlier {
		r.fits = false
	}
}

// base is how many goroutines at a location are to be expected on an instance:
// as many as its peers have in the middle, or else as it had before. It is
// unknown where what is "".
func (f *Fleet) base(l *location, in *Instance) (n int64, what string) {
	at := map[int]int64{}
	for _, c := range l.peers {
		at[c.instance] = c.n
	}
	var peers []int64
	for i := range f.Instances {
		if p := &f.Instances[i]; p.Peer && p.Job == in.Job && p.Total > 0 {
			peers = append(peers, at[i])
		}
	}
	switch {
	case len(peers) > 0:
		slices.Sort(peers)
		return peers[len(peers)/2], "its peers"
	case in.before != nil:
		return in.before[l.hash], short(max(in.age.Round(time.Minute), time.Minute)) + " before"
	}
	return 0, ""
}

// compareRanked puts those first that are proven or speak for a leak, then what
// fits the excess of a suspect, the own code before that of others, and then by
// weight: root mean square, largest, number of instances.
func compareRanked(a, b ranked) int {
	first := func(is bool) int {
		if is {
			return 0
		}
		return 1
	}
	if c := cmp.Or(
		cmp.Compare(a.tier(), b.tier()),
		first(a.fits)-first(b.fits),
		first(a.own)-first(b.own),
		cmp.Compare(b.rms, a.rms),
		cmp.Compare(b.peak.n, a.peak.n),
		cmp.Compare(len(b.counts), len(a.counts)),
	); c != 0 {
		return c
	}
	// By name, so that the order is the same in each run.
	return cmp.Or(
		strings.Compare(a.goroutine.State, b.goroutine.State),
		strings.Compare(wait.PlaceKey(a.goroutine), wait.PlaceKey(b.goroutine)),
		strings.Compare(stackparse.SameLines.Key(a.goroutine), stackparse.SameLines.Key(b.goroutine)),
	)
}

// tier is that of the grade: the lower, the more speaks for a leak.
func (r *ranked) tier() int {
	return r.grade.Tier(r.goroutine.State, r.grade >= cause.Outlier)
}

// leaks are the goroutines of a location for the report: those that are proven
// and the others.
func (f *Fleet) leaks(place int, r ranked, o Ranking) []report.Leak {
	l := report.Leak{Goroutine: *r.goroutine, Rank: place, Graded: r.grade, Trend: f.trend(&r),
		Course: report.Course{Basis: r.basis, Routes: r.mostRoutes()},
		Spread: fmt.Sprintf("%d of %d", len(r.counts), f.Answered())}
	if who := o.Owners.of(r.goroutine, o.Module); who != "" {
		l.Owner = owner.Finding{Evidence: who}
	}
	var leaks []report.Leak
	if r.leaked > 0 {
		p := l
		p.Goroutine.Leaked, p.Count = true, report.Clamp(r.leaked)
		leaks = append(leaks, p)
	}
	if left := r.total - r.leaked; left > 0 {
		l.Count = report.Clamp(left)
		leaks = append(leaks, l)
	}
	return leaks
}

// mostRoutes are the requests or jobs that have started the goroutines of a
// location, those of most goroutines first.
func (l *location) mostRoutes() []string {
	return slices.SortedFunc(maps.Keys(l.routes), func(a, b string) int {
		return cmp.Or(cmp.Compare(l.routes[b], l.routes[a]), strings.Compare(a, b))
	})
}

// trend says how the goroutines of a location are spread.
func (f *Fleet) trend(r *ranked) string {
	peak := &f.Instances[r.peak.instance].Target
	s := fmt.Sprintf("on %d of %s, at most %s on %s", len(r.counts), words.Count(f.Answered(), "instance"),
		thousands(float64(r.peak.n)), peak.Name())
	var most count // on a suspect
	for _, c := range r.counts {
		if f.Instances[c.instance].Why != "" && c.n > most.n {
			most = c
		}
	}
	if most.n == 0 {
		return s
	}
	suspect := &f.Instances[most.instance].Target
	who := suspect.Name()
	if suspect == peak {
		who = "its instance"
	}
	if suspect.Grade == cause.Growing {
		return s + "; " + who + " grows: " + suspect.Why
	}
	return s + "; " + who + " stands out: " + suspect.Why
}

// notes say what is missing.
func (f *Fleet) notes() []string {
	crowded := f.crowded
	for i := range f.Instances {
		crowded += f.Instances[i].Crowded
	}
	var notes []string
	if crowded > 0 {
		notes = append(notes, fmt.Sprintf("%s at further locations are left out: there are too many locations",
			words.Count(report.Clamp(crowded), "goroutine")))
	}
	if n := len(f.Failed()); n > 0 {
		notes = append(notes, fmt.Sprintf("%s did not answer, or not completely", words.Count(n, "instance")))
	}
	return notes
}
