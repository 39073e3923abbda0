package capture

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// TestLabel is the key of the runtime/pprof label that names a goroutine's test.
const TestLabel = "leakcheck.test"

const (
	godebug = "GODEBUG"
	setting = "tracebacklabels=1"
)

// support says how this process can be made to print labels. It is found
// once, by trying, and never from a version.
type support int

const (
	never  support = iota // labels cannot be printed
	always                // they are printed as things stand
	setenv                // they are printed while GODEBUG holds tracebacklabels=1
)

var probe = sync.OnceValue(func() support {
	defer awaitEnd(runtime.NumGoroutine())
	if shown() {
		return always
	}
	restore := enable()
	defer restore()
	if shown() {
		return setenv
	}
	return never
})

// shown reports whether a stack shows labels now, with a goroutine of its own
// so that the caller's labels stay as they are.
func shown() bool {
	found := make(chan bool)
	go func() {
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels(TestLabel, "probe")))
		var buf [256]byte
		header, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("\n"))
		// A profile that a test takes right now can show the goroutine while it ends.
		pprof.SetGoroutineLabels(context.Background())
		found <- bytes.Contains(header, []byte(TestLabel))
	}()
	return <-found
}

// awaitEnd gives goroutines that have nothing left to do the time to end, so that
// a test which counts goroutines does not find them: there were n before. Others
// may have begun since, so it does not wait for long.
func awaitEnd(n int) {
	for i := 0; i < 500 && runtime.NumGoroutine() > n; i++ {
		// In a bubble the time is the test's, and sleeping would move it.
		if i < 50 || inBubble() {
			runtime.Gosched()
		} else {
			time.Sleep(100 * time.Microsecond)
		}
	}
}

// enable adds the setting to GODEBUG and returns what takes it out again. The
// rest of the variable is kept, and a change that someone else makes in
// between is left alone.
func enable() (restore func()) {
	if actOn != nil {
		value, _ := syscall.Getenv(godebug)
		actOn(strings.TrimPrefix(value+","+setting, ","))
		return func() { actOn(off()) }
	}
	old, had := os.LookupEnv(godebug)
	now := setting
	if old != "" {
		now = old + "," + setting
	}
	os.Setenv(godebug, now)
	return func() {
		switch {
		// Somebody has changed the variable meanwhile. Theirs stays, with our setting in it or not.
		case os.Getenv(godebug) != now:
		case had:
			os.Setenv(godebug, old)
		default:
			os.Unsetenv(godebug)
		}
	}
}

// actOn has the runtime act on a value of GODEBUG that is not in the environment,
// where tests and the programs that they start would see it. It is nil but in the
// test binaries of "leakcheck test", in which this package is one of the standard
// library and may do so (see package inject).
var actOn func(value string)

// off is the value that keeps the runtime from printing labels again, in releases
// that do not print them by default. A setting of the user's comes later and counts.
func off() string {
	value, _ := syscall.Getenv(godebug) // package os would take a note of it for the go command
	return strings.TrimSuffix("tracebacklabels=0,"+value, ",")
}

// dumping serializes dumps: they share the environment and the buffer.
var dumping sync.Mutex

// show has stacks show labels until restore is called, and reports whether
// they do. The caller holds dumping.
//
// Labels that were on can be off by now, and no variable tells: in Go 1.27.4
// any change of GODEBUG that does not name the setting switches them off, and
// taking the change back does not switch them on. So it is looked at each
// time: in the caller's own stack, which costs a microsecond, and only where
// that carries no label by a goroutine made to carry one.
func show() (restore func(), ok bool) {
	how := probe() // before ours are shown: it tries what the runtime prints by itself
	hide := func() {}
	if showLabels != nil {
		showLabels(true)
		hide = func() { showLabels(false) }
	}
	switch how {
	case never:
		return hide, false
	// Its own header first: a stack of one goroutine stops nothing, and starting one would
	// move the counter of goroutines.
	case always:
		if ownShown() || shown() {
			return hide, true
		}
	}
	disable := enable()
	return func() {
		disable()
		hide()
	}, true
}

// inBubble reports whether the calling goroutine is in a bubble of testing/synctest.
func inBubble() bool {
	var buf [256]byte
	state, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("]"))
	return bytes.Contains(state, []byte(", synctest "))
}

// ownShown reports whether the caller's stack shows labels. A header has a
// brace for nothing else.
func ownShown() bool {
	var buf [256]byte
	header, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("\n"))
	return bytes.Contains(header, []byte("] {")) || bytes.Contains(header, []byte(" labels:{"))
}

// If actOn is set, these are set, too. The test does not see the label of a test:
// addLabel marks the calling goroutine, ownLabel returns the test of the mark, and
// showLabels makes stacks show the marks or hide them.
var (
	addLabel   func(test string)
	ownLabel   func() string
	showLabels func(on bool)
)

// SelfTest returns the name of the test that labels the calling goroutine, or "".
func SelfTest() string {
	if ownLabel != nil {
		return ownLabel()
	}
	self := Self()
	test, _ := self.Label(TestLabel)
	return test
}

// SetTest labels the calling goroutine, and so those that it will start, with
// the name of its test. Labels that it carries already are kept.
func SetTest(self stackparse.Goroutine, test string) {
	if addLabel != nil {
		addLabel(test)
		return
	}
	// There is no function to read the labels of a goroutine without a context, so they
	// come from its header, and SetGoroutineLabels replaces them all.
	kv := []string{TestLabel, test}
	for _, l := range self.Labels {
		if l.Key != TestLabel {
			kv = append(kv, l.Key, l.Value)
		}
	}
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels(kv...)))
}
