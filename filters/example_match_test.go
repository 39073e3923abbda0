package filters_test

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// This goroutine, as it prints itself.
func ExampleFilter_Match() {
	goroutines, err := stackparse.Parse(debug.Stack())
	if err != nil {
		fmt.Println(err)
	}
	self := &goroutines[0]

	fmt.Println(filters.State("running").Match(self))
	fmt.Println(filters.AnyFunction("runtime/debug.Stack").Match(self))
	fmt.Println(filters.State("chan send").Match(self))
	// Output:
	// true
	// true
	// false
}

// What a report found out decides as well.
func ExampleFilter_MatchSubject() {
	slow := filters.All(filters.State("chan send"), filters.WaitAtLeast(30*time.Second))
	sender := &stackparse.Goroutine{ID: 18, State: "chan send"} // a dump prints whole minutes only

	fmt.Println(slow.MatchSubject(filters.Subject{Goroutine: sender, Wait: 45 * time.Second}))
	fmt.Println(slow.MatchSubject(filters.Subject{Goroutine: sender}))
	// Output:
	// true
	// false
}

func ExampleCause() {
	f := filters.Cause("chan-*")
	sender := &stackparse.Goroutine{ID: 18, State: "chan send"}

	fmt.Println(f.MatchSubject(filters.Subject{Goroutine: sender, Cause: "chan-send"}))
	fmt.Println(f.Match(sender), "by the dump alone")
	// Output:
	// true
	// false by the dump alone
}

// A test's name stands for its subtests, too.
func ExampleTest() {
	f := filters.Test("TestFetch")
	sender := &stackparse.Goroutine{ID: 18, State: "chan send"}

	fmt.Println(f.MatchSubject(filters.Subject{Goroutine: sender, Test: "TestFetch/empty"}))
	fmt.Println(f.MatchSubject(filters.Subject{Goroutine: sender, Test: "TestFetchAll"}))
	// Output:
	// true
	// false
}

// Who has only dumps can tell a user that a filter asks for more than they say.
func ExampleFilter_NeedsSubject() {
	for _, expr := range []string{`state:"chan send"`, `state:"chan send" && test:TestFetch`} {
		f, err := filters.Parse(expr)
		if err != nil {
			fmt.Println(err)
		}
		fmt.Println(f.NeedsSubject(), f)
	}
	// Output:
	// false state:"chan send"
	// true state:"chan send" && test:"TestFetch"
}

// The part of a dump that a test's own code has to do with.
func Example() {
	dump := []byte(`goroutine 18 [chan send]:
shop.fetchOne(0xc000012345)
	/src/shop/fetch.go:41 +0x15
created by shop.FetchAll in goroutine 7
	/src/shop/fetch.go:37 +0x66

goroutine 19 [select]:
go.opencensus.io/stats/view.(*worker).start(0xc000032480)
	/go/pkg/mod/go.opencensus.io@v0.24.0/stats/view/worker.go:292 +0x9f
created by go.opencensus.io/stats/view.init.0 in goroutine 1
	/go/pkg/mod/go.opencensus.io@v0.24.0/stats/view/worker.go:34 +0x8d
`)
	own := filters.All(filters.Package("shop/..."), filters.Not(filters.Benign()))
	for g, err := range stackparse.NewReader(bytes.NewReader(dump)).All() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		if own.Match(g) {
			fmt.Println(g.ID, g.State, g.Frames[0].Func)
		}
	}
	// Output: 18 chan send shop.fetchOne
}
