package leakcheck_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// worker waits until stop is closed.
func worker(stop chan struct{}) { <-stop }

// ofWorkers leaves the changes of workers: an example shares its process with
// others.
func ofWorkers(d leakcheck.Diff) leakcheck.Diff {
	others := func(c leakcheck.Change) bool { return !strings.HasSuffix(c.Function, ".worker") }
	return leakcheck.Diff{
		New: slices.DeleteFunc(d.New, others), Gone: slices.DeleteFunc(d.Gone, others), Changed: slices.DeleteFunc(d.Changed, others),
	}
}

// takeWaiting takes a snapshot once three workers wait.
func takeWaiting() leakcheck.Snapshot {
	for {
		now := leakcheck.Take()
		all := ofWorkers(leakcheck.Snapshot{}.Diff(now)).New
		if len(all) == 1 && all[0].After == 3 && all[0].State == "chan receive" {
			return now
		}
		time.Sleep(time.Millisecond)
	}
}

// How the goroutines of a process changed between two moments.
func ExampleTake() {
	before := leakcheck.Take()

	stop := make(chan struct{})
	for range 3 {
		go worker(stop)
	}
	after := takeWaiting()
	fmt.Print(ofWorkers(before.Diff(after)))

	close(stop)
	// Output:
	// + 3 x chan receive at example_snapshot_test.go:13 (github.com/leakcheck-go/goroutine/leakcheck_test.worker), started by github.com/leakcheck-go/goroutine/leakcheck_test.ExampleTake
}

// A program can read a difference.
func ExampleSnapshot_Diff() {
	stop := make(chan struct{})
	for range 3 {
		go worker(stop)
	}
	before := takeWaiting()
	close(stop)
	for !ofWorkers(leakcheck.Snapshot{}.Diff(leakcheck.Take())).Empty() {
		time.Sleep(time.Millisecond)
	}
	diff := ofWorkers(before.Diff(leakcheck.Take()))
	for _, c := range diff.Gone {
		fmt.Printf("%d fewer in %s at %s\n", c.Before-c.After, c.State, c.Position)
	}
	fmt.Println("new:", len(diff.New))
	// Output:
	// 3 fewer in chan receive at example_snapshot_test.go:13
	// new: 0
}
