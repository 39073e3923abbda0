package report_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
)

func TestColors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		env      string
		terminal bool
		want     bool
		reason   string
	}{
		{"", true, true, "a terminal"},
		{"", false, false, "a file or a pipe"},
		{"TERM=xterm-256color", true, true, "a terminal with a name"},
		{"TERM=dumb", true, false, "a terminal without colours"},
		{"NO_COLOR=1", true, false, "no-color.org"},
		{"NO_COLOR=0", true, false, "no-color.org: whatever its value"},
		{"NO_COLOR=", true, true, "no-color.org: unless it is empty"},
		{"CLICOLOR=0", true, false, "bixense.com/clicolors"},
		{"CLICOLOR=1", false, false, "it asks for colours on terminals only"},
		{"CLICOLOR_FORCE=1", false, true, "bixense.com/clicolors: whatever it is written to"},
		{"CLICOLOR_FORCE=1 TERM=dumb CLICOLOR=0", false, true, "whatever else is set"},
		{"CLICOLOR_FORCE=0", false, false, "0 is no force"},
		{"CLICOLOR_FORCE=", false, false, "an empty value is no wish"},
		{"CLICOLOR_FORCE=1 NO_COLOR=1", true, false, "but a person's no is stronger"},
	} {
		env := map[string]string{}
		for setting := range strings.FieldsSeq(tt.env) {
			name, value, _ := strings.Cut(setting, "=")
			env[name] = value
		}
		got := report.Colors(func(name string) string { return env[name] }, tt.terminal)
		assert.Equal(t, tt.want, got, "%s: %s", tt.env, tt.reason)
	}
}

// sgr are the codes that select colours, and no other escape.
var sgr = regexp.MustCompile(`\x1b\[(0|1|2|1;31|32|36)m`)

// Colours add nothing and leave nothing out.
func TestColorIsOnlyColor(t *testing.T) {
	t.Parallel()
	for _, rec := range recordings {
		for _, text := range []report.Text{{}, {Verbose: true}, {Width: 60}} {
			r := reporttest.Recorded(t, rec.name)
			plain := text.String(r)
			text.Color = true
			colored := text.String(r)
			assert.NotEqual(t, plain, colored, rec.reason)
			assert.Equal(t, plain, sgr.ReplaceAllString(colored, ""), rec.reason)
			for line := range strings.Lines(colored) {
				assert.Equal(t, strings.Count(line, "\x1b[0m")*2, strings.Count(line, "\x1b["),
					"a colour ends on its line, where a log would be cut: %q", line)
			}
		}
	}
}
