package explore

import (
	"fmt"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
)

// When says in words what a finding's plan makes happen, with the names of files
// as seen from dir. It is "" for a finding that needs no perturbation, or for which
// none is known that decides on it.
func (f *Finding) When(sites []Site, dir string) string {
	if f.ByChance {
		return ""
	}
	var parts []string
	for _, p := range f.Plan.Parts() {
		if text := f.part(p, sites, dir); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", and ")
}

// part describes a plan of one perturbation.
func (f *Finding) part(p perturb.Plan, sites []Site, dir string) string {
	for id := range p.Pause {
		if id < len(sites) {
			return sites[id].words(dir) + " comes late"
		}
	}
	for id, h := range p.Late {
		if id < len(sites) {
			return fmt.Sprintf("%s comes late the %s time", sites[id].words(dir), ordinal(h.N))
		}
	}
	for id, number := range p.Prefer {
		if id < len(sites) && number < len(sites[id].Cases) {
			c := sites[id].Cases[number]
			return fmt.Sprintf("%s takes %s (line %d)", sites[id].words(dir), c.Text, c.Line)
		}
	}
	for id := range p.Fire {
		if id < len(sites) {
			return sites[id].words(dir) + " fires before anything else happens"
		}
	}
	if c := p.Cancel; c != nil && c.Site < len(sites) {
		if d := f.Decided; d >= 0 && d < len(sites) {
			return sites[c.Site].words(dir) + " ends before " + sites[d].words(dir)
		}
		if f.Decided == AtOnce {
			return sites[c.Site].words(dir) + " ends as soon as it is made"
		}
		return sites[c.Site].words(dir) + " ends early"
	}
	return ""
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "first"
	case 2:
		return "second"
	}
	return fmt.Sprintf("%dth", n)
}

// kindWords are what the kinds of sites are called.
var kindWords = map[Kind]string{
	Send: "the send", Receive: "the receive", Close: "the close", Lock: "the call", Go: "the go statement",
	Start: "the goroutine", Select: "the select", Context: "the context",
	Sleep: "the sleep", Timer: "the timer",
}

// words names a site: "the send at fetch.go:40".
func (s *Site) words(dir string) string {
	at := " at "
	if s.Kind == Context || s.Kind == Start || s.Kind == Timer {
		at = " of "
	}
	return fmt.Sprintf("%s%s%s:%d", kindWords[s.Kind], at, within(dir, s.File), s.Line)
}

// Replay returns the value of -replay for a finding, which [ParseReplay] reads.
func (f *Finding) Replay() string { return f.Test.Name + ":" + f.Plan.String() }

// ParseReplay returns the test and the plan of a finding.
func ParseReplay(text string) (test string, p perturb.Plan, err error) {
	test, plan, found := strings.Cut(text, ":")
	if !found || !strings.HasPrefix(test, "Test") {
		return "", p, fmt.Errorf("%q: want TestName:PLAN, as a report of explore prints it", text)
	}
	p, err = perturb.ParsePlan(plan)
	return test, p, err
}
