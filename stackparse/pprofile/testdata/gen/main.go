// Command gen parks goroutines in every way there is and writes the profiles
// of that moment into a directory: goroutine and, where the runtime has it,
// goroutineleak, each with debug=0, 1 and 2.
//
// The main goroutine ends in an empty select. Go 1.27 then adds a record
// without calls to the leak profile.
package main

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"
)

func receive(c chan int) { <-c }
func rangeOver(c chan int) {
	for range c {
	}
}
func send(c chan int) { c <- 1 }
func selectTwo(a, b chan int) {
	select {
	case <-a:
	case <-b:
	}
}
func selectNone() { select {} }

// queue is generic: profiles print its type argument, dumps do not.
type queue[T any] struct{ c chan T }

func (q *queue[T]) pop() T { return <-q.c }

type service struct {
	mu    sync.Mutex
	rw    sync.RWMutex
	wg    sync.WaitGroup
	ready sync.Cond
}

func (s *service) lock()  { s.mu.Lock() }
func (s *service) rlock() { s.rw.RLock() }
func (s *service) wlock() { s.rw.Lock() }
func (s *service) wait()  { s.wg.Wait() }
func (s *service) cond()  { s.ready.L.Lock(); s.ready.Wait() }

var global = make(chan int)

func main() {
	go write(os.Args[1])
	s := new(service)
	s.ready.L = new(sync.Mutex)
	s.mu.Lock()
	s.rw.Lock()
	s.wg.Add(1)
	go s.lock()
	go s.rlock()
	go s.wlock()
	go s.wait()
	go s.cond()
	for range 3 {
		go receive(make(chan int))
	}
	go receive(global)
	go receive(nil)
	go send(make(chan int))
	go send(nil)
	go rangeOver(make(chan int))
	go selectTwo(make(chan int), make(chan int))
	go selectNone()
	go (&queue[map[string][]int]{make(chan map[string][]int)}).pop()
	go reflect.ValueOf(global).Recv()
	go time.Sleep(time.Hour)
	go accept()
	go pull()
	go pprof.Do(context.Background(), pprof.Labels("job", "nightly \"run\"", "empty", ""), func(context.Context) { receive(make(chan int)) })
	runtime.KeepAlive(s)
	select {}
}

func accept() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	l.Accept()
}

func pull() {
	next, _ := iter.Pull(func(yield func(int) bool) { yield(1); receive(global) })
	next()
	receive(global)
}

func write(dir string) {
	time.Sleep(time.Second)
	for _, name := range []string{"goroutine", "goroutineleak"} {
		p := pprof.Lookup(name)
		if p == nil {
			continue
		}
		for debug, end := range []string{".pb.gz", ".debug1.txt", ".debug2.txt"} {
			var out bytes.Buffer
			if err := p.WriteTo(&out, debug); err != nil {
				panic(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+end), out.Bytes(), 0o666); err != nil {
				panic(err)
			}
		}
	}
	fmt.Println(strings.TrimPrefix(runtime.Version(), "go"))
	os.Exit(0)
}
