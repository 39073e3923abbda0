package engine

import (
	"os"
	"slices"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/ratchet"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Config is what the options of one check add up to.
type Config struct {
	Package      string        // import path of the package that is tested
	Ignored      []*Ignored    // filters
	Current      []IDs         // goroutines that are left out
	Wait         time.Duration // bounds the wait for what is still doing something
	WaitSet      bool          // by the user: then it holds for what is slow to stop as well
	RunOnFailure bool
	Watchdog     time.Duration // 0: none
	ProvenOnly   bool
	NoProof      bool             // the runtime is not asked for a proof
	Heap         bool             // the heap is read whatever else runs
	Baseline     *ratchet.Ratchet // nil: none
	Descriptors  *Things          // nil: not looked at
	Children     *Things          // nil: not looked at
	Leave        report.Leave     // how the user leaves out what a report shows
	NoAdvice     bool             // a report does not say how to learn more: who prints it does
	Afterwards   string           // what of TestMain, which may close what tests share, runs after the check of all tests
}

const (
	// defaultWait bounds the wait for goroutines that are still doing something.
	defaultWait = 5 * time.Second
	// DefaultWatchdog is how long nothing may have run before tests are looked at.
	DefaultWatchdog = 2 * time.Second
)

// NewConfig returns that of a check without options.
func NewConfig() *Config {
	return &Config{Package: testbin.Package(), Wait: defaultWait, Watchdog: DefaultWatchdog}
}

// Ignore leaves out the goroutines that any of fs matches.
func (c *Config) Ignore(fs ...filters.Filter) {
	for _, f := range fs {
		c.Ignored = append(c.Ignored, IgnoredFor(f))
	}
	for _, ig := range c.Ignored {
		ig.pass()
	}
}

// SetBaseline lets the leaks pass that the file path lists.
func (c *Config) SetBaseline(path string) { c.Baseline = ratchet.For(path) }

// SetCommandBaseline is SetBaseline for the command that adds checks to tests.
// With update the file is written instead.
func (c *Config) SetCommandBaseline(path string, update bool) {
	c.SetBaseline(path)
	c.Baseline.ByCommand, c.Baseline.Update = true, update
}

// FromEnvironment adds what the environment asks for. It is read at each check,
// so that go test, which watches what a test reads, runs it again when that
// changes. Where it asks for nothing, the baseline of the whole package holds.
func (c *Config) FromEnvironment() {
	switch path := os.Getenv(ratchet.Variable); {
	case c.Baseline != nil:
	case path != "":
		c.SetBaseline(path)
	default:
		c.Baseline = packageBaseline.Load()
	}
}

// Problem says why no check can be done with these options, or returns nil.
func (c *Config) Problem() error {
	if c.Baseline == nil {
		return nil
	}
	return c.Baseline.Problem()
}

// Unable says why a check with these options could never find anything, or "".
func (c *Config) Unable(inBubble bool) string {
	why := capture.WhyNoProof()
	if why == "" && inBubble {
		why = "the runtime must not be asked for a proof inside a synctest bubble"
	}
	if !c.ProvenOnly || why == "" {
		return ""
	}
	return "ProvenOnly can find nothing here: " + why
}

// bounds are those of the wait. The margin keeps the verdict from depending on
// which side of the limit a timer falls: people set timers to round times.
func (c *Config) bounds() settle.Bounds {
	b := settle.Bounds{Limit: c.Wait, Margin: c.Wait / 5, Most: time.Minute} // the catalogue names less
	if c.WaitSet {
		// A bound that a user names is one: neither the margin nor the catalogue goes
		// beyond it.
		b.Margin, b.Most = 0, c.Wait
	}
	return b
}

// ignores reports whether the options leave out g, which would be a finding
// without them. Its test and cause are not known yet: see [Policy.sieve].
func (c *Config) ignores(g *stackparse.Goroutine) bool {
	for _, current := range c.Current {
		if current[g.ID] {
			return true
		}
	}
	return c.ignoresSubject(filters.Subject{Goroutine: g})
}

func (c *Config) ignoresSubject(s filters.Subject) bool {
	return slices.ContainsFunc(c.Ignored, func(ig *Ignored) bool { return ig.match(s) })
}

func (c *Config) asksForSubject() bool {
	return slices.ContainsFunc(c.Ignored, func(ig *Ignored) bool { return ig.filter.NeedsSubject() })
}
