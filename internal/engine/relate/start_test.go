package relate_test

import (
	"runtime"
	"sync"
	"testing"
)

// start starts a goroutine by a WaitGroup and returns the line of that.
func start(t *testing.T) (*gate, int) {
	w := &gate{open: make(chan struct{})}
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	_, _, line, _ := runtime.Caller(0)
	wg.Go(func() {
		<-w.open
	})
	return w, line + 1
}
