package leakcheck_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// cleanTests are the tests of testdata/clean, and why one might be blamed.
var cleanTests = map[string]string{
	"TestServer":                       "the server is closed by a cleanup",
	"TestKeepAliveToClosedServer":      "connections of the default and the server's client end with the server",
	"TestKeepAliveToOwnClient":         "so do those of a client that nobody closes",
	"TestKeepAliveToSharedServer":      "an idle connection to a server that lives on is kept on purpose",
	"TestKeepAliveToSharedServerAgain": "the connection of an earlier test is used again, and another one kept",
	"TestNotifyContext":                "the goroutine of NotifyContext ends, os/signal's own stays",
	"TestAfterFunc":                    "a pending AfterFunc has no goroutine yet",
	"TestContext":                      "t.Context is cancelled just before the cleanups",
	"TestParallelSubtests":             "subtests end after the body of their parent",
	"TestWeakCache":                    "a goroutine that holds its cache by a weak pointer ends once that is collected",
	"TestNothing":                      "an init function's goroutine was there before",
	"TestNothingDeferred":              "also for a Verify that never saw the test begin",
}

// A false alarm costs trust. The tests run as one process in several ways, and
// each alone: there the lazily started goroutines of the library are its own.
func TestE2ENoFalseAlarm(t *testing.T) {
	t.Parallel()
	ways := map[string][]string{
		"in a row": nil,
		"repeated": {"-test.count=3", "-test.cpu=1,4", "-test.shuffle=on"},
		"serial":   {"-test.parallel=1", "-test.timeout=50s"},
		"short":    {"-test.short", "-test.failfast"},
	}
	for test := range cleanTests {
		if steady.Full() {
			ways[test] = []string{only(test)}
		}
	}
	for way, flags := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			r := run(t, "clean", nil, append(flags, "-test.v")...)
			assert.Zero(t, r.code, "%s: %s", cleanTests[way], r.out)
			assert.NotContains(t, r.out, "leakcheck:", cleanTests[way])
			if cleanTests[way] != "" {
				assert.Contains(t, r.out, "--- PASS: "+way, "it ran")
			}
		})
	}
}

// A fixture that nobody looks at shows nothing.
func TestE2ECleanTestsAreAllListed(t *testing.T) {
	t.Parallel()
	r := run(t, "clean", nil, "-test.list=.")
	for name := range strings.Lines(r.out) {
		assert.NotEmpty(t, cleanTests[strings.TrimSpace(name)], "%q has no reason", name)
	}
	assert.Equal(t, len(cleanTests), strings.Count(r.out, "Test"))
}

// Find, Take, Diff and their options count the goroutines of a whole process,
// so the tests of this promise are in a process of their own.
func TestE2EFindAndDiff(t *testing.T) {
	t.Parallel()
	r := run(t, "api", nil, "-test.v", "-test.cpu=1,4", "-test.shuffle=on")
	assert.Zero(t, r.code, "%s", r.out)
	for _, test := range []string{"TestFind", "TestFindAgain", "TestFindLeaks", "TestFindLogged", "TestIgnore", "TestIgnoreCurrent", "TestWait", "TestDiff", "TestDiffChanged"} {
		assert.Contains(t, r.out, "--- PASS: "+test)
	}
}

// Misuse is refused at once, with what to write instead. A check that silently
// does nothing would be worse than none.
func TestE2EBadInput(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		call func()
		want []string
	}{
		"nil t":               {func() { leakcheck.Verify(nil) }, []string{"leakcheck.Verify: t is nil", "pass the *testing.T"}},
		"nil *testing.T":      {func() { leakcheck.Verify((*testing.T)(nil)) }, []string{"leakcheck.Verify: t is nil", "pass the *testing.T"}},
		"nil *testing.B":      {func() { leakcheck.Verify((*testing.B)(nil)) }, []string{"t is nil"}},
		"negative wait":       {func() { leakcheck.Wait(-1) }, []string{"negative bound -1ns", "write Wait(0)"}},
		"most negative wait":  {func() { leakcheck.Wait(math.MinInt64) }, []string{"negative bound", "write Wait(0)"}},
		"nil option":          {func() { leakcheck.Verify(t, leakcheck.Wait(time.Second), nil) }, []string{"option 2 is nil", "leave it out"}},
		"nil option of Find":  {func() { leakcheck.Find(nil) }, []string{"option 1 is nil", "leave it out"}},
		"nil cleanup":         {func() { leakcheck.Cleanup(nil) }, []string{"leakcheck.Cleanup: the function is nil", "leave the option out"}},
		"nil m":               {func() { leakcheck.Run(nil) }, []string{"m is nil", "pass the *testing.M"}},
		"no filter":           {func() { leakcheck.Ignore() }, []string{"filter"}},
		"zero filter":         {func() { leakcheck.Ignore(filters.Filter{}) }, []string{"filter"}},
		"matches nothing":     {func() { leakcheck.Ignore(filters.TopFunction("runtime.gopark")) }, []string{"runtime.gopark"}},
		"matches everything":  {func() { leakcheck.Ignore(filters.All()) }, []string{"filter"}},
		"empty name":          {func() { leakcheck.Ignore(filters.CreatedBy("")) }, []string{"empty", "write the function"}},
		"name with arguments": {func() { leakcheck.Ignore(filters.AnyFunction("shop.Fetch(0x1)")) }, []string{"shop.Fetch"}},
	} {
		t.Run(name, func(t *testing.T) {
			message := panicMessage(row.call)
			require.NotEmpty(t, message, "it has to panic with a string")
			for _, want := range row.want {
				assert.Contains(t, strings.ToLower(message), strings.ToLower(want))
			}
			assert.NotContains(t, message, "nil pointer dereference")
			assert.NotContains(t, message, "failed to")
		})
	}
}

// panicMessage returns what call panics with, or "" when it returns or panics
// with something else than a message.
func panicMessage(call func()) (message string) {
	defer func() { message, _ = recover().(string) }()
	call()
	return ""
}
