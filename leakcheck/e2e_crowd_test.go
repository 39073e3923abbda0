package leakcheck_test

import (
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// runs is how often the tests repeat what must hold every time.
var runs = flag.Int("leakcheck.runs", 5, "how often tests of chance repeat a run")

// crowd says of each test of testdata/crowd what a run has to say about it:
// the marks of the go statements that fail it, none for one that must not be
// blamed.
var crowd = map[string][]string{
	"TestChild":           {"child: go"},
	"TestGreatGrandchild": {"grand: go"},
	"TestDo":              {"do: go"},
	"TestDeferred":        {"deferred: go"},
	"TestPoolStarts":      nil,
	"TestPoolUsed":        nil,
	"TestTimer":           nil,
	"TestContext":         nil,
}

// Eight tests at the same moment: each leak fails its own test and no other,
// and what no evidence ties to a test is reported once, at the end.
//
// The command for many runs is
//
//	CI=true go test -race ./leakcheck -run E2ECrowd -leakcheck.runs=200
func TestE2ECrowd(t *testing.T) {
	t.Parallel()
	for range *runs {
		r := run(t, "crowd", crowdEnv, crowdFlags()...)
		if !assertCrowd(t, r) {
			return
		}
	}
}

// The environment and flags that testdata/crowd needs. Without -v the reports
// of tests that run at the same time stay whole.
var crowdEnv = []string{"FIXTURE_MAIN=1"}

func crowdFlags() []string {
	return []string{only(slices.Sorted(maps.Keys(crowd))...), "-test.parallel=8", "-test.shuffle=on"}
}

// assertCrowd asserts what a run of the crowd has to say.
func assertCrowd(t *testing.T, r result) bool {
	t.Helper()
	assert.Equal(t, 1, r.code)
	for name, marks := range crowd {
		blamed(t, r.out, name, marks)
	}
	rest := reportOn(t, r.out, "the tests")
	assert.Contains(t, rest, marked(t, "crowd", "pool: go"))
	assert.Contains(t, rest, "crowd.blockTimer")
	assert.Contains(t, rest, "crowd.blockContext")
	assert.Regexp(t, `owner +unknown; .* Test`, rest, "a hint where nobody is to be blamed")
	for _, block := range []string{"Child", "Grand", "Do", "Deferred", "Pool", "Timer", "Context"} {
		at := regexp.MustCompile(`(?m)^ +at .* crowd\.block` + block + `$`)
		assert.Len(t, at.FindAllString(r.out, -1), 1, "block%s is reported once", block)
	}
	if t.Failed() {
		t.Log(r.out)
	}
	return !t.Failed()
}

// blamed asserts that the test failed because of the goroutines of just these
// go statements, or passed if there are none.
func blamed(t *testing.T, out, test string, marks []string) {
	t.Helper()
	if len(marks) == 0 {
		assert.NotContains(t, out, "--- FAIL: "+test+" (", "it is innocent")
		assert.NotContains(t, out, " outlived "+test+" ")
		return
	}
	if !assert.Contains(t, out, "--- FAIL: "+test+" (") {
		return
	}
	report := reportOn(t, out, test)
	assert.Contains(t, out+" ", fmt.Sprintf("leakcheck: %s outlived %s", goroutines(len(marks)), test))
	for _, mark := range marks {
		assert.Contains(t, report, "started  "+marked(t, "crowd", mark)+" ")
	}
}

func goroutines(n int) string {
	if n == 1 {
		return "1 goroutine"
	}
	return fmt.Sprint(n, " goroutines")
}

// The callbacks that carry no evidence belong to a test that runs alone, and a
// parent answers for its subtests, once.
func TestE2ECrowdAlone(t *testing.T) {
	t.Parallel()
	for range *runs {
		r := run(t, "crowd", nil, only("TestSerialTimer", "TestSerialContext", "TestParent"))
		assert.Equal(t, 1, r.code)
		assert.Contains(t, reportOn(t, r.out, "TestSerialTimer"), "appeared while TestSerialTimer ran alone")
		assert.Contains(t, reportOn(t, r.out, "TestSerialContext"), "appeared while TestSerialContext ran alone")
		blamed(t, r.out, "TestParent/checked", []string{"parent: checked"})
		blamed(t, r.out, "TestParent", []string{"parent: unchecked"})
		blamed(t, r.out, "TestParent/unchecked", nil)
		if t.Failed() {
			t.Log(r.out)
			return
		}
	}
}
