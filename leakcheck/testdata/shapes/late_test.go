package shapes

import (
	"context"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Goroutines that a timer ends which no dump shows.

const late = 700 * time.Millisecond

// ask waits for an answer, and not for ever.
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
