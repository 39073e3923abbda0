package resource

import (
	"os"
	"sync"
)

// Warm makes the runtime open what it needs to wait for descriptors, so that it is
// there before the first list. Else the test that first uses a pipe or a socket
// would seem to leave it.
func Warm() { warm() }

var warm = sync.OnceFunc(func() {
	// Both ends are given to the poller.
	r, w, err := os.Pipe()
	if err != nil {
		return
	}
	r.Close()
	w.Close()
})
