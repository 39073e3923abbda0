package steady

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What is missing skips a test on a user's machine, and fails it in CI.
func TestNeed(t *testing.T) {
	for ci, skipped := range map[string]bool{"": true, "true": false} {
		t.Setenv("CI", ci)
		s := &stopped{TB: t}
		done := make(chan bool)
		go func() {
			defer close(done)
			Need(s, "no-program-of-this-name")
		}()
		<-done
		assert.Equal(t, skipped, s.skipped, "CI=%q", ci)
		assert.Equal(t, !skipped, s.failed, "CI=%q", ci)
	}
	Need(t, "go")
	assert.False(t, t.Skipped())
}

// stopped records how a test ended.
type stopped struct {
	testing.TB
	skipped, failed bool
}

func (s *stopped) Helper()               {}
func (s *stopped) Skipf(string, ...any)  { s.skipped = true }
func (s *stopped) Fatalf(string, ...any) { s.failed = true; runtime.Goexit() }
