// Package options has what "leakcheck test" tells the checks in a test binary.
//
// It is compiled in: what is handed over in the environment is seen by the tests and by
// the programs that they start, and go test would repeat results that were found with
// other options.
package options

import "time"

// Check are the options of the command line that the checks follow.
type Check struct {
	PerPackage bool     // only the whole package is checked, when its tests are over
	ProvenOnly bool     // only what the runtime proves is reported
	NoProof    bool     // the runtime is not asked for proofs
	Ignore     []string // expressions of package filters
	Baseline   string   // absolute path of the file; "" for none
	Update     bool     // the baseline is to be written
	Tell       bool     // what is found fails no test: the command decides
	Quiet      bool     // only the command learns what a test left
	Failed     bool     // tests that failed are checked as well
	Also       bool     // packages that check for leaks themselves are checked as well
	Both       bool     // in these, tests that failed are checked too: it may be of a leak
	Children   bool     // programs that tests start are checked at their end
	Calls      bool     // tests run once more to learn who called a library

	// Wait bounds the wait for goroutines that still do something; 0 is the usual bound.
	Wait time.Duration
}
