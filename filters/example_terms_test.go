package filters_test

import (
	"fmt"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const storeDump = `goroutine 1 [chan receive]:
main.main()
	/src/store/main.go:20 +0x1d

goroutine 18 [chan receive, 12 minutes] {job: mail}:
example.com/store/mail.(*Pool).run(0xc000012345)
	/src/store/mail/pool.go:31 +0x15
created by example.com/store/mail.NewPool in goroutine 1
	/src/store/mail/pool.go:12 +0x66

goroutine 19 [sleep, 2 minutes] {job: retry}:
time.Sleep(0x3b9aca00)
	/usr/local/go/src/runtime/time.go:363 +0x105
example.com/store/mail.(*Pool).retry(0xc000012345)
	/src/store/mail/retry.go:9 +0x2c
created by example.com/store/mail.(*Pool).run in goroutine 18
	/src/store/mail/pool.go:35 +0x9a

goroutine 20 [select]:
example.com/store/cart.watch()
	/src/store/cart/watch.go:14 +0x8f
created by example.com/store/cart.Open in goroutine 7
	/src/store/cart/cart.go:40 +0x51
`

// printIDs prints the goroutines of storeDump that f matches.
func printIDs(f filters.Filter) {
	goroutines, err := stackparse.Parse([]byte(storeDump))
	if err != nil {
		fmt.Println(err)
	}
	for i := range goroutines {
		if f.Match(&goroutines[i]) {
			fmt.Println("goroutine", goroutines[i].ID)
		}
	}
}

// The innermost call. The runtime hides its own, so a goroutine that sleeps is
// in time.Sleep.
func ExampleTopFunction() {
	printIDs(filters.TopFunction("time.Sleep"))
	// Output:
	// goroutine 19
}

// A call anywhere on the stack.
func ExampleAnyFunction() {
	printIDs(filters.AnyFunction("example.com/store/mail.(*Pool).*"))
	// Output:
	// goroutine 18
	// goroutine 19
}

// The function with the go statement.
func ExampleCreatedBy() {
	printIDs(filters.CreatedBy("example.com/store/mail.NewPool"))
	// Output:
	// goroutine 18
}

// The package itself, or with /... those below it too.
func ExamplePackage() {
	printIDs(filters.Package("example.com/store/..."))
	// Output:
	// goroutine 18
	// goroutine 19
	// goroutine 20
}

// The file of a call or of the go statement; a path may be cut short on its
// left.
func ExampleFile() {
	printIDs(filters.File("mail/pool.go"))
	// Output:
	// goroutine 18
	// goroutine 19
}

func ExampleState() {
	printIDs(filters.State("chan *")) // "chan receive" or "chan send"
	// Output:
	// goroutine 1
	// goroutine 18
}

// A label that runtime/pprof set.
func ExampleLabel() {
	printIDs(filters.Label("job", "retry"))
	// Output:
	// goroutine 19
}

func ExampleID() {
	printIDs(filters.ID(18, 20))
	// Output:
	// goroutine 18
	// goroutine 20
}

// What the main goroutine started: in init functions, in TestMain or in main,
// but in no test.
func ExampleStartedIn() {
	printIDs(filters.StartedIn(1))
	// Output:
	// goroutine 18
}

func ExampleWaitAtLeast() {
	printIDs(filters.WaitAtLeast(10 * time.Minute))
	// Output:
	// goroutine 18
}

// A dump says nothing about waits of less than a minute, so goroutine 20 is not
// known to wait for less than ten.
func ExampleWaitBelow() {
	printIDs(filters.WaitBelow(10 * time.Minute))
	// Output:
	// goroutine 19
}
