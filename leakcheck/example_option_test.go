package leakcheck_test

import (
	"fmt"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// startPool starts a worker, which ends once its result is taken.
func startPool(results chan string) {
	go func() { results <- "done" }()
}

// The workers of a pool that all tests share are no leak.
func ExampleIgnore() {
	results := make(chan string)
	verdict("TestPool", func(t leakcheck.TB) { // func TestPool(t *testing.T) {
		leakcheck.Verify(t, leakcheck.Ignore(
			filters.CreatedBy("github.com/leakcheck-go/goroutine/leakcheck_test.startPool")))
		startPool(results)
	})
	<-results
	// Output: PASS TestPool
}

// What ran before is left out, and what was started since is found.
func ExampleIgnoreCurrent() {
	results := make(chan string)
	startPool(results)
	current := leakcheck.IgnoreCurrent()
	fmt.Println(leakcheck.Find(current).Len())

	startPool(results)
	fmt.Println(leakcheck.Find(current).Len())

	<-results
	<-results
	fmt.Println(leakcheck.Find(current).Len())
	// Output:
	// 0
	// 1
	// 0
}

// A check ends as soon as nothing is left. Wait says how long it may take at
// most, where the default of five seconds is too short.
func ExampleWait() {
	verdict("TestShutdown", func(t leakcheck.TB) { // func TestShutdown(t *testing.T) {
		leakcheck.Verify(t, leakcheck.Wait(30*time.Second))
		go time.Sleep(20 * time.Millisecond) // what a Close does in the background
	})
	// Output: PASS TestShutdown
}

// A failed test is left alone, since it had no chance to clean up. This one is
// checked anyway.
func ExampleRunOnFailure() {
	results := make(chan string)
	verdict("TestPool", func(t leakcheck.TB) { // func TestPool(t *testing.T) {
		leakcheck.Verify(t, leakcheck.RunOnFailure())
		startPool(results)
		t.Errorf("the pool is too small")
	})
	<-results
	// Output:
	// the pool is too small
	// leakcheck: 1 goroutine outlived TestPool
	// FAIL TestPool
}

// The worker is still there. But somebody has the channel and may yet receive
// from it, so nothing is proven.
func ExampleProvenOnly() {
	results := make(chan string)
	verdict("TestPool", func(t leakcheck.TB) { // func TestPool(t *testing.T) {
		leakcheck.Verify(t, leakcheck.ProvenOnly())
		startPool(results)
	})
	<-results
	// Output: PASS TestPool
}

// LEAKCHECK_UPDATE_BASELINE=1 go test has written the file. It lets one
// goroutine of startPool pass, and no second one.
func ExampleBaseline() {
	known := leakcheck.Baseline("testdata/leaks.json")
	results := make(chan string)
	verdict("TestPool", func(t leakcheck.TB) { // func TestPool(t *testing.T) {
		leakcheck.Verify(t, known)
		startPool(results)
	})
	verdict("TestPoolTwice", func(t leakcheck.TB) { // func TestPoolTwice(t *testing.T) {
		leakcheck.Verify(t, known)
		startPool(results)
	})
	<-results
	<-results
	// Output:
	// PASS TestPool
	// leakcheck: 1 goroutine outlived TestPoolTwice
	// FAIL TestPoolTwice
}
