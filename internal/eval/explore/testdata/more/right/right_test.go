package right

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

func TestHandler(t *testing.T) {
	w := httptest.NewRecorder()
	Handler(func() string { return "tea" }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(t.Context()))
	if w.Code != http.StatusOK || w.Body.String() != "tea" {
		t.Fatalf("got %d %q", w.Code, w.Body)
	}
}

func TestRace(t *testing.T) {
	if err := Race(); err != nil {
		t.Fatal(err)
	}
}

func TestQueue(t *testing.T) {
	q := NewQueue()
	wg := q.Drain(2)
	q.Put(1)
	q.Close()
	_ = wg
}

func TestPool(t *testing.T) {
	p := NewPool(2)
	done := make(chan struct{}, 1)
	p.Submit(func() { done <- struct{}{} })
	time.Sleep(time.Millisecond)
	p.Stop()
}

func TestBus(t *testing.T) {
	var b Bus
	c := b.Subscribe()
	b.Publish(1)
	b.Publish(2)
	if n := <-c + <-c; n != 3 {
		t.Errorf("got %d", n)
	}
	stop := time.After(time.Millisecond)
	b.Publish(3)
	select {
	case <-c:
	case <-stop:
	}
	b.Unsubscribe(c)
}

func TestLimit(t *testing.T) {
	sum, err := Limit(t.Context(), []int{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	if sum != 10 {
		t.Fatalf("got %d", sum)
	}
}

func TestLines(t *testing.T) {
	n, err := Lines(t.Context(), []string{"a", "b", "c"})
	if n != 3 || err != nil {
		t.Fatalf("got %d, %v", n, err)
	}
}

func TestTicker(t *testing.T) {
	var calls atomic.Int32
	if err := Ticker(t.Context(), func() { calls.Add(1) }); err != nil {
		t.Fatal(err)
	}
	if calls.Load() != 3 {
		t.Errorf("%d calls", calls.Load())
	}
}

func TestLazy(t *testing.T) {
	l := &Lazy{ready: make(chan struct{})}
	if got := l.Get(func() int { return 7 }); got != 7 {
		t.Errorf("got %d", got)
	}
}

func TestRetry(t *testing.T) {
	n, err := Retry(func() int { return 5 })
	if err != nil {
		t.Fatal(err)
	}
	if n != 5 {
		t.Errorf("got %d", n)
	}
}
