package goleak_test

import (
	"fmt"

	"github.com/leakcheck-go/goroutine/leakcheck/goleak"
)

// someTests stands for the *testing.M of TestMain.
type someTests func() (code int)

func (tests someTests) Run() int { return tests() }

// Without a Cleanup, VerifyTestMain exits with the code. With one it returns
// where there is no leak.
func ExampleVerifyTestMain() {
	m := someTests(func() int {
		fmt.Println("the tests run")
		return 0
	})

	goleak.VerifyTestMain(m, goleak.Cleanup(func(exitCode int) {
		fmt.Println("exit code", exitCode)
	}))
	// Output:
	// the tests run
	// exit code 0
}

// What has to be stopped after the check.
func ExampleCleanup() {
	stopDatabase := func(exitCode int) { fmt.Println("the database stops, exit code", exitCode) }

	goleak.VerifyNone(shownTest{}, goleak.Cleanup(stopDatabase))
	// Output: the database stops, exit code 0
}

// A run that failed is checked as well. This one left nothing behind.
func ExampleRunOnFailure() {
	m := someTests(func() int {
		fmt.Println("a test fails")
		return 1
	})

	goleak.VerifyTestMain(m, goleak.RunOnFailure(), goleak.Cleanup(func(exitCode int) {
		fmt.Println("exit code", exitCode)
	}))
	// Output:
	// a test fails
	// exit code 1
}
