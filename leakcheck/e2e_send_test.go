package leakcheck_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// The main job. A reader has to learn from the output alone which test leaked,
// which function waits where, and which go statement started it; and the tests
// after it must not pay.
//
// Not parallel: it judges times, and the binaries that other tests run would
// take the processors.
func TestE2ESend(t *testing.T) {
	r := run(t, "verify", nil, "-test.v", only("TestSend", "TestSendThenEmpty."))
	require.Equal(t, 1, r.code, "%s", r.out)

	report := reportOn(t, r.out, "TestSend")
	assert.Contains(t, r.out, marked(t, "verify", "send: verify")+": leakcheck: 1 goroutine outlived TestSend", "the failure stands at the Verify call")
	assert.Contains(t, report, "+ 1 x "+title(t, "chan-send"))
	assert.Regexp(t, `^`+marked(t, "verify", "send: wait")+` +ch <- 1 +verify\.sendOne$`, row(t, report, "at"))
	assert.Regexp(t, `^`+marked(t, "verify", "send: go")+` +go sendOne\(ch\) +verify\.startSender$`, row(t, report, "started"))
	assert.LessOrEqual(t, strings.Count(report, "\n")+1, 10, "one kind of leak takes at most ten lines")
	assert.Equal(t, 1, strings.Count(r.out, "leakcheck:"), "a leak is reported once")

	assert.Less(t, took(t, r.out, "FAIL", "TestSend"), noWait, "what never ends is not waited for")

	r = run(t, "verify", nil, "-test.v", only("TestSend", "TestSendSleeper", "TestSendThenEmpty."))
	for _, test := range []string{"TestSendThenEmpty1", "TestSendThenEmpty2", "TestSendThenEmpty3"} {
		assert.Less(t, took(t, r.out, "PASS", test), noWait, "%s pays for the leak of another test", test)
	}
}

// The same outcome whatever order, number of processors and repetition the
// flags ask for: each run of the test has a leak of its own.
func TestE2ERepeated(t *testing.T) {
	t.Parallel()
	const runs = 3 * 2 // -test.count times -test.cpu
	r := run(t, "verify", nil, "-test.v", only("TestSend", "TestSendThenEmpty.", "TestSendIgnored"),
		"-test.count=3", "-test.cpu=1,4", "-test.shuffle=on")
	assert.Equal(t, 1, r.code)
	for line, want := range map[string]int{
		"leakcheck: 1 goroutine outlived TestSend": runs,
		"leakcheck:":                   runs,
		"--- FAIL:":                    runs,
		"--- FAIL: TestSend (":         runs,
		"--- PASS: TestSendIgnored":    runs,
		"--- PASS: TestSendThenEmpty1": runs,
		"--- PASS: TestSendThenEmpty2": runs,
		"--- PASS: TestSendThenEmpty3": runs,
	} {
		assert.Equal(t, want, strings.Count(r.out, line), "%q in\n%s", line, r.out)
	}
}

// Twenty thousand goroutines at one line are one piece of news.
func TestE2EMany(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	out := fails(t, "verify", "TestMany")
	assert.Contains(t, out, "leakcheck: 20000 goroutines outlived TestMany")
	assert.Equal(t, 1, strings.Count(out, "20000 x "+title(t, "chan-send")))
	assert.Equal(t, 1, strings.Count(out, " x "), "one entry in all")
	assert.Less(t, strings.Count(out, "\n"), 40)
}

// A goroutine that is about to end is no leak, whether a dump shows that it
// sleeps or only the source or another goroutine tells.
func TestE2ELateEnd(t *testing.T) {
	t.Parallel()
	for _, test := range []string{"TestEndsAfterSleep", "TestEndsAfterTimer", "TestEndsAfterSelect", "TestEndsAfterOther"} {
		t.Run(test, func(t *testing.T) {
			t.Parallel()
			r := run(t, "verify", nil, "-test.v", only(test))
			assert.Zero(t, r.code, "%s", r.out)
			assert.NotContains(t, r.out, "leakcheck:")
			assert.GreaterOrEqual(t, took(t, r.out, "PASS", test), 600*time.Millisecond, "it was waited for, so the test shows something")
		})
	}
}

// Wait is an upper bound: what would be waited for is reported when it is over.
func TestE2EWait(t *testing.T) {
	t.Parallel()
	out := fails(t, "verify", "TestWaitZero") // with a wait, its goroutine would be gone
	assert.Contains(t, out, "leakcheck: 1 goroutine outlived TestWaitZero")

	out = fails(t, "verify", "TestWaitShort")
	assert.Regexp(t, `\+ 1 x (sleeping|still running)`, out, "it may not have begun on a loaded machine")
	assert.Less(t, took(t, out, "FAIL", "TestWaitShort"), noWait, "less than the bound that holds without the option")
}

// The alarm of -test.timeout would print every stack and no report: the check
// has to be over before, and says that it waited less than else.
func TestE2EWaitEndsBeforeTheAlarm(t *testing.T) {
	t.Parallel()
	r := run(t, "verify", nil, "-test.v", "-test.timeout=4s", only("TestSleepsOn"))
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, "leakcheck: 1 goroutine outlived TestSleepsOn")
	assert.Regexp(t, `-timeout, .* [0-9.]+s to end .* 5s\n`, r.out)
	assert.NotContains(t, r.out, "panic: test timed out")
}

// The printed ignore line is meant to be pasted. Each of these tests has a
// twin with the line of its report pasted: the fixture must hold the very text,
// and the twin must pass.
func TestE2EIgnoreLineIsForPasting(t *testing.T) {
	t.Parallel()
	fixture := source(t, filepath.Join("testdata", "verify", "send_test.go"))
	for test, why := range map[string]string{
		"TestSend":    "started by a function",
		"TestMethod":  "started by a method of a generic type, whose name has brackets and a star",
		"TestClosure": "started by a closure, whose name has a number",
	} {
		t.Run(test, func(t *testing.T) {
			t.Parallel()
			line := row(t, reportOn(t, fails(t, "verify", test), test), "ignore")
			assert.Contains(t, fixture, "leakcheck.Verify(t, "+line+")", why)
			r := run(t, "verify", nil, "-test.v", only(test+"Ignored"))
			assert.Zero(t, r.code, "%s: %s", why, r.out)
			assert.Contains(t, r.out, "--- PASS: "+test+"Ignored")
		})
	}
}

// An option that leaves out one goroutine must not hide another one.
func TestE2EIgnoreHidesNothingElse(t *testing.T) {
	t.Parallel()
	for _, test := range []string{"TestIgnoreOther", "TestIgnoreCurrent"} {
		report := reportOn(t, fails(t, "verify", test), test)
		assert.Contains(t, report, "leakcheck: 1 goroutine outlived "+test)
		assert.Contains(t, row(t, report, "at"), "verify.sendOne", test)
		assert.NotContains(t, report, "startInClosure", test)
	}
}
