package shapes

import (
	"context"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Goroutines that something ends which their stacks do not show.

const late = 700 * time.Millisecond

// ask waits for an answer, and not forever.
func ask(answers <-chan int) {
	ctx, cancel := context.WithTimeout(context.Background(), late)
	defer cancel()
	select {
	case <-answers:
	case <-ctx.Done():
	}
}

func TestLateByContext(t *testing.T) {
	leakcheck.Verify(t)
	go ask(make(chan int))
}

func TestLateByAfterFunc(t *testing.T) {
	leakcheck.Verify(t)
	idle := make(chan int)
	time.AfterFunc(late, func() { close(idle) })
	go func() { <-idle }()
}

// A worker that is there for all tests, and takes its time.

var jobs = make(chan chan int)

func init() {
	go func() {
		for job := range jobs {
			time.Sleep(late)
			close(job)
		}
	}()
}

func TestLateByWorker(t *testing.T) {
	leakcheck.Verify(t)
	job := make(chan int)
	jobs <- job
	go func() { <-job }()
}

// No check saw the start: the worker is there since the package was
// initialized, which is after this library was.
func TestInitDeferred(t *testing.T) {
	defer leakcheck.Verify(t)
	if got := square(3); got != 9 {
		t.Errorf("3*3 = %d", got)
	}
}

func TestInitFind(t *testing.T) {
	if err := leakcheck.Find().Err(); err != nil {
		t.Error(err)
	}
}
