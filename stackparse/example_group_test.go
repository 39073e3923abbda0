package stackparse_test

import (
	"fmt"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Three workers of one pool: two wait for work, one has a result that nobody
// takes.
const poolDump = `goroutine 18 [chan receive, 4 minutes]:
shop.(*Pool).run(0xc000012345)
	/src/shop/pool.go:31 +0x15
created by shop.NewPool in goroutine 1
	/src/shop/pool.go:12 +0x66

goroutine 19 [chan send, 9 minutes]:
shop.(*Pool).run(0xc000012345)
	/src/shop/pool.go:35 +0x41
created by shop.NewPool in goroutine 1
	/src/shop/pool.go:12 +0x66

goroutine 20 [chan receive, 2 minutes]:
shop.(*Pool).run(0xc000067890)
	/src/shop/pool.go:31 +0x15
created by shop.NewPool in goroutine 1
	/src/shop/pool.go:12 +0x66
`

func ExampleGroup() {
	gs, err := stackparse.Parse([]byte(poolDump))
	if err != nil {
		fmt.Println(err)
	}
	for _, group := range stackparse.Group(gs, stackparse.SameLines) {
		fmt.Printf("%d x %s for %v to %v: %v\n", group.Count, group.State, group.MinWait, group.MaxWait, group.IDs)
	}
	// Output:
	// 2 x chan receive for 2m0s to 4m0s: [18 20]
	// 1 x chan send for 9m0s to 9m0s: [19]
}

// Wherever they are by now, one go statement has started all of them.
func ExampleGroup_creator() {
	gs, err := stackparse.Parse([]byte(poolDump))
	if err != nil {
		fmt.Println(err)
	}
	for _, group := range stackparse.Group(gs, stackparse.SameCreator) {
		at := group.Goroutine.Creator
		fmt.Printf("%d started by %s at line %d\n", group.Count, at.Func, at.Line)
	}
	// Output: 3 started by shop.NewPool at line 12
}

// A dump of any size is grouped as it is read.
func ExampleNewGrouper() {
	groups := stackparse.NewGrouper(stackparse.ByState)
	r := stackparse.NewReader(strings.NewReader(poolDump)) // a file
	for r.Scan() {
		groups.Add(r.Goroutine())
	}
	if err := r.Err(); err != nil {
		fmt.Println(err)
	}
	for _, group := range groups.Groups() {
		fmt.Println(group.Count, group.State)
	}
	// Output:
	// 2 chan receive
	// 1 chan send
}

// Records of a profile say how many goroutines there are of one stack.
func ExampleGrouper_AddCount() {
	groups := stackparse.NewGrouper(stackparse.ByState)
	groups.AddCount(&stackparse.Goroutine{State: "chan send"}, 400)
	groups.AddCount(&stackparse.Goroutine{State: "IO wait"}, 3)
	groups.AddCount(&stackparse.Goroutine{State: "chan send"}, 2)
	for _, group := range groups.Groups() {
		fmt.Println(group.Count, group.State)
	}
	// Output:
	// 402 chan send
	// 3 IO wait
}

// Counting kinds without a string for each goroutine.
func ExampleSimilarity_AppendKey() {
	gs, err := stackparse.Parse([]byte(poolDump))
	if err != nil {
		fmt.Println(err)
	}
	kinds := map[string]*int{}
	var key []byte
	for i := range gs {
		key = stackparse.SameLines.AppendKey(key[:0], &gs[i])
		n := kinds[string(key)]
		if n == nil {
			n = new(int)
			kinds[string(key)] = n
		}
		*n++
	}
	for _, n := range kinds {
		fmt.Println(*n)
	}
	// Unordered output:
	// 2
	// 1
}

// What both of two dumps have. Keys are for a map; Group needs none.
func ExampleSimilarity_Key() {
	gs, err := stackparse.Parse([]byte(poolDump))
	if err != nil {
		fmt.Println(err)
	}
	before := map[string]int{}
	for i := range gs[:2] {
		before[stackparse.SameLines.Key(&gs[i])]++
	}
	for i := range gs {
		fmt.Println(gs[i].ID, before[stackparse.SameLines.Key(&gs[i])] > 0)
	}
	// Output:
	// 18 true
	// 19 true
	// 20 true
}
