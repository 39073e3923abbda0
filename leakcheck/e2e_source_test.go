package leakcheck_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// Whether Verify was deferred is known by the source line, which need not be
// there: a binary built with -trimpath and run elsewhere finds its leaks, too.
func TestE2EWithoutSource(t *testing.T) {
	t.Parallel()
	steady.Slow(t) // with -trimpath every package is built again
	bin := filepath.Join(t.TempDir(), "verify.test.exe")
	out, err := exec.Command("go", "test", "-trimpath", "-c", noDWARF, raceFlag, "-o", bin, "./testdata/verify").CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, test := range []string{"TestDeferredLeak", "TestDeferredEarly", "TestSend"} {
		cmd := exec.Command(bin, only(test))
		cmd.Dir = filepath.Dir(bin)
		out, err := cmd.CombinedOutput()
		exit := (*exec.ExitError)(nil)
		require.True(t, errors.As(err, &exit), "%s passed: %s", test, out)
		assert.Contains(t, string(out), "leakcheck: 1 goroutine outlived "+test)
	}
}

// A function that calls Verify and is called in a defer statement to return
// what is deferred calls it at the top: it labels, and adds no remark.
func TestE2ECalledInDeferStatement(t *testing.T) {
	t.Parallel()
	r := run(t, "verify", nil, "-test.parallel=2", only("TestIdiom"))
	assert.Equal(t, 2, strings.Count(r.out, "leakcheck: 1 goroutine outlived TestIdiom/"), "%s", r.out)
	assert.NotContains(t, r.out, "deferred")
}

// What a subtest's check has seen already is still the parent's leak.
func TestE2EDeferredAfterSubtest(t *testing.T) {
	t.Parallel()
	out := fails(t, "verify", "TestDeferredAfterSubtest")
	assert.Contains(t, out, "leakcheck: 1 goroutine outlived TestDeferredAfterSubtest ")
	assert.Equal(t, 1, strings.Count(out, "leakcheck:"))
}
