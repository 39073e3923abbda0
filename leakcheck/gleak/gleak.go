package gleak

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// ReportFilenameWithPath makes reports end with a whole stack for each finding,
// which has the paths of the files. The environment variable LEAKCHECK_VERBOSE
// does the same.
var ReportFilenameWithPath = false

// HaveLeakedMatcher is the matcher of [HaveLeaked].
type HaveLeakedMatcher struct {
	ignored []Matcher
	given   []stackparse.Goroutine // of the last Match
	leaked  engine.IDs
}

// HaveLeaked returns a matcher for lists of goroutines. It matches when there are
// leaks in one, so it is to be negated:
//
//	Eventually(gleak.Goroutines).ShouldNot(gleak.HaveLeaked(good))
//
// Match looks once at what it is given; Eventually gives goroutines the time to
// end. Left out are the caller's own goroutine, those of the runtime, of package
// testing and of Ginkgo, idle connections, what init functions started, what
// filters.Catalogue knows to be benign, and what is ignored: by the name of the
// innermost call (see [IgnoringTopFunction]), by a list taken earlier with
// [Goroutines], or by any matcher that takes a Goroutine. HaveLeaked panics on
// something else.
func HaveLeaked(ignoring ...any) Matcher {
	m := &HaveLeakedMatcher{ignored: standard()}
	for _, ign := range ignoring {
		switch ign := ign.(type) {
		case string:
			m.ignored = append(m.ignored, IgnoringTopFunction(ign))
		case []Goroutine:
			m.ignored = append(m.ignored, IgnoringGoroutines(ign))
		case Matcher:
			m.ignored = append(m.ignored, ign)
		default: // in the words of Gomega's gleak
			panic("HaveLeaked expected a string, []Goroutine, or GomegaMatcher, but got:\n" + object(ign))
		}
	}
	return m
}

// Match reports whether leaks are among actual, which must be a list of
// goroutines. An error may also be one of a matcher given to [HaveLeaked].
func (m *HaveLeakedMatcher) Match(actual any) (success bool, err error) {
	list := reflect.TypeFor[[]Goroutine]()
	// Not a type switch: a list under a type of the user's own is one as well.
	v := reflect.ValueOf(actual)
	if !v.IsValid() || !v.Type().AssignableTo(list) {
		return false, fmt.Errorf("HaveLeaked matcher expects an array or slice of goroutines.  Got:\n%s", object(actual))
	}
	gs := v.Convert(list).Interface().([]Goroutine)
	// Eventually calls Match of one matcher again and again, and a message is about the
	// last.
	m.leaked, m.given = engine.IDs{}, make([]stackparse.Goroutine, len(gs))
	for i := range gs {
		m.given[i] = parse(&gs[i])
	}
	self, noLeak := uint64(capture.SelfID()), engine.NoLeak(m.given)
	for i := range gs {
		if gs[i].ID == self {
			continue
		}
		// The matchers come first: one may return an error for any goroutine.
		ignored, err := m.ignores(gs[i])
		if err != nil {
			return false, err
		}
		if !ignored && !noLeak(&m.given[i]) {
			m.leaked[m.given[i].ID] = true
		}
	}
	return len(m.leaked) > 0, nil
}

func (m *HaveLeakedMatcher) ignores(g Goroutine) (bool, error) {
	for _, ignored := range m.ignored {
		if yes, err := ignored.Match(g); yes || err != nil {
			return yes, err
		}
	}
	return false, nil
}

// FailureMessage says that leaks were expected, with a report on those that the
// last Match found.
func (m *HaveLeakedMatcher) FailureMessage(any) (message string) {
	return fmt.Sprintf("Expected to leak %d goroutines:\n%s", len(m.leaked), m.report())
}

// NegatedFailureMessage says that no leaks were expected, with a report on those
// that the last Match found.
func (m *HaveLeakedMatcher) NegatedFailureMessage(any) (message string) {
	return fmt.Sprintf("Expected not to leak %d goroutines:\n%s", len(m.leaked), m.report())
}

func (m *HaveLeakedMatcher) report() string {
	if len(m.leaked) == 0 {
		return ""
	}
	v := os.Getenv("LEAKCHECK_VERBOSE")
	verbose := ReportFilenameWithPath || v != "" && v != "0" && !strings.EqualFold(v, "false")
	return report.Text{Verbose: verbose}.String(engine.Given(m.given, m.leaked, report.ByMatcher).Report)
}
