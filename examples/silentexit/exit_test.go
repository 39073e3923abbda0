package silentexit

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// TestOrdersWrong ends the program while it saves: none of the orders is saved,
// and only the exit report says so.
func TestOrdersWrong(t *testing.T) {
	t.Parallel()
	out := orders(t, "wrong", "1h")
	assert.NotContains(t, out, "saved:")
	assert.Contains(t, out, "outlived main")
	leaky.Shown(t, out)
}

// TestOrders runs the same program with the fix in place.
func TestOrders(t *testing.T) {
	t.Parallel()
	out := orders(t, "right", "10ms")
	assert.ElementsMatch(t, []string{"orders: 3", "saved: tea", "saved: milk", "saved: salt"},
		strings.Split(strings.TrimSpace(out), "\n"), "all is saved, and there is nothing to report")
}

// orders builds command orders, runs it, and returns what it prints. It must end
// with status 0, as it does either way.
func orders(t *testing.T, args ...string) string {
	t.Helper()
	leaky.Touch(t, "orders")
	program := filepath.Join(t.TempDir(), "orders.exe")
	out, err := exec.Command("go", "build", "-o", program, "./orders").CombinedOutput()
	require.NoError(t, err, "%s", out)
	cmd := exec.Command(program, args...)
	cmd.Env = steady.Env()
	out, err = cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return filepath.ToSlash(strings.ReplaceAll(string(out), "\r\n", "\n"))
}
