// Atexit is a program that returns from main while its goroutines do what the
// argument says.
package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

func main() {
	defer leakcheck.AtExit(os.Stderr, options[os.Args[1]]...)
	modes[os.Args[1]]()
}

var options = map[string][]leakcheck.Option{
	"ignored": {leakcheck.Ignore(filters.CreatedBy("main.sleeper"))},
	"patient": {leakcheck.Wait(time.Hour)},
}

var modes = map[string]func(){
	"sleeper": sleeper, "ignored": sleeper, "patient": patient,
	"sender": sender, "computer": computer, "locked": locked, "client": client, "handler": handler, "command": command,
	"nothing": func() {}, "pause": func() { time.Sleep(2 * time.Second) }, "done": done, "stopped": stopped, "idle": idle,
	"panics": func() { sleeper(); panic("main's own") },
	"goexit": func() { sleeper(); go exit(); runtime.Goexit() },
	"osexit": func() { sleeper(); os.Exit(3) },
}

func start(f func(begun func())) {
	c := make(chan bool)
	go f(func() { c <- true })
	<-c
}

func sleeper() {
	c := make(chan bool)
	go func() {
		c <- true
		time.Sleep(time.Hour) // cut off here
		fmt.Println("saved")
	}()
	<-c
	time.Sleep(10 * time.Millisecond)
}

func sender() {
	results := make(chan int)
	for i := range 3 {
		start(func(begun func()) {
			begun()
			results <- i // cut off here
		})
	}
	time.Sleep(10 * time.Millisecond)
}

func computer() {
	start(func(begun func()) {
		begun()
		for {
			runtime.Gosched() // cut off here
		}
	})
}

func locked() {
	var mu sync.Mutex
	mu.Lock()
	start(func(begun func()) {
		begun()
		mu.Lock() // cut off here
	})
	time.Sleep(10 * time.Millisecond)
}

// silent accepts connections and says nothing.
func silent() (addr string, asked <-chan bool) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	c := make(chan bool)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 100))
			c <- true
		}
	}()
	return l.Addr().String(), c
}

func client() {
	addr, asked := silent()
	go func() {
		_, _ = http.Get("http://" + addr) // cut off here
	}()
	<-asked
	time.Sleep(10 * time.Millisecond)
}

func handler() {
	asked := make(chan bool)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			asked <- true
			<-r.Context().Done() // cut off here
		}))
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		panic(err)
	}
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-asked
	time.Sleep(10 * time.Millisecond)
}

func command() {
	cmd := exec.Command(os.Args[0], "pause")
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	start(func(begun func()) {
		begun()
		_ = cmd.Wait() // cut off here
	})
	time.Sleep(10 * time.Millisecond)
}

func done() {
	var wg sync.WaitGroup
	wg.Go(func() { time.Sleep(10 * time.Millisecond) })
	wg.Wait()
}

// stopped has its goroutine told to stop by main's own deferred call.
func stopped() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	start(func(begun func()) {
		begun()
		<-ctx.Done()
		time.Sleep(5 * time.Millisecond) // writes what is left
	})
}

// patient has one that takes longer to stop than it is given by default.
func patient() {
	start(func(begun func()) {
		begun()
		time.Sleep(300 * time.Millisecond)
	})
}

// idle has goroutines that wait to be given work.
func idle() {
	jobs := make(chan int)
	for range 3 {
		go func() {
			for range jobs {
			}
		}()
	}
	in, _, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	os.Stdin = in
	go func() {
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
		}
	}()
	ticker := time.NewTicker(time.Hour)
	go func() {
		for {
			select {
			case <-ticker.C:
			case <-jobs:
			}
		}
	}()
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	go func() {
		mu.Lock()
		cond.Wait()
	}()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() { _ = http.Serve(l, nil) }()
	resp, err := http.Get("http://" + l.Addr().String()) // its connection is kept
	if err != nil {
		panic(err)
	}
	resp.Body.Close()
	time.Sleep(10 * time.Millisecond)
}

// exit ends the program after main's goroutine is gone.
func exit() {
	time.Sleep(10 * time.Millisecond)
	os.Exit(0)
}
