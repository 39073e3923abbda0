package steady

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCompare(t *testing.T) {
	const got = "--- FAIL: TestX (0.25s)\n  1 left (1 proven leaked)\n  + 1 x (proven: why)\nFAIL\tp/q\t0.261s\nFAIL\tp/r\t0.1s\nFAIL\n"
	tests := []struct {
		why, shown string
		same       bool
	}{
		{"the very same", got, true},
		{"other durations", strings.ReplaceAll(got, "0.2", "7.3"), true},
		{"by the heap instead", strings.ReplaceAll(strings.ReplaceAll(got, "1 proven leaked", "1 unreachable"), "proven: why", "unreachable: why"), true},
		{"without a proof", strings.ReplaceAll(strings.ReplaceAll(got, " (1 proven leaked)", ""), " (proven: why)", ""), true},
		{"end left out", "--- FAIL: TestX (0.25s)\n...\nFAIL\n", true},
		{"other test", strings.ReplaceAll(got, "TestX", "TestY"), false},
		{"other count", strings.ReplaceAll(got, "+ 1 x", "+ 2 x"), false},
		{"line missing without a mark", "--- FAIL: TestX (0.25s)\nFAIL\n", false},
		{"beginning left out", "  1 left\n...\nFAIL\n", false},
		{"end left out without a mark", "--- FAIL: TestX (0.25s)\n  1 left\n", false},
		{"other end", "--- FAIL: TestX (0.25s)\n...\n  1 left\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			assert.Equal(t, tt.same, Compare(tt.shown, got) == nil)
		})
	}
}

// Lines of the user's own files count, and so does what only ends like a mark.
func TestCompareLines(t *testing.T) {
	assert.NoError(t, Compare("  at  os/exec/exec.go:12  x\n", "  at  os/exec/exec.go:99  x\n"))
	assert.Error(t, Compare("  at  pool/pool.go:12  x\n", "  at  pool/pool.go:99  x\n"))
	assert.Error(t, Compare("wait for it...\nend\n", "wait for it and go\nend\n"))
}

// A file of the standard library may be there for one system.
func TestCompareSystems(t *testing.T) {
	const shown = "  at  net/fd_unix.go:149  net.(*netFD).accept\n"
	assert.NoError(t, Compare(shown, "  at  net/fd_windows.go:201  net.(*netFD).accept\n"))
	assert.Error(t, Compare(shown, "  at  net/fd_fake.go:9  net.(*netFD).accept\n"), "another file")
	assert.Error(t, Compare("  at  wrong_unix.go:7  f\n", "  at  wrong_windows.go:7  f\n"), "a file of the user")
}

// A release without the runtime's proof reads the heap instead.
func TestCompareHeap(t *testing.T) {
	const proven = "  + 1 x a (proven: why)\n      at       a.go:1   f\n      started  a.go:2   g\n"
	const read = "  + 1 x a (unreachable: why)\n      at       a.go:1   f\n      held by  goroutine 7 shop.run, stuck itself\n" +
		"               at pool.go:40\n      keeps    4.0 MB that nothing else uses\n      started  a.go:2   g\n"
	assert.NoError(t, Compare(proven, read))
	assert.NoError(t, Compare(read, proven))
	assert.Error(t, Compare(proven, read+"      cause    b\n"), "other rows count")
	assert.NoError(t, Compare("TestX can never end (proven by the garbage collector)\n", "TestX can never end (nothing refers to it)\n"))
}
