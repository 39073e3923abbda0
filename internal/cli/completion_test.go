package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The scripts are made from the commands, so that each of them knows every
// command and flag.
func TestCompletionKnowsAll(t *testing.T) {
	t.Parallel()
	for shell := range shells {
		var b bytes.Buffer
		shells[shell](&b, completions())
		script := b.String()
		for _, c := range commands() {
			assert.Contains(t, script, c.name, shell)
			fs, _, _ := c.flags()
			require.NotNil(t, fs)
		}
		for _, flag := range []string{"fail-on", "prometheus", "per-package", "exit-zero"} {
			assert.Contains(t, script, flag, shell)
		}
		assert.Contains(t, script, "chan-send", "values of explain")
		for line := range strings.Lines(script) {
			assert.Zero(t, strings.Count(strings.ReplaceAll(line, `'\''`, ""), "'")%2, "%s: quotes are closed: %s", shell, line)
		}
	}
}
