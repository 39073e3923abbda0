// Package shared has a pool that its tests share, which TestMain closes: in one
// of several ways, as an environment variable says.
package shared

import (
	"os"
	"sync"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

type pool struct{ jobs chan int }

func (p *pool) work() {
	for range p.jobs { // wait
	}
}

func (p *pool) Close() { close(p.jobs) }

// get starts the pool at its first call.
var get = sync.OnceValue(func() *pool {
	p := &pool{make(chan int)}
	go p.work()
	return p
})

func TestMain(m *testing.M) {
	switch os.Getenv("FIXTURE_CLOSE") {
	case "cleanup":
		leakcheck.VerifyTestMain(m, leakcheck.Cleanup(func(int) { get().Close() }))
	case "after":
		os.Exit(runAndClose(m))
	case "deferred":
		deferred(m)
	case "before":
		leakcheck.VerifyTestMain(closing{m})
	default:
		never(m)
	}
}

func runAndClose(m *testing.M) int {
	code := leakcheck.Run(m)
	get().Close()
	return code
}

func deferred(m *testing.M) {
	defer get().Close()
	leakcheck.VerifyTestMain(m)
}

func never(m *testing.M) {
	leakcheck.VerifyTestMain(m)
}

// closing closes what the tests share when they are done.
type closing struct{ *testing.M }

func (c closing) Run() int {
	defer get().Close()
	return c.M.Run()
}

func TestShared(t *testing.T) {
	select {
	case get().jobs <- 1:
	default:
	}
}
