package gleak_test

import (
	"fmt"
	"runtime"
	"sort"
	"strings"

	"github.com/leakcheck-go/goroutine/leakcheck/gleak"
)

// startPool starts a worker, which ends once its result is taken.
func startPool(results chan string) {
	started := make(chan bool)
	go work(started, results)
	<-started
}

func work(started chan bool, results chan string) {
	close(started)
	results <- "done"
}

// worker is the goroutine that startPool starts.
func worker() gleak.Goroutine {
	for _, g := range gleak.Goroutines() {
		if strings.HasSuffix(g.CreatorFunction, "gleak_test.startPool") {
			return g
		}
	}
	return gleak.Goroutine{}
}

// finish takes the worker's result and waits until the worker has ended: one that
// has only sent it would be found by the next example.
func finish(results chan string) {
	<-results
	for worker().ID != 0 {
		runtime.Gosched()
	}
}

// A test with Gomega calls Match and the messages by
// Eventually(gleak.Goroutines).ShouldNot(gleak.HaveLeaked(good)).
func ExampleHaveLeaked() {
	good := gleak.Goroutines()
	results := make(chan string)
	startPool(results)

	m := gleak.HaveLeaked(good)
	fmt.Println(m.Match(gleak.Goroutines()))
	lines := strings.SplitN(m.NegatedFailureMessage(nil), "\n", 3)
	fmt.Println(strings.Join(lines[:2], "\n"))

	finish(results)
	// Output:
	// true <nil>
	// Expected not to leak 1 goroutines:
	// leakcheck: 1 goroutine is still there
}

func ExampleGoroutines() {
	results := make(chan string)
	startPool(results)
	for _, g := range gleak.Goroutines() {
		if strings.HasSuffix(g.CreatorFunction, ".startPool") {
			fmt.Println(g.CreatorFunction)
		}
	}

	finish(results)
	// Output: github.com/leakcheck-go/goroutine/leakcheck/gleak_test.startPool
}

func ExampleIgnoringTopFunction() {
	g := gleak.Goroutine{TopFunction: "foo.bar.baz", State: "chan receive, 2 minutes"}
	for _, name := range []string{"foo.bar", "foo.bar...", "foo.bar.baz [chan receive]", "foo.bar.baz [select]"} {
		yes, _ := gleak.IgnoringTopFunction(name).Match(g)
		fmt.Println(name, yes)
	}
	// Output:
	// foo.bar false
	// foo.bar... true
	// foo.bar.baz [chan receive] true
	// foo.bar.baz [select] false
}

func ExampleIgnoringCreator() {
	results := make(chan string)
	startPool(results)
	m := gleak.IgnoringCreator("github.com/leakcheck-go/goroutine/leakcheck/gleak_test.startPool")
	fmt.Println(m.Match(worker()))

	finish(results)
	// Output: true <nil>
}

func ExampleIgnoringInBacktrace() {
	results := make(chan string)
	startPool(results)
	fmt.Println(gleak.IgnoringInBacktrace("gleak_test.work").Match(worker()))

	finish(results)
	// Output: true <nil>
}

func ExampleIgnoringGoroutines() {
	good := gleak.Goroutines()
	results := make(chan string)
	startPool(results)
	fmt.Println(gleak.IgnoringGoroutines(good).Match(good[0]))
	fmt.Println(gleak.IgnoringGoroutines(good).Match(worker()))

	finish(results)
	// Output:
	// true <nil>
	// false <nil>
}

// It stands in BeforeSuite.
func ExampleIgnoreGinkgoParallelClient() {
	gleak.IgnoreGinkgoParallelClient()
	fmt.Println(gleak.HaveLeaked(gleak.Goroutines()).Match(gleak.Goroutines()))
	// Output: false <nil>
}

// A matcher of your own begins with G.
func ExampleG() {
	g, err := gleak.G(&gleak.Goroutine{ID: 42}, "BeMine")
	fmt.Println(g.ID, err)
	_, err = gleak.G("foo", "BeMine")
	fmt.Println(err)
	// Output:
	// 42 <nil>
	// BeMine matcher expects a Goroutine or *Goroutine.  Got:
	//     <string>: foo
}

func ExampleUint64Slice() {
	ids := []uint64{42, 7}
	sort.Sort(gleak.Uint64Slice(ids))
	fmt.Println(ids)
	// Output: [7 42]
}
