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
