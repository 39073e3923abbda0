package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// verdict says what became of a kernel, the later the worse.
type verdict int

const (
	noLeak verdict = iota
	found
	explained
	undecided
	unproven
	partly
	wrong
	missed
	broken
)

func (v verdict) String() string {
	return [...]string{"no leak", "found", "explained", "undecided", "unproven", "partly", "wrong", "missed", "broken"}[v]
}

// trial is one run with its verdict. The detail says in a few words what the
// verdict rests on.
type trial struct {
	verdict verdict
	took    time.Duration
	causes  []string
	detail  string
	left    int  // goroutines that outlived the test
	proves  bool // the runtime can prove which of them are leaked
	proven  int  // of them, those that it proves to be leaked
	certain int  // those that the checker called proven, or unreachable
}

var crashLine = regexp.MustCompile(`(?m)^(?:panic: |fatal error: |\tpanic: ).*$`)

// judge decides on one run of a kernel.
func judge(r result, pkg testPackage, k kernel) trial {
	t := trial{took: r.took(), causes: r.causes}
	left, test := r.goroutines(pkg.path, k)
	crash := crashLine.FindString(r.out)
	switch {
	case crash != "":
		t.verdict, t.detail = broken, crash
	case r.said("called") && !r.said("returned"):
		t.verdict, t.detail = judgeHung(r, test, left)
	case r.said("ended"):
		t.left, t.proves = len(left), r.said("proof")
		t.proven, t.certain = proven(left), r.certain
		t.verdict, t.detail = judgeLeft(r.reported, r.certain, left)
	case r.said("stuck"):
		t.verdict, t.detail = broken, "the check itself hangs"
	default:
		t.verdict, t.detail = broken, fmt.Sprintf("the process ended with code %d and without a word", r.code)
	}
	return t
}

// judgeLeft judges a test that ended, by how many goroutines were reported, how
// many of them as proven, and which were left.
func judgeLeft(reported, certain int, left []stackparse.Goroutine) (verdict, string) {
	proven := proven(left)
	detail := fmt.Sprintf("%d left", len(left))
	if proven > 0 {
		detail += fmt.Sprintf(", %d proven", proven)
	}
	if reported != len(left) || certain != proven {
		detail += fmt.Sprintf("; %d reported, %d proven", reported, certain)
	}
	switch {
	case reported == 0 && len(left) == 0:
		return noLeak, ""
	case reported == 0:
		return missed, detail + ": " + states(left)
	case len(left) == 0:
		return wrong, detail
	case reported < proven:
		return partly, detail + ": " + states(left)
	}
	return found, detail
}

// proven counts the goroutines that the runtime proves to be leaked.
func proven(gs []stackparse.Goroutine) (n int) {
	for i := range gs {
		if gs[i].Leaked {
			n++
		}
	}
	return n
}

// judgeHung judges a test that did not come to its end. Its goroutine test is
// nil where the process ended before it could be observed; others are there with
// it.
func judgeHung(r result, test *stackparse.Goroutine, others []stackparse.Goroutine) (verdict, string) {
	state := "unobserved"
	if test != nil {
		state = test.State
		if len(others) > 0 {
			state += " with " + states(others)
		}
	}
	// The exit code is part of the promise: without it a build would be green.
	explains := r.hung && r.code == 1 && len(r.causes) > 0
	switch {
	case explains && test != nil && !test.Leaked && r.said("proof"):
		return wrong, "the test was ended without a proof: " + state
	case explains:
		return explained, state
	case !r.said("stuck"):
		return broken, fmt.Sprintf("the process ended with code %d and no report on the test", r.code)
	case test == nil:
		return broken, "the test is not among the goroutines"
	case test.Leaked:
		return missed, "the test hangs, proven leaked: " + state
	case !r.said("proof"):
		return undecided, "the test hangs, without a proof: " + state
	}
	return unproven, "the test does not end, not proven to hang: " + state
}

// states lists the states of gs with their counts.
func states(gs []stackparse.Goroutine) string {
	counts := map[string]int{}
	for i := range gs {
		counts[gs[i].State]++
	}
	var all []string
	for state, n := range counts {
		all = append(all, fmt.Sprintf("%d %s", n, state))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
