package loglate

import (
	"testing"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestStartWrong fails: the worker is left behind. Without the check it would
// pass, and the next job would end the process.
func TestStartWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	jobs := make(chan string)
	StartWrong(jobs, t.Logf)
	jobs <- "tea"
}
