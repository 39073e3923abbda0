//go:build cgo

package leakcheck_test

import "testing"

// The part of the corpus that needs a C compiler.
func TestE2ECorpusCgo(t *testing.T) {
	t.Parallel()
	corpusStaysSilent(t, "corpuscgo")
}
