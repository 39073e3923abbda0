package main

import (
	"runtime"

	"github.com/onsi/gomega/gleak/goroutine"
	"go.uber.org/goleak"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// livePeers look at the goroutines of this process: the parsers of goleak and
// gleak cannot be called with a dump. All take one themselves, and that is most
// of the time, so the first row is a dump alone.
func livePeers(buf []byte) []parser {
	return []parser{
		{"runtime.Stack", func([]byte) (int, any, error) {
			n := runtime.Stack(buf, true)
			return 0, n, nil
		}},
		{"runtime.Stack, stackparse.Parse", func([]byte) (int, any, error) {
			gs, err := stackparse.Parse(buf[:runtime.Stack(buf, true)])
			return len(gs), gs, err
		}},
		{"goleak.IgnoreCurrent", func([]byte) (int, any, error) {
			// It parses all goroutines and keeps their ids.
			return 0, goleak.IgnoreCurrent(), nil
		}},
		{"gleak, goroutine.Goroutines", func([]byte) (int, any, error) {
			gs := goroutine.Goroutines()
			return len(gs), gs, nil
		}},
	}
}

// park starts n goroutines on stacks of a few calls each and returns once they
// wait. The function that it returns ends them.
func park(n int) (release func()) {
	started, stop, stopped := make(chan bool), make(chan bool), make(chan bool)
	for i := range n {
		go func() {
			deep(i%8, started, stop)
			stopped <- true
		}()
	}
	for range n {
		<-started
	}
	return func() {
		close(stop)
		for range n {
			<-stopped
		}
	}
}

//go:noinline
func deep(n int, started, stop chan bool) int {
	if n > 0 {
		return deep(n-1, started, stop) + 1
	}
	started <- true
	<-stop
	return 0
}
