package capture

import (
	"io"
	"os"
	"runtime/pprof"
)

// ProofVariable switches the proof off where it is set to "off".
const ProofVariable = "LEAKCHECK_PROOF"

// CanProve reports whether the runtime offers a proof of leaks and the
// environment does not forbid it. The profile is there in Go 1.27, and in Go
// 1.26 when the binary is built with GOEXPERIMENT=goroutineleakprofile.
func CanProve() bool { return WhyNoProof() == "" }

// WhyNoProof says, in a part of a sentence, why there is no proof available.
// It is "" where there is.
func WhyNoProof() string {
	switch {
	case os.Getenv(ProofVariable) == "off":
		return ProofVariable + "=off is set"
	case pprof.Lookup("goroutineleak") == nil:
		return "this binary's runtime offers no proof of leaks (Go 1.27 does, and Go 1.26 with " +
			"GOEXPERIMENT=goroutineleakprofile)"
	}
	return ""
}

// Prove has the runtime look for leaked goroutines, by a garbage collection;
// the next dump shows them marked. It returns false where [CanProve] does.
//
// It must not run while a testing/synctest bubble is alive: in Go 1.26.8 and
// 1.27.4 that can hang synctest.Wait. The count of the profile is not asked:
// it is that of an earlier collection.
func Prove() bool {
	if !CanProve() {
		return false
	}
	// Discard cannot return an error, and the profile's own cannot occur.
	_ = pprof.Lookup("goroutineleak").WriteTo(io.Discard, 0)
	return true
}
