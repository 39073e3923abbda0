package testrun

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/internal/fix"
)

// Summary is what is said once all tests are over. It says "no leaks" of nothing
// that was not checked.
type Summary struct {
	Packages    []*Package
	Dirs        map[string]string // the folders of those with findings
	Interrupted bool              // by a signal
	Confirmed   bool              // what is made once per process is kept apart from what grows
	NewFrom     string            // the revision that the tests were compared with; "" for none
	Notes       []string          // on the whole run
	Fixes       []fix.Candidate   // changes that end leaks

	// Counted from the packages.
	counted  bool
	checked  []*Package // those of which something was checked
	failed   []string   // tests that failed and were not checked, by package
	failures int
	tests    int // that were checked
	skipped  int
	passed   int        // that passed and were not checked
	examples int        // that the checks of their packages covered
	known    int        // goroutines that a baseline let pass
	silent   int        // processes that tests started, without a report
	cut      []*Package // those that did not run to their end
	broken   []*Package // those that failed though none of their tests did
	unbuilt  []string
	own      []*Package // those that are left to their own checks
	idle     int        // packages without a test that ran
}

// Print writes the summary.
func (s *Summary) Print(w io.Writer) {
	s.count()
	growing, single := split(findings(s.Packages, s.Dirs))
	causes := causesOf(growing)
	fmt.Fprintf(w, "leakcheck: %s\n", strings.Join(s.first(causes), "; "))
	for _, c := range causes[:min(len(causes), maxCauses)] {
		c.print(w)
	}
	if more := causes[min(len(causes), maxCauses):]; len(more) > 0 {
		n := 0
		for _, c := range more {
			n += c.count
		}
		fmt.Fprintf(w, "  and %s with %s; -o text prints all of them\n",
			words.Count(len(more), "more kind"), words.Count(n, "goroutine"))
	}
	s.printOnce(w, causesOf(single))
	s.printKnown(w)
	if ran := s.tests + s.failures + s.skipped + s.passed + s.examples; ran > 0 {
		fmt.Fprintf(w, "  %s\n", s.ran(ran))
	}
	s.lists(w)
}

// Report makes one report of those of all packages. Like the summary it says what
// it does not cover.
func (s *Summary) Report() *report.Report {
	s.count()
	r := merge(s.Packages, s.Dirs)
	if s.Interrupted {
		r.Notes = append(r.Notes, "interrupted: this report is partial; not all tests finished")
	}
	r.Notes = append(r.Notes, s.Notes...)
	if n := s.single(); n > 0 {
		r.Notes = append(r.Notes, s.singletons(n))
	}
	if n := s.knownLeaks(); n > 0 {
		r.Notes = append(r.Notes, s.knownThen(n))
	}
	if remarks := s.remarks(); len(remarks) > 0 {
		r.Notes = append(r.Notes, "not covered: "+strings.Join(remarks, "; "))
	}
	return r
}

// count sorts the packages by what became of them.
func (s *Summary) count() {
	if s.counted {
		return
	}
	s.counted = true
	byPath := func(a, b *Package) int { return strings.Compare(a.Path, b.Path) }
	for _, p := range slices.SortedFunc(slices.Values(s.Packages), byPath) {
		switch {
		case !p.Built:
			s.unbuilt = append(s.unbuilt, p.Path)
			continue
		case p.Own != "":
			s.own = append(s.own, p)
			continue
		case p.hasNoTests():
			continue
		case p.Tests == nil && (p.Result == "fail" || p.Result == ""):
			s.cut = append(s.cut, p)
		case p.Tests == nil:
			s.idle++ // -list, or a TestMain that runs no test
		}
		s.add(p)
	}
}

// add counts the tests of a package that was built.
func (s *Summary) add(p *Package) {
	t := p.Tests
	if t == nil {
		if len(p.Reports)+len(p.Known) > 0 {
			s.checked = append(s.checked, p)
		}
		return
	}
	s.tests += t.Checked
	s.skipped += t.Skipped
	s.passed += t.Unchecked
	s.failures += len(t.Failed)
	if t.Package && len(t.Failed) == 0 { // else the check took only what others left to it
		s.examples += t.Examples
	} else {
		s.passed += t.Examples
	}
	s.known += t.Known
	s.silent += t.Silent
	if len(t.Failed) > 0 {
		s.failed = append(s.failed, p.Path+": "+someOf(t.Failed, maxTests))
	}
	// The end of a package whose tests failed is not checked, and where no test
	// ran there was nothing to check.
	atEnd := t.Package && len(t.Failed) == 0 && !strings.Contains(p.last, "[no tests to run]")
	switch {
	case len(p.Reports)+len(p.Known) > 0 || t.Checked > 0 || atEnd:
		s.checked = append(s.checked, p)
	case len(t.Failed)+t.Unchecked+t.Examples == 0:
		s.idle++
	}
	if p.Result == "fail" && len(t.Failed) == 0 && len(p.Reports) == 0 {
		s.broken = append(s.broken, p)
	}
}

// first is the line that sums it up, in parts.
func (s *Summary) first(causes []*rootCause) []string {
	parts := []string{s.verdict(causes)}
	if n := s.single(); n > 0 {
		parts = append(parts, s.singletons(n))
	}
	if n := s.knownLeaks(); n > 0 {
		parts = append(parts, s.knownThen(n))
	}
	parts = append(parts, s.remarks()...)
	if s.Interrupted {
		parts = append(parts, "interrupted")
	}
	return parts
}

// verdict is what was found, of what was checked.
func (s *Summary) verdict(causes []*rootCause) string {
	leaks, leaky := 0, 0
	for _, p := range s.Packages {
		if n := p.Failing(); n > 0 {
			leaks, leaky = leaks+n, leaky+1
		}
	}
	switch n := len(s.checked); {
	case leaks > 0:
		return fmt.Sprintf("%s in %d of %s; %s", words.Count(leaks, "leak"), leaky,
			words.Count(max(n, leaky), "package"), words.Count(len(causes), "root cause"))
	case n == 0:
		return "nothing was checked"
	case s.failures > 0 && s.tests == 1:
		return "no leaks in the 1 test that was checked"
	case s.failures > 0 && s.tests > 1:
		return fmt.Sprintf("no leaks in the %d tests that were checked", s.tests)
	default:
		return "no leaks in " + words.Count(n, "package")
	}
}

// remarks are what the verdict does not cover.
func (s *Summary) remarks() []string {
	var all []string
	say := func(n int, one, many string) {
		if n > 0 {
			all = append(all, words.Plural(n, one, many))
		}
	}
	say(s.failures, "test failed and was not checked", "tests failed and were not checked")
	say(len(s.cut), "package did not finish", "packages did not finish")
	say(len(s.broken), "package failed for another reason", "packages failed for another reason")
	say(len(s.unbuilt), "package could not be built", "packages could not be built")
	say(s.idle, "package had no test to run", "packages had no test to run")
	say(len(s.own), "package has its own checks", "packages have their own checks")
	say(s.known, "known leak was allowed", "known leaks were allowed")
	say(s.silent, "child process ended without a report", "child processes ended without a report")
	return all
}

// ran says what became of the tests that ran.
func (s *Summary) ran(n int) string {
	parts := []string{fmt.Sprintf("%d checked", s.tests)}
	if s.failures > 0 {
		parts = append(parts, fmt.Sprintf("%d failed and not checked", s.failures))
	}
	if s.passed > 0 {
		its := "their"
		if s.passed == 1 {
			its = "its"
		}
		parts = append(parts, fmt.Sprintf("%d passed and not checked (%s package failed)", s.passed, its))
	}
	if s.examples > 0 {
		parts = append(parts, fmt.Sprintf("%s checked at the end of the package", words.Count(s.examples, "example")))
	}
	if s.skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", s.skipped))
	}
	return fmt.Sprintf("%s ran: %s", words.Count(n, "test"), strings.Join(parts, ", "))
}

// lists names what was not checked and why.
func (s *Summary) lists(w io.Writer) {
	var cut, broken, own, notes []string
	for _, p := range s.cut {
		cut = append(cut, reason(p))
	}
	for _, p := range s.broken {
		broken = append(broken, reason(p))
	}
	for _, p := range s.own {
		own = append(own, p.Path+": uses "+p.Own)
	}
	for _, p := range s.Packages {
		for _, note := range p.Notes {
			addNew(&notes, note)
		}
	}
	printList(w, "failed and not checked:", s.failed)
	printList(w, "not checked to the end:", cut)
	printList(w, "failed for another reason:", broken)
	printList(w, "could not be built:", s.unbuilt)
	printList(w, "have their own checks:", own)
	for _, note := range s.Notes {
		addNew(&notes, note)
	}
	slices.Sort(notes)
	for _, note := range notes {
		fmt.Fprintf(w, "  note: %s\n", report.Escape(note))
	}
}

// hasNoTests reports whether go test says that the package has no test files. With
// -cover it says that by a line that begins with the coverage alone.
func (p *Package) hasNoTests() bool {
	return p.Tests == nil && (p.Result == "skip" || p.Result == "pass" && strings.HasPrefix(p.last, "\t"+p.Path))
}

// reason names a package and the line that is likely to say why it failed.
func reason(p *Package) string {
	if p.Why == "" {
		return p.Path
	}
	return p.Path + ": " + p.Why
}

// maxListed bounds what is named of one sort.
const maxListed = 20

func printList(w io.Writer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "  %s\n", title)
	for i, line := range lines {
		if i == maxListed {
			fmt.Fprintf(w, "      and %d more\n", len(lines)-maxListed)
			return
		}
		fmt.Fprintf(w, "      %s\n", report.Escape(line))
	}
}

// sortedKeys returns the keys of m in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
