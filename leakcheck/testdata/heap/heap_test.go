// Package heap leaks what only the heap can explain where the runtime has no
// proof. The reports lie in the same folder.
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

type account struct {
	mu      sync.Mutex
	balance int
}

func TestDeadlock(t *testing.T) {
	leakcheck.Verify(t)
	a, b := &account{balance: 1}, &account{balance: 2}
	var both sync.WaitGroup
	both.Add(2)
	transfer := func(from, to *account) {
		from.mu.Lock()
		defer from.mu.Unlock()
		both.Done()
		both.Wait()
		to.mu.Lock()
		defer to.mu.Unlock()
		from.balance, to.balance = 0, from.balance+to.balance
	}
	go func() { transfer(a, b) }()
	go func() { transfer(b, a) }()
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
