// Package crowd has tests that run at the same moment and leak in different
// ways. They need -test.parallel=8: each waits for all the others to begin.
package crowd

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"sync"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) {
	if os.Getenv("FIXTURE_MAIN") != "" {
		code := leakcheck.Run(m, leakcheck.RunOnFailure())
		fmt.Println("GODEBUG is", os.Getenv("GODEBUG"))
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// size is the number of tests that meet.
const size = 8

// round is one meeting; the last to come opens it and prepares the next, so
// that -test.count works.
var round = struct {
	sync.Mutex
	come int
	open chan struct{}
}{open: make(chan struct{})}

func meet() {
	round.Lock()
	open := round.open
	if round.come++; round.come == size {
		close(open)
		round.come, round.open = 0, make(chan struct{})
	}
	round.Unlock()
	<-open
}

// Each kind of goroutine waits in a function of its own, none of which names
// a test.

func blockChild()    { select {} }
func blockGrand()    { select {} }
func blockDo()       { select {} }
func blockDeferred() { select {} }
func blockPool()     { select {} }
func blockTimer()    { select {} }
func blockContext()  { select {} }
func blockOther()    { select {} }

// exit starts f on a goroutine of its own and returns when that has ended.
func exit(f func()) {
	var wg sync.WaitGroup
	wg.Go(f)
	wg.Wait()
}

func TestChild(t *testing.T) {
	t.Parallel()
	leakcheck.Verify(t)
	meet()
	go blockChild() // child: go
}

// The goroutines between the test and the leak are gone when it is looked for.
func TestGreatGrandchild(t *testing.T) {
	t.Parallel()
	leakcheck.Verify(t)
	meet()
	exit(func() { exit(startGrand) })
}

func startGrand() {
	go blockGrand() // grand: go
}

// A foreign context drops the label.
func TestDo(t *testing.T) {
	t.Parallel()
	leakcheck.Verify(t)
	meet()
	pprof.Do(context.Background(), pprof.Labels("job", "sync"), func(context.Context) {
		go blockDo() // do: go
	})
}

// A deferred Verify has no label to go by.
func TestDeferred(t *testing.T) {
	t.Parallel()
	defer leakcheck.Verify(t)
	meet()
	go blockDeferred() // deferred: go
}

// jobs is a pool that its first user starts and that lives on.
var jobs = sync.OnceValue(func() chan<- chan struct{} {
	jobs := make(chan chan struct{})
	go work(jobs)
	return jobs
})

func work(jobs <-chan chan struct{}) {
	for done := range jobs {
		go blockPool() // pool: go
		close(done)
	}
}

// pooled is closed when the pool is there.
var pooled = sync.OnceValue(func() chan struct{} { return make(chan struct{}) })

// The test that starts the pool has no Verify, so nothing but its creator
// tells whose the pool is.
func TestPoolStarts(t *testing.T) {
	t.Parallel()
	jobs()
	select {
	case <-pooled():
	default:
		close(pooled())
	}
	meet()
}

// The innocent: a worker of somebody else's pool starts a goroutine for it.
func TestPoolUsed(t *testing.T) {
	t.Parallel()
	leakcheck.Verify(t)
	meet()
	<-pooled()
	done := make(chan struct{})
	jobs() <- done
	<-done
}

// callback returns what a timer or context calls: a function that no test's
// name is in.
//
//go:noinline
func callback(block func()) (f func(), begun chan struct{}) {
	begun = make(chan struct{})
	return func() { close(begun); block() }, begun
}

// A callback of time.AfterFunc has neither a label nor a creator goroutine.
func TestTimer(t *testing.T) {
	t.Parallel()
	leakcheck.Verify(t)
	meet()
	f, begun := callback(blockTimer)
	time.AfterFunc(0, f)
	<-begun
}

// One of context.AfterFunc is started by the goroutine that cancels: here by a timer, and
// so it has neither as well.
func TestContext(t *testing.T) {
	t.Parallel()
	leakcheck.Verify(t)
	meet()
	ctx, cancel := context.WithCancel(context.Background())
	f, begun := callback(blockContext)
	context.AfterFunc(ctx, f)
	time.AfterFunc(0, cancel)
	<-begun
}

// The same callbacks in tests that run alone.

func TestSerialTimer(t *testing.T) {
	leakcheck.Verify(t)
	f, begun := callback(blockTimer)
	time.AfterFunc(0, f)
	<-begun
}

func TestSerialContext(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(context.Background())
	f, begun := callback(blockContext)
	context.AfterFunc(ctx, f)
	time.AfterFunc(0, cancel)
	<-begun
}

func startOther() {
	go blockOther() // parent: unchecked
}

// A parent with a Verify owns what its subtests without one leak, and does not
// report again what a subtest's own Verify reported.
func TestParent(t *testing.T) {
	leakcheck.Verify(t)
	for _, name := range []string{"checked", "unchecked"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "checked" {
				leakcheck.Verify(t)
				go blockChild() // parent: checked
			} else {
				exit(startOther)
			}
		})
	}
}
