package stackparse_test

import (
	"fmt"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Goroutine 19 waits for a mutex of a store that goroutine 18 is in, which asks
// a server while it holds the lock.
const mutexDump = `goroutine 18 [IO wait]:
internal/poll.runtime_pollWait(0x7f1c2b0a4f08, 0x72)
	/usr/local/go/src/runtime/netpoll.go:351 +0x85
shop.(*Store).refresh(0xc000140000)
	/src/shop/store.go:52 +0x9a
created by shop.Open in goroutine 1
	/src/shop/store.go:20 +0x66

goroutine 19 [sync.Mutex.Lock]:
internal/sync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)
	/usr/local/go/src/runtime/sema.go:95 +0x25
internal/sync.(*Mutex).lockSlow(0xc000140018)
	/usr/local/go/src/internal/sync/mutex.go:149 +0x15d
internal/sync.(*Mutex).Lock(...)
	/usr/local/go/src/internal/sync/mutex.go:70
sync.(*Mutex).Lock(...)
	/usr/local/go/src/sync/mutex.go:46
shop.(*Store).Price(0xc000140000)
	/src/shop/store.go:31 +0x4d
created by net/http.(*Server).Serve in goroutine 1
	/usr/local/go/src/net/http/server.go:3493 +0x485
`

func mutexGoroutines() []stackparse.Goroutine {
	gs, err := stackparse.Parse([]byte(mutexDump))
	if err != nil {
		fmt.Println(err)
	}
	return gs
}

// Which goroutines have to do with one and the same thing.
func ExampleFindPointers() {
	gs := mutexGoroutines()
	for _, shared := range stackparse.FindPointers(gs).Shared() {
		fmt.Printf("%s is at %#x, in %d goroutines\n", shared.Name, shared.Addr, shared.Goroutines)
	}
	// Output:
	// #1 is at 0xc000140000, in 2 goroutines
}

func ExamplePointers_Carriers() {
	gs := mutexGoroutines()
	for _, i := range stackparse.FindPointers(gs).Carriers(0xc000140000) {
		fmt.Println("goroutine", gs[i].ID)
	}
	// Output:
	// goroutine 18
	// goroutine 19
}

// A short name in place of an address.
func ExamplePointers_Name() {
	gs := mutexGoroutines()
	pointers := stackparse.FindPointers(gs)
	for _, g := range gs {
		for _, frame := range g.Frames {
			args, err := frame.Arguments()
			if err != nil || len(args) == 0 {
				continue
			}
			if name := pointers.Name(args[0].Value); name != "" {
				fmt.Println(g.ID, frame.Func, name)
			}
		}
	}
	// Output:
	// 18 shop.(*Store).refresh #1
	// 19 shop.(*Store).Price #1
}
