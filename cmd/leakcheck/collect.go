package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// reportVariable names the folder that checks write their reports to, a folder
// for each (see package leakcheck).
const reportVariable = "LEAKCHECK_REPORT"

// reportFolder is where the checks of one run put their reports.
type reportFolder struct {
	dir    string
	before map[string]bool // what was there
}

// newReportFolder makes a folder below temp, or takes the user's own, who gets
// the reports as well. Checks run in the folders of their packages, so that a
// path must be absolute.
func newReportFolder(temp, user string) (*reportFolder, error) {
	dir, err := filepath.Abs(cmp.Or(user, filepath.Join(temp, "reports")))
	if err != nil {
		return nil, err
	}
	f := &reportFolder{dir: dir, before: map[string]bool{}}
	names, err := f.names()
	for _, name := range names {
		f.before[name] = true
	}
	return f, err
}

// names are the folders of reports that are complete: other names begin with a
// point, which the pattern does not match.
func (f *reportFolder) names() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// read returns the reports of this run, by package and subject. An error is
// about those that could not be read.
func (f *reportFolder) read() (reportIndex, error) {
	names, err := f.names()
	if err != nil {
		return nil, err
	}
	index := reportIndex{}
	for _, name := range names {
		if f.before[name] {
			continue
		}
		r, problem := readReport(filepath.Join(f.dir, name, "report.json"))
		if problem != nil {
			err = problem
		}
		if r != nil {
			key := eventKey{r.Package, r.Subject}
			index[key] = append(index[key], r)
		}
	}
	return index, err
}

func readReport(name string) (*report.Report, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, err := report.Decode(file)
	if err != nil {
		return r, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// reportIndex holds reports by package and subject; with -count there may be
// several.
type reportIndex map[eventKey][]*report.Report

// detail replaces what was read in the output of go test by the reports
// themselves. The output decides what was found: a test that runs its own binary
// once more, to see it fail, leaves a report that nobody printed, and one that
// empties its environment prints a report that it writes nowhere: missing names
// the tests whose reports are not there.
func (i reportIndex) detail(printed []finding) (all []finding, used []*report.Report, missing []string) {
	seen := map[eventKey]bool{}
	for _, f := range printed {
		key := eventKey{f.pkg, f.test}
		if i[key] == nil {
			all = append(all, f)
			if !seen[key] {
				missing = append(missing, strings.TrimSpace(f.pkg+" "+f.test))
			}
		} else if !seen[key] {
			used = append(used, i[key]...)
			for _, r := range i[key] {
				all = append(all, findingsOf(r)...)
			}
		}
		seen[key] = true
	}
	return all, used, missing
}

// findingsOf are the findings of r as the summary has them.
func findingsOf(r *report.Report) []finding {
	var all []finding
	for i := range r.Findings {
		f := &r.Findings[i]
		all = append(all, finding{
			pkg: r.Package, test: r.Subject, count: f.Count, proven: f.Proven, title: f.Cause.Title,
			at: place(f.At), fn: shortFunc(f.At.Func), started: place(f.Started), called: place(f.Called), beside: beside(f.Started.File),
		})
	}
	return all
}

func place(s report.Site) string {
	if s.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", s.File, s.Line)
}

// shortFunc is a function's name without the path of its package.
func shortFunc(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// merge makes one report of those of all packages. Files are named as seen from
// the current folder, and where there are several packages, tests by both names.
func merge(reports []*report.Report, dirs map[string]string) *report.Report {
	all := &report.Report{Subject: "the tests"}
	pkgs := map[string]bool{}
	for _, r := range reports {
		pkgs[r.Package] = true
	}
	if len(pkgs) == 1 {
		all.Package = reports[0].Package
	}
	wd, err := os.Getwd()
	for _, r := range reports {
		for _, f := range r.Findings { // copies
			if err == nil {
				relocate(wd, dirs[r.Package], &f)
			}
			if f.Test = cmp.Or(f.Test, r.Subject); len(pkgs) > 1 {
				f.Test = r.Package + "." + f.Test
			}
			all.Total += f.Count
			all.Proven += f.Proven
			all.Findings = append(all.Findings, f)
		}
		for _, note := range r.Notes {
			if !slices.Contains(all.Notes, note) {
				all.Notes = append(all.Notes, note)
			}
		}
	}
	slices.SortStableFunc(all.Findings, func(a, b report.Finding) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(b.Count, a.Count))
	})
	return all
}

func relocate(wd, dir string, f *report.Finding) {
	f.Stack = slices.Clone(f.Stack)
	sites := []*report.Site{&f.At, &f.Started, &f.Called}
	for i := range f.Stack {
		sites = append(sites, &f.Stack[i])
	}
	for _, s := range sites {
		if s.File != "" {
			at := relative(wd, dir, place(*s))
			s.File = at[:strings.LastIndexByte(at, ':')]
		}
	}
}
