package stackparse_test

import (
	"fmt"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

const raceOutput = `=== RUN   TestCount
==================
WARNING: DATA RACE
Write at 0x00c000014168 by goroutine 8:
  shop.(*Counter).Add()
      /src/shop/counter.go:14 +0x44

Previous read at 0x00c000014168 by goroutine 7:
  shop.(*Counter).Value()
      /src/shop/counter.go:18 +0x30

Goroutine 8 (running) created at:
  shop.TestCount()
      /src/shop/counter_test.go:11 +0x8c

Goroutine 7 (running) created at:
  testing.(*T).Run()
      /usr/local/go/src/testing/testing.go:1997 +0x9d2
==================
`

// What go test -race printed.
func ExampleNewRaceReader() {
	r := stackparse.NewRaceReader(strings.NewReader(raceOutput))
	for r.Scan() {
		race := r.Race()
		for _, a := range race.Accesses {
			verb := "read"
			if a.Write {
				verb = "written"
			}
			top := a.Frames[0]
			fmt.Printf("%s by goroutine %d at %s:%d\n", verb, a.Goroutine, top.File, top.Line)
		}
	}
	if err := r.Err(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// written by goroutine 8 at /src/shop/counter.go:14
	// read by goroutine 7 at /src/shop/counter.go:18
}

// A Reader counts them and goes on.
func ExampleReader_Races() {
	r := stackparse.NewReader(strings.NewReader(raceOutput))
	for r.Scan() {
		fmt.Println(r.Goroutine().ID)
	}
	fmt.Println(r.Races(), r.Err())
	// Output: 1 <nil>
}
