package filters_test

import (
	"flag"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	. "github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// strangers returns the go statements of all goroutines that are alive and
// not benign, or a note for those that have none.
func strangers() []string {
	buf := make([]byte, 1<<20)
	gs, err := stackparse.Parse(buf[:runtime.Stack(buf, true)])
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	for i := range gs {
		switch g := &gs[i]; {
		case IsBenign(g):
		case g.Creator == nil:
			found = append(found, "no creator: "+g.Frames[0].Func)
		default:
			found = append(found, g.Creator.Func)
		}
	}
	return found
}

// onlyUser is what strangers finds except for the goroutine of startObserver.
var onlyUser = []string{"github.com/leakcheck-go/goroutine/filters_test.startObserver"}

// startObserver starts a user's goroutine that looks for strangers on request,
// and waits in between. It must find itself, and nobody else.
func startObserver(t *testing.T) (look func() []string) {
	requests, answers := make(chan struct{}), make(chan []string)
	go func() {
		defer close(answers)
		for range requests {
			answers <- strangers()
		}
	}()
	t.Cleanup(func() {
		close(requests)
		<-answers
	})
	return func() []string {
		requests <- struct{}{}
		return <-answers
	}
}

// TestRunnerShapes looks at what really runs while a test does. It is not
// parallel: it asserts on all goroutines of the process, which no other test
// may start meanwhile.
func TestRunnerShapes(t *testing.T) {
	look := startObserver(t)
	check := func(t *testing.T) {
		assert.Equal(t, onlyUser, strangers(), "seen by the test")
		assert.Equal(t, onlyUser, look(), "seen by another goroutine while the test waits")
	}
	check(t)
	t.Run("subtest", check)
	t.Run("parallel subtests", func(t *testing.T) {
		for _, name := range []string{"a", "b", "c"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				check(t)
			})
		}
	})
	t.Run("bubble", func(t *testing.T) { synctest.Test(t, check) })
	t.Run("signal", func(t *testing.T) {
		ch := make(chan os.Signal, 1)
		signal.Notify(ch, os.Interrupt)
		check(t)
		signal.Stop(ch)
		check(t) // the goroutine stays
	})
	t.Run("trace", func(t *testing.T) {
		if trace.Start(io.Discard) == nil { // else go test -trace runs it
			defer trace.Stop()
		}
		check(t)
	})
	t.Run("profile", func(t *testing.T) {
		if pprof.StartCPUProfile(io.Discard) == nil { // else go test -cpuprofile runs it
			defer pprof.StopCPUProfile()
		}
		check(t)
	})
}

// TestRunnerShapesOfFinalizers looks from inside the runtime's own goroutines.
// Not parallel, as TestRunnerShapes.
func TestRunnerShapesOfFinalizers(t *testing.T) {
	look := startObserver(t)
	for name, attach := range map[string]func(*[]*int, func()){
		"finalizer": func(p *[]*int, f func()) { runtime.SetFinalizer(p, func(*[]*int) { f() }) },
		"cleanup":   func(p *[]*int, f func()) { runtime.AddCleanup(p, func(int) { f() }, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			inside, outside := make(chan []string, 1), make(chan []string, 1)
			drop(attach, func() {
				inside <- strangers()
				outside <- look()
			})
			for len(outside) == 0 {
				runtime.GC()
				runtime.Gosched()
			}
			assert.Equal(t, onlyUser, <-inside)
			assert.Equal(t, onlyUser, <-outside)
		})
	}
}

// drop attaches f to an object that is garbage when drop returns.
//
//go:noinline
func drop(attach func(*[]*int, func()), f func()) {
	attach(&[]*int{new(int)}, f)
}

// FuzzRunnerShapes looks from a fuzz callback on a seed. In a worker process of
// go test -fuzz it does not: the engine uses signal.NotifyContext and contexts
// with a deadline there, whose goroutines cannot be told from a user's.
func FuzzRunnerShapes(f *testing.F) {
	f.Add(1)
	f.Add(2)
	worker := flag.Lookup("test.fuzzworker").Value.String() == "true"
	f.Fuzz(func(t *testing.T, _ int) {
		if !worker {
			assert.Empty(t, strangers())
		}
	})
}
