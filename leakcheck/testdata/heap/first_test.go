package heap

import (
	"context"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func first(ctx context.Context, backends ...func() string) string {
	answers := make(chan string)
	for _, backend := range backends {
		go func() { answers <- backend() }()
	}
	select {
	case answer := <-answers:
		return answer
	case <-ctx.Done():
		return ""
	}
}

// TestFirst leaves the address of the channel on the stack, where the frame of what
// calls the check lies later.
func TestFirst(t *testing.T) {
	leakcheck.Verify(t)
	tea := func() string { return "tea" }
	first(context.Background(), tea, tea)
}
