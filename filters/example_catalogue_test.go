package filters_test

import (
	"fmt"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Three goroutines of libraries, and one of a shop: the worker that an init
// function starts, one of a sql.DB that nobody closed, and one that a database
// leaves for a moment after its Close.
const libraryDump = `goroutine 18 [select]:
go.opencensus.io/stats/view.(*worker).start(0xc000032480)
	/go/pkg/mod/go.opencensus.io@v0.24.0/stats/view/worker.go:292 +0x9f
created by go.opencensus.io/stats/view.init.0 in goroutine 1
	/go/pkg/mod/go.opencensus.io@v0.24.0/stats/view/worker.go:34 +0x8d

goroutine 19 [select]:
database/sql.(*DB).connectionOpener(0xc00010a000, {0x5c7a88, 0xc000078050})
	/usr/local/go/src/database/sql/sql.go:1261 +0x87
created by database/sql.OpenDB in goroutine 7
	/usr/local/go/src/database/sql/sql.go:841 +0x130

goroutine 20 [select]:
github.com/syndtr/goleveldb/leveldb.(*DB).mpoolDrain(0x171c2bc48000)
	/go/pkg/mod/github.com/syndtr/goleveldb@v1.0.0/leveldb/db_state.go:110 +0x10f
created by github.com/syndtr/goleveldb/leveldb.openDB in goroutine 7
	/go/pkg/mod/github.com/syndtr/goleveldb@v1.0.0/leveldb/db.go:143 +0x485

goroutine 21 [chan send]:
shop.fetchOne(0xc000012345)
	/src/shop/fetch.go:41 +0x15
created by shop.FetchAll in goroutine 7
	/src/shop/fetch.go:37 +0x66
`

func libraryGoroutines() []stackparse.Goroutine {
	goroutines, err := stackparse.Parse([]byte(libraryDump))
	if err != nil {
		fmt.Println(err)
	}
	return goroutines
}

func printKnown(f filters.Filter) {
	for _, g := range libraryGoroutines() {
		if f.Match(&g) {
			fmt.Println("goroutine", g.ID)
		}
	}
}

// What the catalogue says about each goroutine of a dump.
func ExampleLookup() {
	for _, g := range libraryGoroutines() {
		if entry, ok := filters.Lookup(&g); ok {
			fmt.Printf("%d is %s, %s: %s\n", g.ID, entry.ID, entry.Class, entry.Fix)
		} else {
			fmt.Println(g.ID, "is not known")
		}
	}
	// Output:
	// 18 is opencensus/default, benign: view.Stop()
	// 19 is database-sql/db, missing close: db.Close()
	// 20 is goleveldb/drain, slow to stop: db.Close()
	// 21 is not known
}

func ExampleIsBenign() {
	for _, g := range libraryGoroutines() {
		fmt.Println(g.ID, filters.IsBenign(&g))
	}
	// Output:
	// 18 true
	// 19 false
	// 20 false
	// 21 false
}

// The goroutines of a library that need a call to stop.
func ExampleCatalogue() {
	for _, entry := range filters.Catalogue() {
		if entry.Module == "google.golang.org/grpc" {
			fmt.Printf("%s: %s, %s\n", entry.ID, entry.Class, entry.Fix)
		}
	}
	// Output:
	// grpc/server: missing close, server.Stop() or server.GracefulStop()
	// grpc/client: missing close, conn.Close() on the grpc.ClientConn
}

// What every check leaves out.
func ExampleBenign() {
	printKnown(filters.Benign())
	// Output:
	// goroutine 18
}

// What a check reports with the call that is missing.
func ExampleMissingClose() {
	printKnown(filters.MissingClose())
	// Output:
	// goroutine 19
}

// What a check waits for.
func ExampleSlowToStop() {
	printKnown(filters.SlowToStop())
	// Output:
	// goroutine 20
}

func ExampleKnown() {
	printKnown(filters.Known("database-sql/db"))
	// Output:
	// goroutine 19
}

// All that a module is known to start; "std" is the standard library.
func ExampleKnownModule() {
	printKnown(filters.KnownModule("std"))
	// Output:
	// goroutine 19
}
