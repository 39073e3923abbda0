// Package heap leaks what only the heap can explain where the runtime has no
// proof. The reports lie beside it.
package heap

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestBody(t *testing.T) {
	leakcheck.Verify(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("well"))
	}))
	t.Cleanup(server.Close)
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body // never closed
}

func TestMember(t *testing.T) {
	leakcheck.Verify(t)
	orders := make(chan string)
	members, _ := errgroup.WithContext(context.Background())
	members.Go(func() error { return errors.New("no prices") })
	members.Go(func() error {
		for range orders {
		}
		return nil
	})
	go func() { _ = members.Wait() }()
}

func TestDeadlock(t *testing.T) {
	leakcheck.Verify(t)
	var a, b sync.Mutex
	var both sync.WaitGroup
	both.Add(2)
	lock := func(first, second *sync.Mutex) {
		first.Lock()
		defer first.Unlock()
		both.Done()
		both.Wait()
		second.Lock()
		defer second.Unlock()
	}
	go func() { lock(&a, &b) }()
	go func() { lock(&b, &a) }()
	both.Wait()
}

func TestDroppedCancel(t *testing.T) {
	leakcheck.Verify(t)
	wait()
}

func wait() {
	ctx, cancel := context.WithCancel(context.Background())
	_ = cancel
	go func() { <-ctx.Done() }()
}

var subscribers = map[string]chan string{}

func TestSubscriber(t *testing.T) {
	leakcheck.Verify(t)
	events := make(chan string)
	subscribers["prices"] = events
	go func() {
		for range events {
		}
	}()
}

func TestPool(t *testing.T) {
	leakcheck.Verify(t)
	jobs := make(chan int)
	for range 3 {
		go func() {
			buffer := make([]byte, 2<<20)
			for job := range jobs {
				buffer[job]++
			}
		}()
	}
}
