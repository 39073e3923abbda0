package heap

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// held is the variable that holds what some scenarios wait for.
var held struct {
	channels map[string]*connection
	mu       sync.Mutex
}

type connection struct {
	buf  []byte
	done chan struct{}
}

// scenario starts goroutines, the first of which is asked for, and returns
// what ends them all.
type scenario struct {
	name   string
	reason string
	start  func() (end func())
	state  string // of the goroutine that is asked for

	unreachable bool
	unknown     bool
	holder      string // kind of the first holder, "" for none
	function    string // part of the holder's name
	keeps       int64  // at least
}

// dumpNow returns the goroutines of this process.
func dumpNow(t testing.TB) []stackparse.Goroutine {
	buf := make([]byte, 1<<20)
	gs, err := stackparse.Parse(buf[:runtime.Stack(buf, true)])
	require.NoError(t, err)
	return gs
}

// waitFor returns the dump in which some goroutine of the test has the state.
func waitFor(t testing.TB, state string, before []stackparse.Goroutine) ([]stackparse.Goroutine, int64) {
	for range 10000 {
		gs := dumpNow(t)
		if slices.ContainsFunc(gs[1:], func(g stackparse.Goroutine) bool { return g.State == "runnable" }) {
			runtime.Gosched()
			continue // a collection now would keep the closures of go statements
		}
		for _, g := range gs {
			if g.State != state || slices.ContainsFunc(before, func(b stackparse.Goroutine) bool { return b.ID == g.ID }) {
				continue
			}
			for _, f := range g.Frames {
				if strings.HasSuffix(f.Func, ".subject") {
					return gs, g.ID
				}
			}
		}
		runtime.Gosched()
	}
	require.Failf(t, "no goroutine got there", "state %s", state)
	return nil, 0
}

// subject is on the stack of the goroutine that a scenario is about.
//
//go:noinline
func subject(f func()) { f() }

// away starts goroutines from a stack that is gone when it returns.
func away(f func()) {
	done := make(chan struct{})
	go func() { f(); close(done) }()
	<-done
}

var scenarios = []scenario{
	{
		name: "receive", reason: "the sender is gone",
		state: "chan receive", unreachable: true, keeps: 1 << 20,
		start: func() func() {
			var weak uintptr
			away(func() {
				c := &connection{buf: make([]byte, 1<<20), done: make(chan struct{})}
				weak = hide(c.done)
				go subject(func() { <-c.done; runtime.KeepAlive(c) })
			})
			return func() { close(reveal[chan struct{}](weak)) }
		},
	},
	{
		name: "nil channel", reason: "nothing exists that could wake it",
		state: "chan receive (nil chan)", unreachable: true,
		start: func() func() {
			away(func() { go subject(func() { var c chan int; <-c }) })
			return func() {}
		},
	},
	{
		name: "send, variable", reason: "a package-level map has the channel",
		state: "chan send", holder: "variable",
		start: func() func() {
			c := &connection{done: make(chan struct{})}
			held.channels = map[string]*connection{"x": c}
			away(func() { go subject(func() { c.done <- struct{}{} }) })
			return func() { <-held.channels["x"].done; held.channels = nil }
		},
	},
	{
		name: "select of two", reason: "one of the channels is held by a sleeping goroutine",
		state: "select", holder: "goroutine", function: "heap.init",
		start: func() func() {
			end := make(chan struct{})
			away(func() {
				a, b := make(chan struct{}), make(chan struct{})
				go subject(func() {
					select {
					case <-a:
					case <-b:
					}
				})
				go func() {
					timer := time.NewTimer(time.Hour)
					defer timer.Stop()
					select {
					case <-timer.C:
					case <-end:
					}
					close(b)
				}()
			})
			return func() { close(end) }
		},
	},
	{
		name: "mutex", reason: "the owner forgot it",
		state: "sync.Mutex.Lock", unreachable: true, keeps: 4 << 20,
		start: func() func() {
			var p uintptr
			away(func() {
				x := &struct {
					mu  sync.Mutex
					buf []byte
				}{buf: make([]byte, 4<<20)}
				x.mu.Lock()
				p = hide(&x.mu)
				go subject(func() { x.mu.Lock(); x.buf[0] = 1 })
			})
			return func() { reveal[*sync.Mutex](p).Unlock() }
		},
	},
	{
		name: "global mutex", reason: "any code can unlock it",
		state: "sync.Mutex.Lock", unknown: true,
		start: func() func() {
			held.mu.Lock()
			away(func() { go subject(func() { held.mu.Lock(); defer held.mu.Unlock() }) })
			return func() { held.mu.Unlock() }
		},
	},
	{
		name: "rwmutex", reason: "the reader forgot it",
		state: "sync.RWMutex.Lock", unreachable: true,
		start: func() func() {
			var p uintptr
			away(func() {
				mu := &sync.RWMutex{}
				mu.RLock()
				p = hide(mu)
				go subject(func() { mu.Lock(); defer mu.Unlock() })
			})
			return func() { reveal[*sync.RWMutex](p).RUnlock() }
		},
	},
	{
		name: "rwmutex read", reason: "the writer forgot it",
		state: "sync.RWMutex.RLock", unreachable: true,
		start: func() func() {
			var p uintptr
			away(func() {
				mu := &sync.RWMutex{}
				mu.Lock()
				p = hide(mu)
				go subject(func() { mu.RLock(); defer mu.RUnlock() })
			})
			return func() { reveal[*sync.RWMutex](p).Unlock() }
		},
	},
	{
		name: "wait group", reason: "nobody calls Done",
		state: "sync.WaitGroup.Wait", unreachable: true,
		start: func() func() {
			var p uintptr
			away(func() {
				wg := &sync.WaitGroup{}
				wg.Add(1)
				p = hide(wg)
				go subject(func() { wg.Wait() })
			})
			return func() { reveal[*sync.WaitGroup](p).Done() }
		},
	},
	{
		name: "cond", reason: "nobody signals",
		state: "sync.Cond.Wait", unreachable: true,
		start: func() func() {
			var p uintptr
			away(func() {
				c := sync.NewCond(&sync.Mutex{})
				p = hide(c)
				go subject(func() { c.L.Lock(); c.Wait(); c.L.Unlock() })
			})
			return func() { reveal[*sync.Cond](p).Signal() }
		},
	},
	{
		name: "once", reason: "the first call never returns",
		state: "sync.Mutex.Lock", holder: "goroutine",
		start: func() func() {
			end := make(chan struct{})
			away(func() {
				o := &sync.Once{}
				in := make(chan struct{})
				go o.Do(func() { close(in); <-end })
				<-in
				go subject(func() { o.Do(func() {}) })
			})
			return func() { close(end) }
		},
	},
	{
		name: "ticker", reason: "only a timer has the channel",
		state: "chan receive", holder: "timer",
		start: func() func() {
			var p uintptr
			away(func() {
				tick := time.NewTicker(time.Hour)
				p = hide(tick)
				go subject(func() { <-tick.C })
			})
			return func() { reveal[*time.Ticker](p).Reset(time.Nanosecond) }
		},
	},
	{
		name: "context deadline", reason: "the deadline will end it",
		state: "chan receive", holder: "timer",
		start: func() func() {
			var p uintptr
			away(func() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
				p = hide(cancel)
				go subject(func() { <-ctx.Done(); cancel() })
			})
			return func() { reveal[context.CancelFunc](p)() }
		},
	},
	{
		name: "context", reason: "cancel was dropped",
		state: "chan receive", unreachable: true,
		start: func() func() {
			var p uintptr
			away(func() {
				ctx, cancel := context.WithCancel(context.Background())
				p = hide(cancel)
				c := ctx.Done()
				go subject(func() { <-c; runtime.KeepAlive(cancel) })
			})
			return func() { reveal[context.CancelFunc](p)() }
		},
	},
	{
		name: "after func", reason: "the function of a timer has the channel",
		state: "chan receive", holder: "timer",
		start: func() func() {
			var p uintptr
			away(func() {
				c := make(chan struct{})
				timer := time.AfterFunc(time.Hour, func() { close(c) })
				p = hide(timer)
				go subject(func() { <-c })
			})
			return func() { reveal[*time.Timer](p).Reset(time.Nanosecond) }
		},
	},
	{
		name: "cleanup", reason: "a cleanup closes it, which the dump does not show",
		state: "chan receive", holder: "unseen",
		start: func() func() {
			end := make(chan struct{})
			away(func() {
				c, o := make(chan struct{}), &connection{}
				runtime.AddCleanup(o, func(c chan struct{}) { close(c) }, c)
				go func() { <-end; runtime.KeepAlive(o) }()
				go subject(func() { <-c })
			})
			return func() { close(end); runtime.GC() }
		},
	},
	{
		name: "finalizer", reason: "a finalizer closes it",
		state: "chan receive", holder: "finalizer",
		start: func() func() {
			end := make(chan struct{})
			away(func() {
				c, o := make(chan struct{}), &connection{}
				runtime.SetFinalizer(o, func(*connection) { close(c) })
				go func() { <-end; runtime.KeepAlive(o) }()
				go subject(func() { <-c })
			})
			return func() { close(end); runtime.GC() }
		},
	},
	{
		name: "pair", reason: "who could send is stuck itself",
		state: "chan receive", unreachable: true, holder: "goroutine", function: "heap.init",
		start: func() func() {
			var p uintptr
			away(func() {
				c, d := make(chan int), make(chan struct{})
				p = hide(d)
				go subject(func() { <-c })
				go func() { <-d; c <- 1 }()
			})
			return func() { close(reveal[chan struct{}](p)) }
		},
	},
	{
		name: "coroutine", reason: "nobody has next and stop",
		state: "coroutine", unreachable: true,
		start: func() func() {

			away(func() {
				next, _ := iter.Pull(func(yield func(int) bool) { subject(func() { yield(1) }) })
				next()
			})
			return func() {}
		},
	},
	{
		name: "stack object", reason: "a sleeping goroutine has the channel in a variable on its stack",
		state: "chan receive", holder: "goroutine",
		start: func() func() {
			end := make(chan struct{})
			away(func() {
				c := make(chan struct{})
				go subject(func() { <-c })
				go func(c chan struct{}) {
					var s [4]connection
					s[2].done = c
					c = nil
					fill(&s, end)
				}(c)
			})
			return func() { close(end) }
		},
	},
}

//go:noinline
func fill(s *[4]connection, end chan struct{}) {
	<-end
	close(s[2].done)
}

func TestScenarios(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			before := dumpNow(t)
			end := s.start()
			gs, id := waitFor(t, s.state, before)
			defer end()
			g, err := Capture(patient)
			require.NoError(t, err)
			facts := g.Explain(gs)
			f, ok := facts[id]
			require.True(t, ok, "no fact: %+v", g.byID[id])
			assert.Equal(t, s.unreachable, f.Unreachable, "%s: %+v", s.reason, f)
			if s.unknown {
				assert.False(t, f.Known, s.reason)
				return
			}
			assert.True(t, f.Known, s.reason)
			assert.GreaterOrEqual(t, f.Keeps, s.keeps, "the buffer is kept")
			if s.holder == "" {
				assert.Empty(t, f.Holders, s.reason)
				return
			}
			require.NotEmpty(t, f.Holders, s.reason)
			kinds := []string{Goroutine: "goroutine", Variable: "variable", Timer: "timer", Finalizer: "finalizer", Unseen: "unseen"}
			assert.Equal(t, s.holder, kinds[f.Holders[0].Kind], "%s: %+v", s.reason, f)
			assert.Contains(t, f.Holders[0].Name, s.function)
			if s.holder == "timer" {
				assert.True(t, f.Timers, "%s: %+v", s.reason, f)
				assert.InDelta(t, float64(time.Hour), float64(f.Until), float64(10*time.Minute), "the clock of the dump is known")
			}
		})
	}
}

// Who took the dump does nothing before it has the answer; a goroutine that
// sleeps may send at any time.
func TestAble(t *testing.T) {
	asked, slept, end := make(chan bool), make(chan bool), make(chan bool)
	ids := make(chan int64)
	wait := func(c chan bool) {
		ids <- dumpNow(t)[0].ID
		<-c
	}
	go wait(asked)
	go wait(slept)
	one, two := <-ids, <-ids
	go func() {
		for sleep := true; sleep; {
			select {
			case <-end:
				sleep = false
			default:
				time.Sleep(time.Millisecond)
			}
		}
		close(slept)
	}()
	defer close(asked)
	defer close(end)
	var able []bool
	for len(able) < 2 { // until both are at their wait
		g, err := Capture(patient)
		require.NoError(t, err)
		able = able[:0]
		facts := g.Explain(dumpNow(t))
		for _, id := range []int64{one, two} {
			if f, ok := facts[id]; ok {
				require.True(t, f.Known && !f.Unreachable)
				able = append(able, f.Able)
			}
		}
	}
	assert.ElementsMatch(t, []bool{false, true}, able)
}
