package leakcheck_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What computes or writes in a bubble ends by itself, however long that takes
// on a machine that does other things: real time passes, and only the bubble's
// does not.
func TestE2EBubbleBusy(t *testing.T) {
	t.Parallel()
	for _, test := range []string{"TestComputesToTheEnd", "TestWritesToTheEnd"} {
		isSilent(t, run(t, "bubble", nil, "-test.v", "-test.cpu=1,2,4", only(test)))
	}
}

// In a bubble the runner places a failure of a cleanup at a line of its own
// (it looks for the call in the test around the bubble), so the report itself
// has to say where Verify stands.
func TestE2EBubbleNamesTheLine(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{"TestInsideLeak", "TestInsideOfSubtestLeak/leak"} {
		top, _, _ := strings.Cut(subject, "/")
		r := run(t, "bubble", nil, "-test.v", only(top))
		assert.Contains(t, reportOn(t, r.out, subject), marked(t, "bubble", "verify: "+subject))
	}
}

// A closure on one line with its defer statement is where a line cannot tell
// the deferred call from one at the top.
func TestE2EOneLine(t *testing.T) {
	t.Parallel()
	blames(t, run(t, "shapes", nil, "-test.v", only("TestOneLine")), "shapes", "TestOneLine/leak")
}

// The engine's own goroutines in a worker process are there before the
// callback, which a deferred check cannot see.
func TestE2EFuzzDeferred(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := runIn(t, dir, "fuzz", nil, "-test.v", "-test.run=^$", "-test.fuzz=^FuzzDeferred$", "-test.fuzztime=100x",
		"-test.fuzzcachedir="+filepath.Join(dir, "cache"))
	isSilent(t, r)
	assert.Contains(t, r.out, "--- PASS: FuzzDeferred")
}

// A benchmark that a test runs by testing.Benchmark has no name to label with.
func TestE2ENamelessBenchmark(t *testing.T) {
	t.Parallel()
	isSilent(t, run(t, "bench", nil, "-test.v", "-test.benchtime=20x", only("TestRunsBenchmarkClean")))
	r := run(t, "bench", nil, "-test.v", "-test.benchtime=20x", only("TestRunsBenchmark"))
	require.NotContains(t, r.out, "labelled by \n", "an owner without a name is none")
	blames(t, r, "bench", "TestRunsBenchmark")
}

// A goroutine that a timer or a worker is going to wake ends, though it is parked
// like one that is stuck.
func TestE2EWokenLate(t *testing.T) {
	t.Parallel()
	for _, test := range []string{"TestLateByContext", "TestLateByAfterFunc", "TestLateByWorker"} {
		isSilent(t, run(t, "shapes", nil, "-test.v", only(test)))
	}
}

// An idle connection to a server that lives on is kept on purpose, in HTTP/2 as
// in HTTP/1.
func TestE2EKeepAliveHTTP2(t *testing.T) {
	t.Parallel()
	isSilent(t, run(t, "ownmain", nil, "-test.v", "-test.count=2", only("TestGetHTTP2")))
}

// What an init function of the test's own package started is no test's, also
// for a deferred check without a VerifyTestMain: the main goroutine started it.
// Find promises the same.
func TestE2EInit(t *testing.T) {
	t.Parallel()
	isSilent(t, run(t, "shapes", nil, "-test.v", only("TestInitDeferred")))
	isSilent(t, run(t, "shapes", nil, "-test.v", only("TestInitFind")))
}
