//go:build linux || darwin

package leakcheck_test

import (
	"os"
	"os/exec"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// A file that all tests share stays open on purpose.
func ExampleDescriptors() {
	var shared *os.File
	verdict("TestShop", func(t leakcheck.TB) { // func TestShop(t *testing.T) {
		leakcheck.Verify(t, leakcheck.Descriptors("leaks.json"))
		shared, _ = os.Open("testdata/leaks.json")
	})
	shared.Close()
	// Output: PASS TestShop
}

// A command that ran to its end leaves nothing.
func ExampleChildren() {
	verdict("TestVersion", func(t leakcheck.TB) { // func TestVersion(t *testing.T) {
		leakcheck.Verify(t, leakcheck.Children())
		_ = exec.Command(os.Args[0], "-test.run=^$").Run()
	})
	// Output: PASS TestVersion
}
