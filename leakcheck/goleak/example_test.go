package goleak_test

import (
	"fmt"
	"strings"

	"github.com/leakcheck-go/goroutine/leakcheck/goleak"
)

// shownTest is the test of an example. It shows the first lines of a failure.
type shownTest struct{}

func (shownTest) Error(args ...any) {
	lines := strings.SplitN(fmt.Sprint(args...), "\n", 4)
	fmt.Println(strings.Join(lines[:3], "\n"))
}

// startPool starts a worker, which ends once its result is taken.
func startPool(results chan string) {
	go work(results)
}

func work(results chan string) { results <- "done" }

func ExampleVerifyNone() {
	results := make(chan string)
	testPool := func(t goleak.TestingT) { // func TestPool(t *testing.T) {
		defer goleak.VerifyNone(t)
		startPool(results)
	}
	testPool(shownTest{})

	<-results
	// Output:
	// found unexpected goroutines:
	// leakcheck: 1 goroutine is still there
	//   + 1 x blocked sending on a channel
}

func ExampleFind() {
	results := make(chan string)
	startPool(results)
	fmt.Println(goleak.Find() != nil)

	<-results
	fmt.Println(goleak.Find())
	// Output:
	// true
	// <nil>
}

func ExampleIgnoreCurrent() {
	results := make(chan string)
	startPool(results)
	fmt.Println(goleak.Find(goleak.IgnoreCurrent()))

	<-results
	// Output: <nil>
}

// A name is the whole one, as a dump prints it.
func ExampleIgnoreTopFunction() {
	results := make(chan string)
	startPool(results)
	fmt.Println(goleak.Find(
		goleak.IgnoreTopFunction("github.com/leakcheck-go/goroutine/leakcheck/goleak_test.work")))

	<-results
	// Output: <nil>
}

func ExampleIgnoreAnyFunction() {
	results := make(chan string)
	startPool(results)
	fmt.Println(goleak.Find(
		goleak.IgnoreAnyFunction("github.com/leakcheck-go/goroutine/leakcheck/goleak_test.work")))

	<-results
	// Output: <nil>
}

func ExampleIgnoreCreatedBy() {
	results := make(chan string)
	startPool(results)
	fmt.Println(goleak.Find(
		goleak.IgnoreCreatedBy("github.com/leakcheck-go/goroutine/leakcheck/goleak_test.startPool")))

	<-results
	// Output: <nil>
}
