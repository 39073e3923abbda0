package testrun

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/fix"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// search tries the candidates of all problems. Those that do not touch each other are
// tried together, as most do no harm; where some do, the half of them is tried.
func (x *fixing) search() error {
	for {
		var batch []*problem
		var files []fix.Candidate
		for _, pr := range x.problems {
			for !pr.fix.Trial.Passed && len(pr.todo) > 0 {
				if _, err := fix.Apply(slices.Concat(x.accepted, []fix.Candidate{pr.todo[0]})...); err != nil {
					pr.reject(err.Error())
					continue
				}
				if _, err := fix.Apply(slices.Concat(x.accepted, files, []fix.Candidate{pr.todo[0]})...); err == nil {
					batch, files = append(batch, pr), append(files, pr.todo[0])
				}
				break
			}
		}
		if len(batch) == 0 {
			return nil
		}
		if err := x.try(batch); err != nil {
			return err
		}
	}
}

// reject goes on to the next candidate of a problem.
func (pr *problem) reject(why string) {
	pr.fix.Trial.Failed = append(pr.fix.Trial.Failed, report.Tried{What: pr.todo[0].What, Why: why})
	pr.todo = pr.todo[1:]
}

// over reports whether there is no more time.
func (x *fixing) over() bool { return x.in.Context().Err() != nil || time.Now().After(x.deadline) }

// try tries the next candidates of some problems together.
func (x *fixing) try(batch []*problem) error {
	if x.over() {
		for _, pr := range batch {
			pr.reject("there was no time left to try it")
			pr.todo = nil
		}
		return nil
	}
	if len(batch) > 1 {
		v, err := x.screen(batch)
		if err != nil {
			return err
		}
		if v.harm != "" {
			return x.halves(batch)
		}
		batch = x.keep(batch, v)
		if len(batch) == 0 {
			return nil
		}
	}
	both := &verdict{most: map[spot]int{}, whole: true}
	for _, race := range []bool{false, true} {
		if race && !x.race {
			continue
		}
		v, err := x.verdict(batch, race, x.steps(batch))
		switch {
		case err != nil:
			return err
		case v.harm != "" || !x.ended(batch, v):
			if len(batch) > 1 {
				return x.halves(batch)
			}
			batch[0].reject(v.why(batch[0], race))
			return nil
		}
		both.add(v)
	}
	for _, pr := range batch {
		x.accepted = append(x.accepted, pr.todo[0])
		x.pass(pr, pr.todo[0])
	}
	x.also(batch, both)
	return nil
}

// halves tries the halves of a batch, one after the other.
func (x *fixing) halves(batch []*problem) error {
	n := len(batch) / 2
	if err := x.try(batch[:n]); err != nil {
		return err
	}
	return x.try(slices.DeleteFunc(slices.Clone(batch[n:]), func(pr *problem) bool { return pr.fix.Trial.Passed }))
}

// screen runs the tests that leaked once.
func (x *fixing) screen(batch []*problem) (*verdict, error) {
	return x.verdict(batch, false, [][]string{append([]string{x.limit()}, x.only(batch)...)})
}

// keep rejects the candidates that did not end their leak.
func (x *fixing) keep(batch []*problem, v *verdict) []*problem {
	var kept []*problem
	for _, pr := range batch {
		if v.most[pr.spot] > 0 {
			pr.reject("the leak is still there")
			continue
		}
		kept = append(kept, pr)
	}
	return kept
}

func (x *fixing) ended(batch []*problem, v *verdict) bool {
	return !slices.ContainsFunc(batch, func(pr *problem) bool { return v.most[pr.spot] > 0 })
}

// pass says of a problem that a change ended it.
func (x *fixing) pass(pr *problem, c fix.Candidate) {
	x.before[pr.spot] = 0
	files, err := fix.Apply(c)
	if err != nil {
		return // it was applied to be tried
	}
	pr.fix.What = c.What
	pr.fix.Trial.Failed = slices.DeleteFunc(pr.fix.Trial.Failed, func(t report.Tried) bool { return t.What == c.What })
	pr.fix.Trial.Passed, pr.fix.Trial.Runs, pr.fix.Trial.Race = true, fixRuns, x.race
	for i := range files {
		for _, l := range files[i].Lines() {
			pr.fix.Edits = append(pr.fix.Edits,
				report.FileEdit{Path: files[i].Name, Line: l.First, Lines: l.Last - l.First + 1, Text: l.Text})
		}
	}
}

// also finds the problems that changes for others ended as well, such as a second
// goroutine of the same value. What they tried before, another one may have spoilt.
func (x *fixing) also(batch []*problem, v *verdict) {
	for _, pr := range x.problems {
		if pr.fix.Trial.Passed || v.most[pr.spot] > 0 {
			continue
		}
		if by := endedBy(pr, batch, v); by != nil {
			x.pass(pr, by.todo[0])
		}
	}
}

// endedBy is the problem of a batch whose change ended another problem as well; nil
// where it is not known which did, or whether the test of that problem ran.
func endedBy(pr *problem, batch []*problem, v *verdict) *problem {
	near := slices.DeleteFunc(slices.Clone(batch), func(other *problem) bool {
		return topOf(other.spot.test) != topOf(pr.spot.test)
	})
	switch {
	case len(batch) == 1 && v.whole:
		return batch[0]
	case len(near) == 0:
		return nil
	}
	for _, other := range near {
		if slices.ContainsFunc(pr.todo, other.todo[0].Same) {
			return other
		}
	}
	if slices.ContainsFunc(near, func(other *problem) bool { return !other.todo[0].Same(near[0].todo[0]) }) {
		return nil
	}
	return near[0]
}

// limit bounds one run of the tests.
func (x *fixing) limit() string {
	most := 10*x.pkg.Elapsed + 30*time.Second
	if user, err := time.ParseDuration(strings.TrimPrefix(x.args.limit(), "-test.timeout=")); err == nil && user > 0 {
		most = min(most, user)
	}
	return "-test.timeout=" + most.String()
}

// only are the arguments that have the tests of some problems run.
func (x *fixing) only(batch []*problem) []string {
	var tests []string
	for _, pr := range batch {
		if pr.spot.test == "" {
			return x.args.only("")
		}
		if name := regexp.QuoteMeta(topOf(pr.spot.test)); !slices.Contains(tests, name) {
			tests = append(tests, name)
		}
	}
	return []string{"-test.run=^(" + strings.Join(tests, "|") + ")$"}
}

// slow is how long the tests of a package may take to be run ten times.
const slow = 10 * time.Second

// steps are the runs of a trial: all tests of the package, or, where they take long,
// those that leaked and all of them once.
func (x *fixing) steps(batch []*problem) [][]string {
	var all [][]string
	for i := range fixRuns {
		step := append([]string{x.limit()}, x.args.only("")...)
		if i > 0 && x.pkg.Elapsed > slow {
			step = append([]string{x.limit()}, x.only(batch)...)
		}
		all = append(all, step)
	}
	return all
}

// verdict is what runs with changes showed.
type verdict struct {
	harm  string       // what they did besides ending leaks: "TestX fails"
	most  map[spot]int // of each leak, the most that a run left
	whole bool         // all tests of the package ran each time
}

// add adds what other runs with the same changes showed.
func (v *verdict) add(other *verdict) {
	for sp, n := range other.most {
		v.most[sp] = max(v.most[sp], n)
	}
	v.whole = v.whole && other.whole
}

func (v *verdict) why(pr *problem, race bool) string {
	why := v.harm
	if why == "" {
		why = "the leak is still there"
	}
	if race {
		why += " with -race"
	}
	return why
}

// verdict runs tests with the candidates of a batch.
func (x *fixing) verdict(batch []*problem, race bool, steps [][]string) (*verdict, error) {
	var all []fix.Candidate
	for _, pr := range batch {
		all = append(all, pr.todo[0])
	}
	runs, err := x.with(slices.Concat(x.accepted, all), race, steps)
	if err != nil {
		return nil, err
	}
	if x.fails(runs, steps, race) && !x.compared[race] {
		if err := x.compare(batch, race); err != nil {
			return nil, err
		}
	}
	v := &verdict{most: map[spot]int{}, whole: len(runs) == len(steps) && x.pkg.Elapsed <= slow}
	if race && !x.race {
		return v, nil // there is nothing to compare with
	}
	if len(runs) < len(steps) {
		v.harm = "it does not compile"
		return v, nil
	}
	for _, s := range runs {
		x.judge(v, s)
	}
	return v, nil
}

// fails reports whether runs with a change failed in a way that they may without one:
// with the race detector they may not even compile.
func (x *fixing) fails(runs []*step, steps [][]string, race bool) bool {
	if race && len(runs) < len(steps) {
		return true
	}
	return slices.ContainsFunc(runs, func(s *step) bool {
		return s.tests == nil && race || s.tests != nil &&
			slices.ContainsFunc(s.tests.Failed, func(t string) bool { return !x.failing[t] })
	})
}

// compare finds the tests that also fail without a change, in at least one run, if
// some failed with one: on a busy machine a test that waits for 50 ms may fail.
func (x *fixing) compare(batch []*problem, race bool) error {
	x.compared[race] = true
	base, err := x.with(x.accepted, race, x.steps(batch))
	if err != nil {
		return err
	}
	if race && (len(base) == 0 || base[0].tests == nil) {
		x.race = false
		return nil
	}
	for _, s := range base {
		if s.tests == nil {
			continue
		}
		for _, t := range s.tests.Failed {
			x.failing[t] = true
		}
	}
	return nil
}

// judge adds what one run showed.
func (x *fixing) judge(v *verdict, s *step) {
	if s.tests == nil {
		v.harm = "the tests did not finish"
		return
	}
	for _, t := range s.tests.Failed {
		if !x.failing[t] {
			v.harm = t + " fails"
		}
	}
	now, left := map[spot]int{}, 0
	for _, r := range s.reports {
		left += len(r.Left)
	}
	for _, f := range each(s.reports) {
		now[spotOf(f)] += f.Count
	}
	for sp, n := range now {
		v.most[sp] = max(v.most[sp], n)
		if n > x.before[sp] {
			v.harm = "another goroutine leaks: " + sp.words()
		}
	}
	if left > x.left {
		v.harm = fmt.Sprintf("more descriptors or child processes are left: %d, not %d", left, x.left)
	}
}

// words names a leak.
func (sp *spot) words() string {
	where := sp.atLine
	if where == "" {
		where = report.ShortName(sp.at)
	}
	return fmt.Sprintf("%s (%s)", where, sp.cause)
}

// with runs tests with changes, and returns the runs that came to an end. There are
// none where they do not compile.
func (x *fixing) with(all []fix.Candidate, race bool, steps [][]string) ([]*step, error) {
	files, err := fix.Apply(all...)
	if err != nil {
		return nil, err
	}
	r := x.p.request
	x.number++
	r.Temp = filepath.Join(x.dir, strconv.Itoa(x.number))
	if err := os.Mkdir(r.Temp, 0o700); err != nil {
		return nil, err
	}
	defer os.RemoveAll(r.Temp)
	r.Options.Tell, r.Options.Update = true, false
	r.Files = map[string][]byte{}
	for _, f := range files {
		r.Files[f.Path] = f.New
	}
	plan, err := inject.Prepare(x.in.Context(), r)
	if err != nil {
		return nil, err
	}
	again := rerun{
		plan: plan, dir: r.Temp, flags: []string{fmt.Sprintf("-race=%t", race)}, packages: x.args.patterns(x.pkg),
	}
	again.spec.Steps = steps
	runs, err := x.p.repeated(x.in, x.args.unraced(), again)
	return runs[x.pkg.Path], err
}
