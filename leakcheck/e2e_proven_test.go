package leakcheck_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
)

// ProvenOnly fails on proofs alone, waits for nothing else, and says where it
// can find nothing.
func TestE2EProvenOnly(t *testing.T) {
	t.Parallel()
	r := run(t, "verify", nil, "-test.v", only("TestProvenSend", "TestProvenNothing"))
	assert.Less(t, took(t, r.out, "PASS", "TestProvenNothing"), noWait, "nothing that sleeps is waited for")
	const why = "leakcheck: ProvenOnly can find nothing here: "
	if capture.CanProve() {
		assert.Equal(t, 1, r.code)
		assert.Contains(t, reportOn(t, r.out, "TestProvenSend"), marked(t, "verify", "proven: go"))
		assert.NotContains(t, r.out, why)
	} else {
		assert.Zero(t, r.code, r.out)
		assert.Contains(t, r.out, why)
	}

	off := []string{capture.ProofVariable + "=off"}
	r = run(t, "verify", off, "-test.v", only("TestProvenSend"))
	assert.Zero(t, r.code, r.out)
	assert.Contains(t, r.out, why+capture.ProofVariable+"=off is set")

	r = run(t, "testmain", append(off, "FIXTURE_OPTION=ProvenOnly"), only("TestHelperGo"))
	assert.Zero(t, r.code, r.out)
	assert.Contains(t, r.out, why, "VerifyTestMain says so as well, also without -v")
}
