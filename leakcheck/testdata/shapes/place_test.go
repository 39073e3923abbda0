package shapes

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// A test that changes where the process stands: the report still has the lines
// of the source.

func TestSetenvLeak(t *testing.T) {
	leakcheck.Verify(t) // verify: TestSetenvLeak
	t.Setenv("GODEBUG", "http2debug=0")
	t.Setenv("GOROOT", "/nowhere")
	startReceiver()
}

func TestSetenvClean(t *testing.T) {
	leakcheck.Verify(t)
	t.Setenv("GODEBUG", "http2debug=0")
	assert.Equal(t, 9, square(3))
	assert.Equal(t, "http2debug=0", os.Getenv("GODEBUG"))
}

func TestChdirLeak(t *testing.T) {
	leakcheck.Verify(t) // verify: TestChdirLeak
	t.Chdir(t.TempDir())
	startReceiver()
}

func TestChdirClean(t *testing.T) {
	leakcheck.Verify(t)
	dir := t.TempDir()
	t.Chdir(dir)
	out := make(chan error, 1)
	go func() { out <- os.WriteFile("f", nil, 0o600) }()
	require.NoError(t, <-out)
	_, err := os.Stat(dir + "/f")
	assert.NoError(t, err)
}

// Cleanups before and after the check.

// service has a goroutine until it is closed.
type service struct{ stop, stopped chan struct{} }

func newService() *service {
	s := &service{make(chan struct{}), make(chan struct{})}
	go s.run()
	return s
}

func (s *service) run() {
	defer close(s.stopped)
	<-s.stop
}

// Close tells the goroutine, and does not wait for it.
func (s *service) Close() { close(s.stop) }

// started registers its end before it returns, as helpers do.
func started(t *testing.T) *service {
	t.Helper()
	s := newService()
	t.Cleanup(s.Close)
	return s
}

func TestCleanupAfter(t *testing.T) {
	leakcheck.Verify(t)
	s := started(t)
	t.Cleanup(func() { assert.NotNil(t, s) })
}

// What was there before the check was called is not looked at by it.
func TestCleanupBefore(t *testing.T) {
	s := started(t)
	leakcheck.Verify(t)
	assert.NotNil(t, s)
}

// Cleanups that register cleanups, the last of which closes.
func TestCleanupOfCleanup(t *testing.T) {
	leakcheck.Verify(t)
	t.Cleanup(func() {
		s := newService()
		t.Cleanup(func() { t.Cleanup(s.Close) })
	})
}

// A cleanup that starts what nobody ends.
func TestCleanupLeak(t *testing.T) {
	leakcheck.Verify(t) // verify: TestCleanupLeak
	s := started(t)
	t.Cleanup(func() {
		assert.NotNil(t, s)
		startReceiver()
	})
}

// The closer was registered before the check, so it runs after it.
func TestCleanupTooLate(t *testing.T) {
	var s *service
	t.Cleanup(func() { s.Close() })
	leakcheck.Verify(t) // verify: TestCleanupTooLate
	s = newService()
}

// A subtest's check does not see what its parent's cleanup is still to end.
func TestCleanupOfParent(t *testing.T) {
	leakcheck.Verify(t)
	s := started(t)
	t.Run("sub", func(t *testing.T) {
		leakcheck.Verify(t)
		assert.NotNil(t, s)
	})
}

// Two checks in one test: one report.
func TestTwice(t *testing.T) {
	leakcheck.Verify(t)
	leakcheck.Verify(t) // verify: TestTwice
	startReceiver()
}

func TestTwiceClean(t *testing.T) {
	leakcheck.Verify(t)
	defer leakcheck.Verify(t)
	assert.Equal(t, 9, square(3))
}
