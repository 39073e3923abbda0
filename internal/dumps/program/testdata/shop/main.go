// Shop keeps subscribers in variables of every shape, each with a goroutine that
// waits for it, and writes a heap dump into the file that its argument names.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
)

type subscriber struct {
	name string
	done chan struct{}
}

type registry struct {
	limit int
	subs  map[string]*subscriber
}

var (
	topics  = &registry{subs: map[string]*subscriber{}} // static memory without a name
	byID    = map[int]*subscriber{}
	values  = map[uint8]subscriber{}
	large   = map[string][40]chan struct{}{} // kept behind pointers
	list    []*subscriber
	grid    [2][3]chan struct{}
	hook    any
	boxed   any
	current atomic.Pointer[subscriber]
	onClose func()
)

//go:noinline
func waitTopics(c chan struct{}) { <-c }

//go:noinline
func waitByID(c chan struct{}) { <-c }

//go:noinline
func waitValues(c chan struct{}) { <-c }

//go:noinline
func waitLarge(c chan struct{}) { <-c }

//go:noinline
func waitList(c chan struct{}) { <-c }

//go:noinline
func waitGrid(c chan struct{}) { <-c }

//go:noinline
func waitHook(c chan struct{}) { <-c }

//go:noinline
func waitBoxed(c chan struct{}) { <-c }

//go:noinline
func waitCurrent(c chan struct{}) { <-c }

//go:noinline
func waitOnClose(c chan struct{}) { <-c }

//go:noinline
func keep() {
	s := func() *subscriber { return &subscriber{done: make(chan struct{})} }
	topics.subs["users"], topics.subs["orders"] = s(), s()
	go waitTopics(topics.subs["orders"].done)
	for i := range 100 { // several tables
		byID[i-50] = s()
	}
	go waitByID(byID[-17].done)
	values[7] = *s()
	go waitValues(values[7].done)
	large["carts"] = [40]chan struct{}{5: make(chan struct{})}
	go waitLarge(large["carts"][5])
	list = []*subscriber{s(), s(), s()}
	go waitList(list[2].done)
	grid[1][2] = make(chan struct{})
	go waitGrid(grid[1][2])
	hook = s()
	go waitHook(hook.(*subscriber).done)
	boxed = *s()
	go waitBoxed(boxed.(subscriber).done)
	current.Store(s())
	go waitCurrent(current.Load().done)
	c := make(chan struct{})
	onClose = func() { close(c) }
	go waitOnClose(c)
	mine := make(chan int)
	go send(mine)
}

// send is left alone: nobody has the channel any more.
//
//go:noinline
func send(c chan int) {
	b := make([]byte, 3<<20)
	c <- len(b)
	runtime.KeepAlive(b)
}

// blocked reports whether n goroutines receive and one sends.
func blocked(n int) bool {
	stacks := make([]byte, 1<<20)
	text := string(stacks[:runtime.Stack(stacks, true)])
	return strings.Count(text, " [chan receive") == n && strings.Contains(text, " [chan send")
}

func main() {
	keep()
	for !blocked(10) {
		runtime.Gosched()
	}
	runtime.GC()
	f, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	debug.WriteHeapDump(f.Fd())
	if err := f.Close(); err != nil {
		panic(err)
	}
}
