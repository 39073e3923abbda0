package leakcheck_test

import (
	"context"
	"fmt"
	"runtime/pprof"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// A job is marked, so that the goroutines that it leaves behind are known by its
// name.
func ExampleTrack() {
	reindex := func(ctx context.Context) {
		ctx, done := leakcheck.Track(ctx, "job", "reindex")
		defer done()
		route, _ := pprof.Label(ctx, "leakcheck.route")
		fmt.Println(route)
	}
	reindex(context.Background())
	// Output: job reindex
}
