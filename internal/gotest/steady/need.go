package steady

import (
	"os"
	"os/exec"
	"testing"
)

// Need skips t where a program is not installed. With CI set, where all of them
// are to be, that is a failure.
func Need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed", program)
}

// Slow skips t unless CI is set. It is for tests that build and run programs again
// and again, which take minutes of processor time together.
func Slow(t testing.TB) {
	t.Helper()
	if !Full() {
		t.Skip("it takes long: CI=true go test runs it")
	}
}

// Full reports whether all of a table is to run, however long it takes, and not
// a sample of it.
func Full() bool { return os.Getenv("CI") != "" }
