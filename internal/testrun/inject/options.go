package inject

import (
	"fmt"
	"strings"
	"time"
)

// Options are those of the command line. They are compiled in: what is handed
// over in the environment is seen by the tests and by the programs that they
// start, and go test would repeat results that were found with other options.
type Options struct {
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

// source is the file of package hook that holds the options.
func (o Options) source() []byte {
	return fmt.Appendf(nil, `package hook

// options are those of the command line.
var options = settings{
	perPackage: %t,
	provenOnly: %t,
	noProof:    %t,
	ignore:     %s,
	baseline:   %q,
	update:     %t,
	also:       %t,
	tell:       %t,
	quiet:      %t,
	failed:     %t,
	both:       %t,
	children:   %t,
	calls:      %t,
	wait:       %d,
}
`, o.PerPackage, o.ProvenOnly, o.NoProof, stringList(o.Ignore), o.Baseline, o.Update, o.Also, o.Tell, o.Quiet,
		o.Failed, o.Both, o.Children, o.Calls, o.Wait)
}

func stringList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	return "[]string{" + strings.Join(quoted, ", ") + "}"
}
