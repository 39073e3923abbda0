package filters_test

import (
	"fmt"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// A filter that is good by itself may hide too much as an ignore.
func ExampleTooBroad() {
	fmt.Println(filters.TooBroad(filters.TopFunction("time.Sleep")))
	fmt.Println(filters.TooBroad(filters.CreatedBy("shop.NewPool")) == "")
	// Output:
	// time.Sleep is on the stack of every goroutine that sleeps
	// true
}

// Terms that exclude each other.
func ExampleNeverMatches() {
	fmt.Println(filters.NeverMatches(filters.All(filters.State("select"), filters.State("chan send"))))
	fmt.Println(filters.NeverMatches(filters.State("select")) == "")
	// Output:
	// no goroutine has both state:"select" and state:"chan send"
	// true
}

// The ignore that a report offers for a goroutine.
func ExampleSuggest() {
	goroutines, err := stackparse.Parse([]byte(`goroutine 18 [chan receive]:
shop.(*Pool).run(0xc000012345)
	/src/shop/pool.go:31 +0x15
created by shop.NewPool in goroutine 7
	/src/shop/pool.go:12 +0x66
`))
	f, ok := filters.Suggest(&goroutines[0])
	fmt.Println(f, ok, err)
	// Output: created-by:"shop.NewPool" true <nil>
}
