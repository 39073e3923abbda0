package testrun

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Stress says how often tests are repeated.
type Stress struct {
	Runs int           // of each package, the first included; or
	For  time.Duration // for all packages together
}

// ParseStress reads the value of -stress: a number of runs or a duration.
func ParseStress(value string) (Stress, error) {
	if n, err := strconv.Atoi(value); err == nil && n > 0 {
		return Stress{Runs: n}, nil
	}
	if d, err := time.ParseDuration(value); err == nil && d > 0 {
		return Stress{For: d}, nil
	}
	return Stress{}, fmt.Errorf("want a number of runs, such as 20, or a duration, such as 2m")
}

// setting is what one run of a package differs in.
type setting struct {
	procs int // GOMAXPROCS
	race  bool
}

// procs are the values of GOMAXPROCS that runs take in turn.
func procs(cpus int) []int {
	return slices.Compact(slices.Sorted(slices.Values([]int{1, 2, 4, 2 * cpus})))
}

// stress repeats the tests of packages, in processes of their own, with different
// numbers of processors and with the race detector or without, and adds what they
// leak to the packages. It returns remarks on what could not be done.
func (p *prepared) stress(in *Interrupts, a *Args, s Stress, packages []*Package) ([]string, error) {
	if a.bench || a.fuzz || a.list || s.Runs == 1 {
		return nil, nil
	}
	built := slices.DeleteFunc(slices.Clone(packages),
		func(pkg *Package) bool { return !pkg.Built || pkg.Own != "" || pkg.hasNoTests() })
	if len(built) == 0 {
		return nil, nil
	}
	seen := map[*Package]*census{}
	for _, pkg := range built {
		seen[pkg] = newCensus(pkg)
	}
	modes := []bool{false, true}
	if race, ok := a.lookup("race"); ok && race != "false" {
		modes = []bool{true}
	} else if s.Runs == 2 {
		modes = []bool{false}
	}
	var notes []string
	for i, race := range modes {
		if in.Context().Err() != nil {
			break
		}
		steps := s.steps(len(modes), i, race)
		flags := []string{fmt.Sprintf("-race=%t", race)}
		r := rerun{plan: p.plan, dir: p.request.Temp, flags: flags, drop: "cpu", tools: a.tools}
		for _, st := range steps {
			r.spec.Steps = append(r.spec.Steps, []string{"-test.cpu=" + strconv.Itoa(st.procs), a.limit()})
		}
		if s.For > 0 {
			r.spec.For = s.For * time.Duration(min(len(built), runtime.GOMAXPROCS(0))) / time.Duration(len(built)*len(modes))
		}
		for _, pkg := range built {
			r.packages = append(r.packages, pkg.Path)
		}
		runs, err := p.repeated(in, a.unraced(), r)
		if err != nil {
			return nil, err
		}
		if len(runs) == 0 && race && in.Context().Err() == nil {
			notes = append(notes, "-stress: the tests could not be built or run with -race, so all runs are without it")
		}
		for _, pkg := range built {
			seen[pkg].add(runs[pkg.Path], steps)
		}
	}
	for _, pkg := range built {
		seen[pkg].tell()
	}
	return notes, nil
}

// steps are the runs with the race detector, or those without, of a part of all.
func (s Stress) steps(parts, part int, race bool) []setting {
	values := procs(runtime.NumCPU())
	n := len(values)
	if left := s.Runs - 1; left > 0 {
		n = left/parts + min(1, max(0, left%parts-part))
	}
	var all []setting
	for i := range n {
		all = append(all, setting{values[i%len(values)], race})
	}
	return all
}

// unraced are the arguments without -race.
func (a *Args) unraced() *Args {
	b, drop := *a, []string{"race"}
	b.before, b.after = without(a.before, drop), without(a.after, drop)
	return &b
}

// leakKey is a kind of leak of one test.
type leakKey struct {
	test string
	place
}

func leakOf(f *report.Finding) leakKey { return leakKey{topTest(f), placeOf(f)} }

// census counts in how many runs of a package each leak came.
type census struct {
	pkg    *Package
	runs   map[setting]int
	seen   map[leakKey]map[setting]int
	failed map[string]int // runs in which a test failed for another reason
	cut    int            // runs that did not come to their end
}

// newCensus begins with the run that is over, whose number of processors is not
// known.
func newCensus(pkg *Package) *census {
	c := &census{pkg: pkg, runs: map[setting]int{}, seen: map[leakKey]map[setting]int{}, failed: map[string]int{}}
	c.one(pkg.Reports, setting{})
	return c
}

// one counts one run.
func (c *census) one(reports []*report.Report, in setting) {
	c.runs[in]++
	now := map[leakKey]bool{}
	for _, f := range each(reports) {
		now[leakOf(f)] = true
	}
	for key := range now {
		if c.seen[key] == nil {
			c.seen[key] = map[setting]int{}
		}
		c.seen[key][in]++
	}
}

// add counts runs, and adds what was not seen before to the reports of the
// package.
func (c *census) add(runs []*step, settings []setting) {
	for _, s := range runs {
		if s.number < 0 || s.number >= len(settings) {
			continue
		}
		if s.tests == nil && len(s.reports) == 0 {
			c.cut++
			continue
		}
		if s.tests != nil {
			for _, test := range s.tests.Failed {
				c.failed[test]++
			}
		}
		for _, r := range s.reports {
			c.adopt(r)
		}
		c.one(s.reports, settings[s.number])
	}
}

// adopt adds the findings of a run that are new.
func (c *census) adopt(r *report.Report) {
	fresh := slices.DeleteFunc(slices.Clone(r.Findings), func(f report.Finding) bool { return c.seen[leakOf(&f)] != nil })
	if len(fresh) > 0 {
		added := about(r, fresh, r.Left)
		added.Package = c.pkg.Path
		c.pkg.Reports = append(c.pkg.Reports, added)
	}
}

// tell says of each finding how often it came.
func (c *census) tell() {
	for _, f := range each(c.pkg.Reports) {
		seen := c.seen[leakOf(f)]
		f.Seen, f.Runs = total(seen), total(c.runs)
		f.AddTrend(fmt.Sprintf("in %d of %s%s", f.Seen, words.Count(f.Runs, "run"), c.split(seen)))
	}
	for _, test := range slices.Sorted(maps.Keys(c.failed)) {
		c.pkg.Notes = append(c.pkg.Notes,
			fmt.Sprintf("%s: %s failed in %d of %s and was not checked there", c.pkg.Path, test, c.failed[test],
				words.Count(total(c.runs), "run")))
	}
	if c.cut > 0 {
		c.pkg.Notes = append(c.pkg.Notes,
			fmt.Sprintf("%s: %s; tests that had not ended are not counted there", c.pkg.Path,
				words.Plural(c.cut, "run was cut short", "runs were cut short")))
	}
}

// split says how the runs with a leak are spread, where that may matter: " (3 of
// 10 with GOMAXPROCS=1, 0 of 10 with 4; 0 of 20 with -race)".
func (c *census) split(seen map[setting]int) string {
	if n := total(seen); n == total(c.runs) || n == 0 {
		return ""
	}
	byProcs, byRace := map[int][2]int{}, [2]int{}
	for s, n := range c.runs {
		if s.procs == 0 {
			continue
		}
		v := byProcs[s.procs]
		byProcs[s.procs] = [2]int{v[0] + seen[s], v[1] + n}
		if s.race {
			byRace[0], byRace[1] = byRace[0]+seen[s], byRace[1]+n
		}
	}
	var parts []string
	for i, n := range slices.Sorted(maps.Keys(byProcs)) {
		name := strconv.Itoa(n)
		if i == 0 {
			name = "GOMAXPROCS=" + name
		}
		parts = append(parts, fmt.Sprintf("%d of %d with %s", byProcs[n][0], byProcs[n][1], name))
	}
	text := strings.Join(parts, ", ")
	if byRace[1] > 0 {
		text += fmt.Sprintf("; %d of %d with -race", byRace[0], byRace[1])
	}
	return " (" + text + ")"
}

func total[K comparable](counts map[K]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}
