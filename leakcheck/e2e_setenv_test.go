package leakcheck_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Labels are the evidence for what dead parents started. They must be there
// whatever GODEBUG says, and the variable must be the test's own afterwards.
func TestE2ELabelsDespiteGodebug(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"GODEBUG=", "GODEBUG=tracebacklabels=0", "GODEBUG=tracebacklabels=1"} {
		out := fails(t, "verify", "TestSetenv", env)
		assert.Contains(t, row(t, out, "owner"), "labelled by TestSetenv", env)
		assert.Contains(t, out, "after the check: GODEBUG=http2debug=0\n", env)
	}
}
