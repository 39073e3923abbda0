package leakcheck

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Baseline lets the leaks pass that the file path lists, so that code which
// leaks already can be checked from today on: what is new, or more, fails.
//
//	leakcheck.VerifyTestMain(m, leakcheck.Baseline("testdata/leaks.json"))
//
// Given to [VerifyTestMain] or [Run] it holds for each [Verify] of the package,
// unless that was given one of its own. The path is seen from the folder of the
// package. A run with LEAKCHECK_UPDATE_BASELINE=1 in the environment writes the
// file: leaks then fail nothing and are added to it. Without that, a file that is
// not there fails the check, as does one that is broken or too new for this
// version.
//
// The file is JSON to be committed, read and edited. An entry names a stack,
// without lines and without the numbers of closures, and how many goroutines
// with it one run of the tests leaves behind at most, whichever test that is.
// With -count or several -cpu values each repetition may leave as many again.
// Its "reason" is yours to write: why the leak stays.
//
// After a run of all tests [VerifyTestMain] says which entries were not found,
// or less often, so that what is mended stays mended, and how many have no
// reason. An update by such a run removes and lowers those; any other update,
// with -run, -skip, -short, -count or a test that fails, adds and raises. It
// keeps the reasons and days of the entries that stay. Entries whose test
// skipped itself after its Verify stay as well; of other skipped tests it knows
// nothing.
//
// Several packages may share a file outside of their folders; its entries name
// the package that they count for. LEAKCHECK_BASELINE=path in the environment
// is Baseline(path) for every [Verify] and [VerifyTestMain] that was given none.
// For [Find] each call is a run of its own. [AtExit] takes no notice of it.
// Baseline panics when path is empty.
//
// A report says what is new. Where a known stack leaks more often than the file
// allows, it shows all of those goroutines that the test left: nothing tells
// the new one from the others.
func Baseline(path string) Option {
	if path == "" {
		panic("leakcheck.Baseline: the path is empty; pass that of the file, such as \"testdata/leaks.json\"")
	}
	return option(func(c *config) { c.baseline = ratchetFor(path) })
}

// The variables of the environment that [Baseline] documents.
const (
	envBaseline = "LEAKCHECK_BASELINE"
	envUpdate   = "LEAKCHECK_UPDATE_BASELINE"
)

// updating reports whether the baselines are to be written.
func updating() bool {
	v := os.Getenv(envUpdate)
	return v != "" && v != "0" && !strings.EqualFold(v, "false")
}

// keyOf is the key of a goroutine in a baseline.
func keyOf(g *stackparse.Goroutine) baseline.Key {
	calls := make([]string, len(g.Frames))
	for i := range g.Frames {
		calls[i] = g.Frames[i].Func
	}
	creator := ""
	if g.Creator != nil {
		creator = g.Creator.Func
	}
	return baseline.KeyOf(calls, creator)
}

// fromEnvironment adds what the environment asks for. It is read at each check,
// so that go test, which watches what a test reads, runs it again when that
// changes. Where it asks for nothing, the baseline of the whole package holds.
func (c *config) fromEnvironment() *config {
	switch path := os.Getenv(envBaseline); {
	case c.baseline != nil:
	case path != "":
		c.baseline = ratchetFor(path)
	default:
		c.baseline = process.baseline.Load()
	}
	return c
}

// problem says why no check can be done with these options, or returns nil.
func (c *config) problem() error {
	if c.baseline == nil {
		return nil
	}
	return c.baseline.problem()
}

// sift takes out of r, and out of leaks, of which it was built, what the
// baseline lets pass in a check in the given round, and says so in the notes.
// Nothing may be left. An error is one of an update.
func (c *config) sift(r *report.Report, leaks []report.Leak, in round) ([]report.Leak, error) {
	if c.baseline == nil {
		return leaks, nil
	}
	found := make([]baseline.Leak, len(r.Findings))
	for i := range r.Findings {
		f := &r.Findings[i]
		found[i] = baseline.Leak{Key: keyOf(&f.Example), Count: f.Count, Test: f.Test, Summary: f.Cause.Title}
	}
	passes, notes := c.baseline.admit(found, in)
	r.Findings = slices.DeleteFunc(r.Findings, func(f report.Finding) bool {
		if !passes[keyOf(&f.Example)] {
			return false
		}
		r.Total -= f.Count
		r.Proven -= f.Proven
		return true
	})
	known := idSet{}
	leaks = slices.DeleteFunc(leaks, func(l report.Leak) bool {
		if passes[keyOf(&l.Goroutine)] {
			known[l.Goroutine.ID] = true
		}
		return known[l.Goroutine.ID]
	})
	if in != alone {
		process.excuse(known)
	}
	if n := len(known); n > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%s left out here, see %s", plural(n, "known goroutine is", "known goroutines are"), c.baseline.name))
	}
	r.Notes = append(r.Notes, notes...)
	if !updating() || len(found) == 0 {
		return leaks, nil
	}
	return leaks, c.baseline.update(none)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
