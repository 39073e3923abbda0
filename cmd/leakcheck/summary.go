package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/inject"
)

// summary is what is said once all tests are over.
type summary struct {
	findings    []finding
	plan        *inject.Plan
	tested      int  // packages whose tests could be run
	interrupted bool // by a signal
	notes       []string
}

// rootCause is the findings with one cause: goroutines that do the same and were
// started by the same call of a library or go statement, or, where that is not
// known, wait at the same place.
type rootCause struct {
	first         finding
	count, proven int
	tests         map[string][]string // by package
}

func (s summary) print(w io.Writer) {
	causes := rootCauses(s.findings)
	fmt.Fprintf(w, "leakcheck: %s\n", s.first(causes))
	for _, c := range causes {
		c.print(w)
	}
	s.left(w)
	for _, note := range s.notes {
		fmt.Fprintf(w, "  note: %s\n", report.Escape(note))
	}
}

// untested is how many of the packages to check were not tested: their tests do
// not build, or the run ended before.
func untested(plan *inject.Plan, tested int) int { return max(len(plan.Packages)-tested, 0) }

// first is the line that sums it up.
func (s summary) first(causes []*rootCause) string {
	pkgs := map[string]bool{}
	leaks := 0
	for _, f := range s.findings {
		pkgs[f.pkg] = true
		leaks += f.count
	}
	checked := len(s.plan.Packages)
	for _, l := range s.plan.Left {
		if l.Own && pkgs[l.Package] {
			checked++ // by itself
		}
	}
	total := count(checked, "package")
	missing := untested(s.plan, s.tested)
	var line string
	switch {
	case leaks > 0:
		line = fmt.Sprintf("%s in %d of %s; %s", count(leaks, "leak"), len(pkgs), total, count(len(causes), "root cause"))
	case checked == 0:
		line = "nothing was checked"
	case missing == checked:
		line, missing = "nothing was tested", 0
	default:
		line = "no leaks in " + count(checked-missing, "package")
	}
	if missing > 0 {
		line += fmt.Sprintf("; %d not tested", missing)
	}
	if s.interrupted {
		line += "; interrupted"
	}
	return line
}

// count is n and a noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// rootCauses groups findings, those with the most goroutines first.
func rootCauses(findings []finding) []*rootCause {
	var causes []*rootCause
	index := map[[2]string]*rootCause{}
	for _, f := range findings {
		key := [2]string{f.title, cmp.Or(f.called, f.started, f.at)}
		if f.beside {
			key[1] = f.started
		}
		c := index[key]
		if c == nil {
			c = &rootCause{first: f, tests: map[string][]string{}}
			index[key] = c
			causes = append(causes, c)
		}
		c.count += f.count
		c.proven += f.proven
		if !slices.Contains(c.tests[f.pkg], f.test) {
			c.tests[f.pkg] = append(c.tests[f.pkg], f.test)
		}
	}
	slices.SortStableFunc(causes, func(a, b *rootCause) int { return cmp.Compare(b.count, a.count) })
	return causes
}

const maxTests = 3 // named of a package

func (c *rootCause) print(w io.Writer) {
	grade := ""
	if c.proven > 0 {
		grade = fmt.Sprintf(" (%d proven)", c.proven)
	}
	fmt.Fprintf(w, "  + %d x %s%s\n", c.count, c.first.title, grade)
	for _, row := range [][2]string{{"at", strings.TrimRight(c.first.at+"   "+c.first.fn, " ")}, {"started", c.first.started}, {"called", c.first.called}} {
		if row[1] != "" {
			fmt.Fprintf(w, "      %-8s %s\n", row[0], row[1])
		}
	}
	for _, pkg := range sortedKeys(c.tests) {
		tests := c.tests[pkg]
		names := strings.Join(tests[:min(len(tests), maxTests)], ", ")
		if more := len(tests) - maxTests; more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		fmt.Fprintf(w, "      %-8s %s\n", "in", strings.TrimSpace(pkg+": "+names))
	}
}

// left names the packages that were not checked, or not wholly.
func (s summary) left(w io.Writer) {
	for _, own := range []bool{true, false} {
		title := "left to their own checks:"
		if !own {
			title = "not checked:"
		}
		for _, l := range s.plan.Left {
			if l.Own != own {
				continue
			}
			if title != "" {
				fmt.Fprintf(w, "  %s\n", title)
				title = ""
			}
			fmt.Fprintf(w, "      %s: %s\n", l.Package, l.Why)
		}
	}
}
