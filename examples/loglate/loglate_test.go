package loglate

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestStart is the leaky test with the fix in place.
func TestStart(t *testing.T) {
	leakcheck.Verify(t)
	jobs := make(chan string)
	t.Cleanup(Start(jobs, t.Logf))
	jobs <- "tea"
}

// Nothing is logged once stop has returned, and all jobs are that were taken.
func TestStop(t *testing.T) {
	leakcheck.Verify(t)
	var mu sync.Mutex
	var lines []string
	jobs := make(chan string)
	stop := Start(jobs, func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, fmt.Sprintf(format, args...))
	})
	jobs <- "tea"
	jobs <- "milk"
	stop()

	assert.Equal(t, []string{"did tea", "did milk"}, lines)
}

// A worker without jobs to come ends by itself.
func TestNoMoreJobs(t *testing.T) {
	leakcheck.Verify(t)
	jobs := make(chan string)
	stop := Start(jobs, t.Logf)
	close(jobs)
	stop()
}
