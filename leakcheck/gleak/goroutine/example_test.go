package goroutine_test

import (
	"fmt"

	"github.com/leakcheck-go/goroutine/leakcheck/gleak/goroutine"
)

func ExampleCurrent() {
	g := goroutine.Current()
	fmt.Println(g.ID, g.State, g.TopFunction)
	// Output: 1 running github.com/leakcheck-go/goroutine/leakcheck/gleak/goroutine.stacks
}

// The calling goroutine comes first.
func ExampleGoroutines() {
	fmt.Println(goroutine.Goroutines()[0].ID == goroutine.Current().ID)
	// Output: true
}

func ExampleGoroutine_String() {
	g := goroutine.Goroutine{ID: 42, State: "chan receive", TopFunction: "foo.bar"}
	fmt.Println(g)
	// Output: Goroutine ID: 42, state: chan receive, top function: foo.bar
}
