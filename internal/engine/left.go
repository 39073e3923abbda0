package engine

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/resource"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Things says which descriptors or child processes a check looks for.
type Things struct {
	Except []string     // parts of what is left out, as a report describes it
	Given  resource.Set // what was there when the option was made
}

// except reports whether the option leaves out what is described so.
func (t *Things) except(what string) bool {
	return slices.ContainsFunc(t.Except, func(part string) bool { return strings.Contains(what, part) })
}

// asksForThings reports whether a check looks for more than goroutines.
func (c *Config) asksForThings() bool { return c.Descriptors != nil || c.Children != nil }

// ThingsUnable says why the check cannot look for what it was asked to, or "".
func (c *Config) ThingsUnable() string {
	if !c.asksForThings() {
		return ""
	}
	if _, err := c.things(); err != nil {
		return "descriptors and child processes were not checked: " + err.Error()
	}
	return ""
}

// things lists what a check with these options looks at.
func (c *Config) things() (resource.Set, error) {
	s := resource.Set{}
	if c.Descriptors != nil {
		open, err := resource.Descriptors()
		if err != nil {
			return nil, err
		}
		// The standard streams, and what the runtime opened for itself, no test can
		// close.
		maps.DeleteFunc(open, func(_ resource.ID, t resource.Thing) bool { return t.Own() })
		s = open
	}
	if c.Children != nil {
		children, err := resource.Children()
		if err != nil {
			return nil, err
		}
		maps.Copy(s, children)
	}
	return s, nil
}

// opened is what the checks of this process know together of descriptors and
// child processes.
var opened = newOpenLedger()

// openLedger remembers when things appeared, and which of them were reported.
type openLedger struct {
	mu      sync.Mutex
	seen    resource.Set             // nil where nothing was listed so far
	during  map[resource.ID][]string // the tests whose checks were under way when a thing appeared
	settled map[resource.ID]bool     // reported, or left behind by a test that failed
	running []*Test
	folders map[string]string // of t.TempDir, by test
	inMain  bool              // a check of the process is going to look as well
}

func newOpenLedger() *openLedger {
	return &openLedger{
		during: map[resource.ID][]string{}, settled: map[resource.ID]bool{}, folders: map[string]string{},
	}
}

// look lists what a check with the options of cfg looks at, and records it. What is
// new appeared while the checks were under way that are now.
func (l *openLedger) look(cfg *Config) (resource.Set, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// Listed under the lock: an older list that is recorded after a newer one would take
	// what lies between the two for gone, and then for new.
	listed, err := cfg.things()
	if err != nil {
		return nil, err
	}
	s := maps.Clone(listed)
	for id, t := range l.seen {
		if id.Child && cfg.Children == nil || !id.Child && cfg.Descriptors == nil {
			s[id] = t // this check did not look
		}
	}
	for id := range s {
		// In the first list all is new, and none of it need have appeared while a test
		// ran.
		if _, ok := l.seen[id]; ok || l.seen == nil {
			continue
		}
		for _, t := range l.running {
			l.during[id] = append(l.during[id], t.t.Name())
		}
	}
	l.seen = s
	// The system gives numbers again: what is not there any more must not speak for
	// what is.
	prune(l.during, s)
	prune(l.settled, s)
	return listed, nil
}

func (l *openLedger) enter(c *Test) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = append(l.running, c)
}

func (l *openLedger) leave(c *Test) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = slices.DeleteFunc(l.running, func(t *Test) bool { return t == c })
	l.keepFolder(c)
}

// keepFolder records the folder of a test that is over. While a test runs, package
// testing may write the field that tempDir reads.
func (l *openLedger) keepFolder(c *Test) {
	if dir := tempDir(c.t); dir != "" {
		l.folders[dir] = c.t.Name()
	}
}

// unsettled leaves out of things what was reported before.
func (l *openLedger) unsettled(things []resource.Thing) []resource.Thing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(things, func(t resource.Thing) bool { return l.settled[t.ID] })
}

func (l *openLedger) settle(things []resource.Thing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range things {
		l.settled[things[i].ID] = true
	}
}

// folderOf returns the test whose t.TempDir a path is in, or "". The test that
// asks is over; it is nil for the check of the process.
func (l *openLedger) folderOf(path string, asks *Test) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if asks != nil {
		l.keepFolder(asks)
	}
	for dir, test := range l.folders {
		if inFolder(path, dir) {
			return test
		}
	}
	for _, t := range l.running {
		if t != asks && inFolderFor(path, t.t.Name()) {
			return t.t.Name()
		}
	}
	return ""
}

// inFolderFor reports whether a part of path is a name that t.TempDir gives to the
// folder of a test: what package testing keeps of the test's name, and a number
// (makeTempDir in testing.go).
func inFolderFor(path, test string) bool {
	pattern := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("!#$%&()+,-.=@^_{}~ ", r) {
			return r
		}
		return -1
	}, test[:min(len(test), 64)]) // which is all that makeTempDir takes of a name
	for part := range strings.SplitSeq(path, "/") {
		if number, ok := strings.CutPrefix(part, pattern); ok && number != "" && strings.Trim(number, "0123456789") == "" {
			return true
		}
	}
	return false
}

// when says which tests were under way when a thing appeared, or "".
func (l *openLedger) when(id resource.ID) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	// A test that waits for a subtest is taken to open nothing meanwhile.
	tests := slices.DeleteFunc(slices.Clone(l.during[id]), func(name string) bool {
		return slices.ContainsFunc(l.during[id], func(other string) bool { return strings.HasPrefix(other, name+"/") })
	})
	if len(tests) == 0 {
		return ""
	}
	if len(tests) > maxSuspects {
		tests = append(tests[:maxSuspects], "others")
	}
	return "unknown; it appeared while " + words.Enumerate(tests) + " ran"
}

func inFolder(path, dir string) bool { return dir != "" && strings.HasPrefix(path, dir+"/") }

// tempDir is the folder that package testing made for t.TempDir, "" where there
// is none.
func tempDir(t TB) string {
	// If package testing renames the field, no path is known to belong to a test.
	dir := field(t, "tempDir")
	if dir.Kind() != reflect.String {
		return ""
	}
	return dir.String()
}

// firstThings lists what is there before tests start their work, nil where nobody asks
// for that.
func firstThings(cfg *Config) resource.Set {
	if !cfg.asksForThings() {
		return nil
	}
	resource.Warm()
	s, _ := opened.look(cfg) // nil where it cannot be told
	return s
}

// beginThings records what is there before the test starts its work.
func (c *Test) beginThings() {
	if c.things = firstThings(c.cfg); c.things == nil {
		return
	}
	opened.enter(c)
	// A deferred call comes after the work. The options were made before it.
	if c.call.Deferred {
		c.things = resource.Set{}
		for _, option := range []*Things{c.cfg.Descriptors, c.cfg.Children} {
			if option != nil {
				maps.Copy(c.things, option.Given)
			}
		}
	}
}

// endThings records that the test is over.
func (c *Test) endThings() {
	if c.things != nil {
		opened.leave(c)
	}
}

// newThings are those beyond before, nil where nobody asks, which options do not leave
// out and no check has reported.
func newThings(cfg *Config, before resource.Set) []resource.Thing {
	if before == nil {
		return nil
	}
	s, err := opened.look(cfg)
	if err != nil {
		return nil
	}
	things := opened.unsettled(s.Beyond(before))
	if cfg.Children == nil && slices.ContainsFunc(things, func(t resource.Thing) bool { return t.Kind == resource.Pipe }) {
		// The other end of a pipe may be a child's, which says what it is for.
		children, _ := resource.Children()
		maps.Copy(s, children)
	}
	resource.Describe(things, s)
	return slices.DeleteFunc(things, func(t resource.Thing) bool {
		option := cfg.Descriptors
		if t.Child {
			option = cfg.Children
		}
		return option.except(t.What)
	})
}

// ownThings returns the new things that are the test's own, each with what says
// so, and how many others there are.
func (c *Test) ownThings(parallel bool) (own []resource.Thing, why map[resource.ID]string, others int) {
	why = map[resource.ID]string{}
	name := c.t.Name()
	for _, t := range newThings(c.cfg, c.things) {
		in := opened.folderOf(t.Path, c)
		switch {
		case in != "" && (in == name || strings.HasPrefix(in, name+"/")):
			why[t.ID] = "in a folder of t.TempDir of " + in
		case in != "": // it is another test's
			continue
		// While other tests run, only the folder tells whose a thing is.
		case parallel:
			others++
			continue
		case c.call.Deferred:
			why[t.ID] = "appeared since the options of " + name + " were made"
		default:
			why[t.ID] = "appeared while " + name + " ran alone"
		}
		own = append(own, t)
	}
	return own, why, others
}

// left reports what the test left besides goroutines.
func (c *Test) left(parallel bool) (left []report.Left, notes []string) {
	if c.things == nil {
		return nil, nil
	}
	var why map[resource.ID]string
	var others int
	things := outlastThings(c.bounds().Limit, c.self.Bubble != 0, func() (own []resource.Thing) {
		own, why, others = c.ownThings(parallel)
		return own
	})
	owners := func(t *resource.Thing) (test, evidence string) { return c.t.Name(), why[t.ID] }
	left, notes = explainThings(things, c.cfg, c.self.ID, owners)
	// The check of the process reports the others when all tests are over.
	if others > 0 && !opened.inMain {
		notes = append(notes, unowned(others))
	}
	return left, notes
}

// unowned says that parallel tests could not be told apart.
func unowned(n int) string {
	return words.Plural(n, "descriptor or child process", "descriptors or child processes") +
		" may belong to this test or to another one: the system does not record which of the parallel tests " +
		"opened them; leakcheck.VerifyTestMain with the same options reports what is left after all tests"
}

const (
	// quietThings is how long the same things have to be there while nothing else
	// runs or sleeps.
	quietThings = 500 * time.Millisecond
	// mostBetween bounds the time between two looks.
	mostBetween = 25 * time.Millisecond
)

// outlastThings returns what pick returns once nothing is likely to close it any
// more: the bound has come, or nothing else ran for a while. In a bubble of
// testing/synctest it looks once: time must not move there.
func outlastThings(limit time.Duration, bubble bool, pick func() []resource.Thing) []resource.Thing {
	things := pick()
	start := time.Now()
	quiet, at := start, things
	for gap := time.Millisecond; len(things) > 0 && !bubble && time.Since(start) < limit; gap = min(2*gap, mostBetween) {
		time.Sleep(gap)
		things = pick()
		same := slices.EqualFunc(things, at, func(a, b resource.Thing) bool { return a.ID == b.ID && a.Ended == b.Ended })
		// Nothing in this process shows whether a child is about to end.
		runs := slices.ContainsFunc(things, func(t resource.Thing) bool { return t.Child && !t.Ended })
		if !same || runs || anyMoves() {
			quiet, at = time.Now(), things
		} else if time.Since(quiet) >= quietThings {
			break
		}
	}
	return things
}

// anyMoves reports whether a goroutine other than the caller does something, or
// will when its time has come.
func anyMoves() bool {
	gs := capture.All().Goroutines
	// The first one is the caller, which always runs.
	return slices.ContainsFunc(gs[min(1, len(gs)):], func(g stackparse.Goroutine) bool {
		return (wait.Moves(&g) || wait.Runs(&g)) && !OwnOrKnown(&g) && !wait.Outside(g.State)
	})
}

// left reports what tests left besides goroutines.
func (m *Main) left(bool) ([]report.Left, []string) {
	things := outlastThings(m.cfg.bounds().Limit, false, func() []resource.Thing { return newThings(m.cfg, m.things) })
	owners := func(t *resource.Thing) (test, evidence string) {
		if in := opened.folderOf(t.Path, nil); in != "" {
			return in, "in a folder of t.TempDir of " + in
		}
		return "", opened.when(t.ID)
	}
	return explainThings(things, m.cfg, capture.SelfID(), owners)
}

// ignoreThing is the option that leaves out t.
func ignoreThing(t *resource.Thing) string {
	if t.Child {
		name, _, _ := strings.Cut(t.What, " ")
		return "leakcheck.Children(" + strconv.Quote(name) + ")"
	}
	part, _, _ := strings.Cut(t.What, ",")
	return "leakcheck.Descriptors(" + strconv.Quote(cmp.Or(t.Path, part)) + ")"
}

// fixThing says what to write instead.
func fixThing(t *resource.Thing) (why, fix string) {
	switch {
	case t.Child && t.Ended:
		return "it ended, and nobody called Wait: it remains a zombie, and its output may be lost",
			"call cmd.Wait after cmd.Start, or cmd.Run in place of both"
	case t.Child:
		return "nobody stopped it, or nobody called Wait",
			"start it with exec.CommandContext(t.Context(), ...) and call cmd.Wait in a t.Cleanup"
	case t.Kind == resource.Socket && t.Socket.Listens:
		return "", "close the listener, or the server that serves it, in a t.Cleanup"
	case t.Kind == resource.Socket:
		return "", "close the connection, or what holds it: a client, a response's body, a pool"
	case t.Kind == resource.Pipe:
		return "", "close both ends of the pipe; of a command, call cmd.Wait"
	}
	return "", "close it where it was opened: defer f.Close(), or t.Cleanup"
}

// newLeft is what a report says of t without looking at memory.
func newLeft(t *resource.Thing) report.Left {
	why, fix := fixThing(t)
	return report.Left{Kind: string(t.Kind), Number: t.Number, What: t.What, Leads: t.Leads, Ended: t.Ended,
		Why: why, Fix: fix, Ignore: ignoreThing(t)}
}
