package capture_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
)

// ended runs f in a goroutine of its own and returns what unwinding says in the
// function that it defers first.
func ended(f func()) (why, by string) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		defer func() { why, by = capture.Unwinding() }()
		f()
	}()
	<-done
	return why, by
}

// A deferred function learns whether a panic or Goexit runs it, and whose.
func TestUnwinding(t *testing.T) {
	t.Parallel()
	exit := func() { runtime.Goexit() }
	for _, tt := range []struct {
		end    func()
		why    string
		reason string
	}{
		{func() {}, "", "it returns"},
		{func() { panic("mine") }, capture.Panic, "a panic of its own"},
		{exit, capture.Goexit, "as t.FailNow does"},
		{func() { defer exit(); panic("mine") }, capture.Panic, "a panic whose deferred function called Goexit"},
		{func() { defer func() { panic("mine") }(); exit() }, capture.Panic, "a panic on the way out"},
	} {
		why, by := ended(tt.end)
		assert.Equal(t, tt.why, why, tt.reason)
		assert.Equal(t, tt.why != "", strings.Contains(by, "capture_test.TestUnwinding"), "%s: by %s", tt.reason, by)
	}
}
