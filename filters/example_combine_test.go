package filters_test

import (
	"fmt"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// What a service printed that was asked for its goroutines.
const shopDump = `goroutine 18 [chan receive]:
shop.(*Pool).run(0xc000012345)
	/home/me/shop/pool.go:31 +0x15
created by shop.NewPool in goroutine 7
	/home/me/shop/pool.go:12 +0x66

goroutine 19 [select]:
shop.(*Pool).watch(0xc000012345)
	/home/me/shop/pool.go:44 +0x15
created by shop.NewPool in goroutine 7
	/home/me/shop/pool.go:13 +0x66

goroutine 20 [IO wait]:
net/http.(*Server).Serve(0xc000012345)
	/usr/local/go/src/net/http/server.go:3424 +0x15
created by shop.Serve in goroutine 7
	/home/me/shop/serve.go:9 +0x66
`

func printMatches(f filters.Filter) {
	goroutines, err := stackparse.Parse([]byte(shopDump))
	if err != nil {
		fmt.Println(err)
	}
	for i := range goroutines {
		if f.Match(&goroutines[i]) {
			fmt.Println("goroutine", goroutines[i].ID)
		}
	}
}

func ExampleAll() {
	printMatches(filters.All(
		filters.CreatedBy("shop.NewPool"),
		filters.State("chan receive")))
	// Output:
	// goroutine 18
}

func ExampleAny() {
	printMatches(filters.Any(
		filters.State("select"),
		filters.Package("net/http")))
	// Output:
	// goroutine 19
	// goroutine 20
}

func ExampleNot() {
	printMatches(filters.Not(filters.CreatedBy("shop.NewPool")))
	// Output:
	// goroutine 20
}
