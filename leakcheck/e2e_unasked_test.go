package leakcheck_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// In tests that never asked for a check, what one subtest started another one
// may end.
func TestE2EUnaskedSubtestsShare(t *testing.T) {
	t.Parallel()
	r := run(t, "unasked", nil, "-test.v", only("TestShareServer", "TestShareWorker"))
	assert.Zero(t, r.code, "%s", r.out)
	assert.NotContains(t, r.out, "leakcheck:")
}

// A leak fails the test at the top, at its end, and names the subtest.
func TestE2EUnaskedLeak(t *testing.T) {
	t.Parallel()
	out := fails(t, "unasked", "TestLeak")
	assert.Contains(t, out, "the subtest passed: true")
	assert.Contains(t, out, "--- PASS: TestLeak/leak", "it was over before anybody could know")
	assert.Equal(t, "labelled by TestLeak/leak", row(t, reportOn(t, out, "TestLeak"), "owner"))
	assert.Equal(t, 1, strings.Count(out, "leakcheck:"), "one report in\n%s", out)
}

// What one test starts for all is reported once, for the package, and fails no
// test.
func TestE2EUnaskedService(t *testing.T) {
	t.Parallel()
	r := run(t, "unasked", nil, "-test.v", only("TestServiceA", "TestServiceB"))
	require.Equal(t, 1, r.code, "%s", r.out)
	assert.Contains(t, r.out, "--- PASS: TestServiceA")
	assert.Contains(t, r.out, "--- PASS: TestServiceB")
	assert.Regexp(t, `\bTestServiceA\b`, row(t, reportOn(t, r.out, "the tests"), "owner"))
	assert.Equal(t, 1, strings.Count(r.out, "leakcheck:"), "one report in\n%s", r.out)
}

// The verdict does not depend on which side of the bound of the wait a timer
// falls.
func TestE2EUnaskedTimerAtTheBound(t *testing.T) {
	t.Parallel()
	r := run(t, "unasked", nil, "-test.v", "-test.parallel=4", only("TestFiveSeconds"))
	assert.Zero(t, r.code, "%s", r.out)
	assert.NotContains(t, r.out, "leakcheck:")
}

// Subtests that run in parallel cost no dump each: with one, this takes minutes.
func TestE2EUnaskedMany(t *testing.T) {
	t.Parallel()
	r := run(t, "unasked", nil, only("TestMany"))
	assert.Zero(t, r.code, "%s", r.out)
}
