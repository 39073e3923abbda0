//go:build unix

package cli

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// What bash offers behind a line, by running it.
func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	steady.Need(t, "bash")
	var script bytes.Buffer
	completeBash(&script, completions())
	for _, tt := range []struct{ line, want string }{
		{"leakcheck rep", "report"},
		{"leakcheck f", "filters fleet"},
		{"leakcheck report -fil", "-filter"},
		{"leakcheck explain chan-nil-s", "chan-nil-send"},
		{"leakcheck completion z", "zsh"},
		{"leakcheck help te", "test"},
		{"leakcheck report compl", "completion.go completion_test.go completion_unix_test.go"},
		{"leakcheck nonsense compl", "completion.go completion_test.go completion_unix_test.go"},
	} {
		ask := "\nCOMP_WORDS=(" + tt.line + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _leakcheck; printf '%s\\n' \"${COMPREPLY[@]}\" | sort | paste -sd' '\n"
		out, err := exec.Command("bash", "-c", script.String()+ask).CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Equal(t, tt.want, strings.TrimSpace(string(out)), tt.line)
	}
}
