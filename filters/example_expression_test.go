package filters_test

import (
	"fmt"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// An expression from a flag or a file may be wrong; the error shows where.
func ExampleParse() {
	f, err := filters.Parse(`created-by:shop.New* && !(state:select || label:job=mail)`)
	fmt.Println(f, err)

	_, err = filters.Parse(`created-by:shop.New* && state:`)
	fmt.Println(err)
	// Output:
	// created-by:"shop.New*" && !(state:"select" || label:"job"="mail") <nil>
	// filters: expected a value directly after state:
	// 	created-by:shop.New* && state:
	// 	                              ^
}

func ExampleMustParse() {
	pool := filters.MustParse(`created-by:shop.NewPool && state:"chan receive"`)

	goroutines, err := stackparse.Parse([]byte(`goroutine 18 [chan receive]:
shop.(*Pool).run(0xc000012345)
	/src/shop/pool.go:31 +0x15
created by shop.NewPool in goroutine 7
	/src/shop/pool.go:12 +0x66
`))
	fmt.Println(pool.Match(&goroutines[0]), err)
	// Output: true <nil>
}

// The text of a filter is an expression: it can be stored and read back.
func ExampleFilter_String() {
	f := filters.All(
		filters.Any(filters.CreatedBy("shop.NewPool"), filters.CreatedBy("shop.Serve")),
		filters.Not(filters.State("IO wait")))
	fmt.Println(f)
	// Output:
	// (created-by:"shop.NewPool" || created-by:"shop.Serve") && !(state:"IO wait")
}
