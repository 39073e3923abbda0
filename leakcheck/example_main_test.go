package leakcheck_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// someTests stands for the *testing.M of TestMain. Its tests pass.
type someTests func()

func (tests someTests) Run() (code int) {
	tests()
	return 0
}

// In the tests of a package it is one line:
//
//	func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m) }
func ExampleVerifyTestMain() {
	answers := make(chan string)
	tests := someTests(func() {
		go func() {
			answers <- "tea"
		}()
	})
	inProcess("ExampleVerifyTestMain", func() { // VerifyTestMain ends its process
		leakcheck.VerifyTestMain(tests)
		<-answers
	})
	// Output:
	// leakcheck: 1 goroutine outlived the tests
	//   + 1 x blocked sending on a channel
	//       at       example_main_test.go:29   answers <- "tea"   leakcheck_test.ExampleVerifyTestMain.func1.1
	//       started  example_main_test.go:28   go func() {        leakcheck_test.ExampleVerifyTestMain.func1
	//       owner    its stack or go statement is in ExampleVerifyTestMain
	//       cause    the receiver returned early or is stuck, or there are more sends than receives
	//       fix      make room for every send (make(chan T, n)), or send in a select with ctx.Done()
	//       ignore   leakcheck.Ignore(filters.MustParse(`created-by:"github.com/leakcheck-go/goroutine/leakcheck_test.ExampleVerifyTestMain.func1"`))
	// exit status 1
}

// exampleVariable names the example that a process is there for.
const exampleVariable = "LEAKCHECK_EXAMPLE"

// inProcess calls f in a process of its own and prints what it says.
func inProcess(example string, f func()) {
	if os.Getenv(exampleVariable) == example {
		f()
		return
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command(os.Args[0], "-test.run=^"+example+"$")
	cmd.Env = append(steady.Env(), exampleVariable+"="+example, "LEAKCHECK_PROOF=off", "TMPDIR="+dir, "TMP="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	err = cmd.Run()
	fmt.Print(&stderr)
	fmt.Println(err)
}

// A TestMain that has something to do after the check.
func ExampleRun() {
	m := someTests(func() { fmt.Println("the tests run") })

	fmt.Println("the database starts")
	code := leakcheck.Run(m)
	fmt.Println("the database stops")

	fmt.Println("os.Exit with", code)
	// Output:
	// the database starts
	// the tests run
	// the database stops
	// os.Exit with 0
}

// VerifyTestMain never returns, so what comes last is a function.
func ExampleCleanup() {
	m := someTests(func() { fmt.Println("the tests run") })

	leakcheck.Run(m, leakcheck.Cleanup(func(exitCode int) { // as for VerifyTestMain
		fmt.Println("the database stops, exit code", exitCode)
	}))
	// Output:
	// the tests run
	// the database stops, exit code 0
}

// Tests that wait long on purpose are looked at less often; with 0, never.
func ExampleWatchdog() {
	m := someTests(func() { fmt.Println("the tests run") })

	code := leakcheck.Run(m, leakcheck.Watchdog(30*time.Second)) // as for VerifyTestMain
	fmt.Println("exit code", code)
	// Output:
	// the tests run
	// exit code 0
}
