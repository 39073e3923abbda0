package leakcheck_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Suites have the check in SetupSuite, SetupTest, a method or a subtest of
// one, at the top or deferred.
func TestE2ESuites(t *testing.T) {
	t.Parallel()
	for subject, why := range map[string]string{
		"TestEach/TestLeak":              "SetupTest checks each method",
		"TestMethod/TestSubtests/second": "the pool of the suite is not the subtest's",
		"TestWhole":                      "SetupSuite checks the suite as a whole",
		"TestTwice/TestLeak":             "SetupTest and the method both check, and one reports",
		"TestDefer/TestLeak":             "the method defers it",
	} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			top, _, _ := strings.Cut(subject, "/")
			blames(t, run(t, "suites", nil, "-test.v", only(top)), "suites", subject)
			require.NotEmpty(t, why)
		})
	}
	r := run(t, "suites", nil, "-test.v", only("TestEach", "TestMethod", "TestDefer"))
	for _, test := range []string{"TestEach/TestBefore", "TestEach/TestZAfter", "TestMethod/TestPool", "TestDefer/TestZClean"} {
		assert.Contains(t, r.out, "--- PASS: "+test)
	}
}

// What is set up for a suite or a method, and taken down after it, is no leak.
func TestE2ESuitesClean(t *testing.T) {
	t.Parallel()
	r := run(t, "suites", nil, "-test.v", "-test.count=5", "-test.cpu=1,4", only("TestCleanSuite"))
	isSilent(t, r)
	assert.Equal(t, 10, strings.Count(r.out, "--- PASS: TestCleanSuite ("))
}

// Examples have no T. What they leave is found in the end, under their name
// where the go statement stands in them.
func TestE2EExamples(t *testing.T) {
	t.Parallel()
	isSilent(t, run(t, "example", nil, "-test.v", "-test.count=3", "-test.cpu=1,4", only("Example_clean", "TestOrdinary")))

	r := run(t, "example", nil, "-test.v")
	assert.Equal(t, 1, r.code)
	assert.Equal(t, 3, strings.Count(r.out, "--- PASS: Example"), "the examples themselves pass: %s", r.out)
	report := reportOn(t, r.out, "the tests")
	assert.Contains(t, report, "leakcheck: 3 goroutines ")
	assert.Contains(t, report, "+ 2 x "+title(t, "chan-send"))
	assert.Regexp(t, ` Example_leak$`, row(t, report, "owner"))
	assert.Contains(t, row(t, report, "at"), marked(t, "example", "wait"))
	assert.Contains(t, row(t, report, "started"), marked(t, "example", "go"))
	assert.Contains(t, report, marked(t, "example", "helper: go"))
}

// A TestMain that was there before keeps its set-up and its end; with Run in
// the place of m.Run, or with Find after it.
func TestE2EOwnMain(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"FIXTURE_FIND=", "FIXTURE_FIND=1"} {
		clean := run(t, "ownmain", []string{way}, "-test.v", "-test.count=2", "-test.cpu=1,4", "-greeting=ahoy", only("TestGet", "TestGetVerified", "TestFile"))
		isSilent(t, clean)
		assert.Contains(t, clean.out, "--- PASS: TestGetVerified")
		assert.Contains(t, clean.out, "took away true")

		leak := run(t, "ownmain", []string{way}, "-test.v", only("TestGet", "TestLeak"))
		assert.Equal(t, map[string]int{"FIXTURE_FIND=": 1, "FIXTURE_FIND=1": 4}[way], leak.code)
		assert.Contains(t, leak.out, "leakcheck: 1 goroutine ", "what TestMain started is not the tests'")
		assert.Contains(t, row(t, leak.out, "at"), marked(t, "ownmain", "wait"))
		assert.Regexp(t, ` TestLeak$`, row(t, leak.out, "owner"))
		assert.Contains(t, leak.out, "took away true", "the end that TestMain deferred")

		body := run(t, "ownmain", []string{way}, "-test.v", only("TestGet", "TestBodyLeak"))
		assert.Equal(t, 1, body.code)
		assert.Contains(t, body.out, marked(t, "ownmain", "verify: TestBodyLeak")+": leakcheck: 2 goroutines outlived TestBodyLeak")
		assert.Contains(t, body.out, "the body of a response was not closed")
		assert.Equal(t, 1, strings.Count(body.out, "leakcheck:"), "%s", body.out)
	}
}
