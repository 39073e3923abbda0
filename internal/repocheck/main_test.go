package repocheck_test

import (
	"fmt"
	"os"
	"testing"
)

// TestMain runs the tests at the module root, because they name files by their
// paths below it.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(m.Run())
}
