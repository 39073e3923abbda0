package leakcheck_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Lists of ignores rot. After a run of all tests each that does nothing, or
// too much, is named, with what it hid; the others are not.
func TestE2EIgnores(t *testing.T) {
	t.Parallel()
	r := run(t, "ignores", nil, "-test.skip=TestLeaks")
	assert.Zero(t, r.code, r.out)
	assert.NotContains(t, r.out, "the ignore", "not all tests ran, so nothing can be said")

	r = run(t, "ignores", nil)
	assert.Equal(t, 1, r.code, "one test leaks")
	assert.NotContains(t, r.out, "the ignore", "a failure is news enough")

	r = run(t, "ignores", []string{"FIXTURE_FIXED=1"})
	assert.Zero(t, r.code, r.out)
	const me = "created-by:\"github.com/leakcheck-go/goroutine/leakcheck/testdata/ignores."
	assert.Contains(t, r.out, "leakcheck: the ignore "+me+"gone\" matched nothing in this run; remove it\n")
	assert.Contains(t, r.out, "leakcheck: the ignore "+me+"forgotten\" was made but not passed to a check\n")
	assert.Regexp(t, `leakcheck: the ignore `+me+`a" && .*b" can match nothing: `, r.out)
	assert.Regexp(t, `leakcheck: the ignore any:"time\.Sleep" is too broad: .* It hid 1 goroutine, such as ignores\.sleepLong at `+
		marked(t, "ignores", "ignores: sleep"), strings.ReplaceAll(r.out, "github.com/leakcheck-go/goroutine/leakcheck/testdata/", ""))
	assert.Equal(t, 4, strings.Count(r.out, "the ignore "), r.out)
}

// A filter may ask for what only the report knows. What it leaves out is left
// out for good: no later check reports it.
func TestE2EIgnoreSubjects(t *testing.T) {
	t.Parallel()
	isSilent(t, run(t, "subjects", nil, "-test.v", only("TestCause", "TestByName", "TestKnown")))

	r := run(t, "subjects", nil, "-test.v", only("TestOtherCause"))
	assert.Equal(t, 1, r.code, r.out)
	assert.Contains(t, r.out, "leakcheck: 1 goroutine outlived TestOtherCause", "the one of another cause")
	assert.Equal(t, 1, strings.Count(r.out, "leakcheck: "), "the ignored one is reported nowhere:\n%s", r.out)

	r = run(t, "subjects", nil, "-test.v", only("TestReceives"))
	assert.Equal(t, 1, r.code, r.out)
	assert.Contains(t, r.out, "leakcheck: 1 goroutine ", "the filter of the package asks for the test as well")
}
