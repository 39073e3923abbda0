package fleettest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const docs = "../../../docs/prometheus"

func promtool(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("promtool", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "promtool %s\n%s", strings.Join(args, " "), out)
}

// The alert rules are well-formed, and fire for what they say and nothing else.
func TestRules(t *testing.T) {
	t.Parallel()
	promtool(t, docs, "check", "rules", "leakcheck.rules.yml")
	promtool(t, docs, "test", "rules", "leakcheck_test.yml")
}

// Each query of the dashboard is one that Prometheus takes, and asks for metrics
// that there are.
func TestDashboard(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(docs, "dashboard.json"))
	require.NoError(t, err)
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(data, &board))
	require.NotEmpty(t, board.Panels)
	rules := "groups:\n  - name: dashboard\n    rules:\n"
	for _, p := range board.Panels {
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			expr := strings.ReplaceAll(target.Expr, "$job", "api")
			assert.Regexp(t, `\b(go_goroutines|leakcheck_(blocked_goroutines|leaked_goroutines|request_goroutines|last_scan_duration_seconds))\{`, expr)
			quoted, err := json.Marshal(expr)
			require.NoError(t, err)
			rules += "      - {record: dashboard:query, expr: " + string(quoted) + "}\n"
		}
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.yml"), []byte(rules), 0o666))
	promtool(t, dir, "check", "rules", "rules.yml")
}
