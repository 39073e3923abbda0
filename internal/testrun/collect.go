package testrun

import (
	"cmp"
	"fmt"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
)

// finding is one of a run. Its files are named as seen from the current folder.
type finding struct {
	report.Finding
	pkg  string
	test string // that left the goroutines; "the tests" where that is not known
	// testLine is file:line of the test that led to a goroutine which other code of
	// the main module started; "" where that is not known.
	testLine  string
	workspace bool // the go statement is in another module that is worked on, as in a workspace
	of        *report.Report
}

// each yields the findings of reports, each with its report.
func each(reports []*report.Report) iter.Seq2[*report.Report, *report.Finding] {
	return func(yield func(*report.Report, *report.Finding) bool) {
		for _, r := range reports {
			for i := range r.Findings {
				if !yield(r, &r.Findings[i]) {
					return
				}
			}
		}
	}
}

// wholePackage is the subject of a check at the end of a package.
const wholePackage = "the tests"

// findings returns those of all packages. Reports name files as seen from the
// folder of their package, which dirs has.
func findings(packages []*Package, dirs map[string]string) []finding {
	wd, err := os.Getwd()
	var all []finding
	for _, p := range packages {
		tree := source.Of(nil, dirs[p.Path])
		for r, found := range each(p.Reports) {
			f := *found
			workspace := inWorkspace(&f.Started)
			if err == nil {
				Relocate(wd, dirs[p.Path], &f)
			}
			test := r.Subject
			if test == wholePackage && f.Test != "" { // found at the end, and its owner is known
				test = f.Test
			}
			all = append(all, finding{f, p.Path, test, testLine(&f, wd, tree), workspace, r})
		}
	}
	return all
}

// testLine looks for the test among the calls that led to a goroutine. Tree is that
// of the package.
func testLine(f *report.Finding, wd string, tree *source.Tree) string {
	if strings.HasSuffix(f.Started.File, "_test.go") {
		return ""
	}
	callee := ""
	for i := range f.Example.Ancestors {
		for _, frame := range f.Example.Ancestors[i].Frames {
			if strings.HasSuffix(frame.File, "_test.go") {
				file := path.Base(frame.File) // -trimpath leaves out the folder
				line, ok := tree.CallLine(filepath.Join(tree.Dir, file), frame.Line, callee)
				if !ok {
					line = frame.Line
				}
				return fmt.Sprintf("%s:%d", relative(wd, tree.Dir, file), line)
			}
			callee = frame.Func
		}
	}
	return ""
}

// merge makes one report of those of all packages. Where there are several
// packages, tests have both names.
func merge(packages []*Package, dirs map[string]string) *report.Report {
	all := &report.Report{Subject: wholePackage}
	found := findings(packages, dirs)
	several := slices.ContainsFunc(found, func(f finding) bool { return f.pkg != found[0].pkg })
	if len(found) > 0 && !several {
		all.Package = found[0].pkg
	}
	for _, f := range found {
		if f.Test = cmp.Or(f.Test, f.test); several {
			f.Test = f.pkg + "." + f.Test
		}
		all.Findings = append(all.Findings, f.Finding)
	}
	for _, p := range packages {
		for _, r := range p.Reports {
			for _, note := range r.Notes {
				addNew(&all.Notes, note)
			}
		}
	}
	slices.SortStableFunc(all.Findings, func(a, b report.Finding) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(b.Count, a.Count))
	})
	return about(all, all.Findings, nil)
}

// Relocate names the files of f, which are as seen from dir, as seen from wd.
func Relocate(wd, dir string, f *report.Finding) {
	f.Stack = slices.Clone(f.Stack)
	sites := []*report.Site{&f.At, &f.Started, &f.Called}
	for i := range f.Stack {
		sites = append(sites, &f.Stack[i])
	}
	for _, s := range sites {
		if s.File != "" {
			s.File = relative(wd, dir, s.File)
		}
	}
}

// relative turns a file as seen from dir into one as seen from wd. What is not
// there, such as a file of the standard library, and what lies elsewhere keeps
// its name.
func relative(wd, dir, file string) string {
	if dir == "" {
		return file
	}
	path := filepath.FromSlash(file)
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if _, err := os.Stat(path); err != nil {
		return file
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || filepath.IsAbs(file) && strings.HasPrefix(rel, "..") {
		return file
	}
	return filepath.ToSlash(rel)
}

// inWorkspace reports whether a place is outside of its own module and not in the
// module cache or the standard library, which reports name without what is above.
func inWorkspace(s *report.Site) bool {
	return filepath.IsAbs(s.File) || strings.HasPrefix(s.File, "../")
}
