package leaky

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

func TestMarks(t *testing.T) {
	tests := []struct {
		why, text string
		want      []Mark
		wantErr   string
	}{
		{"a mark names its own line", "package x\n\nch <- 1 // want \"at: chan-send\"\ngo f() // want \"started\"\n",
			[]Mark{{"at", "chan-send", "x.go", 3}, {"started", "", "x.go", 4}}, ""},
		{"a call into a library", "c.Get(u) // want \"called: http-body-not-closed\"\r\n",
			[]Mark{{"called", "http-body-not-closed", "x.go", 1}}, ""},
		{"a file without marks checks nothing", "ch <- 1\n", nil, "no line is marked // want"},
		{"a mark of an unknown form would go unchecked", "a()\nch <- 1 // want \"at\"\n", nil, `x.go:2: no mark; consider`},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "x.go"), []byte(tt.text), 0o600))
			marks, err := Marks(dir)
			assert.Equal(t, tt.want, marks)
			if tt.wantErr == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.wantErr)
			}
		})
	}
}

func TestUnmarked(t *testing.T) {
	assert.Equal(t, "\tch <- 1", Unmarked("\tch <- 1 // want \"at: chan-send\""))
	assert.Equal(t, "\tch <- 1 // one", Unmarked("\tch <- 1 // one"), "another comment stays")
}

func TestCompare(t *testing.T) {
	found := report.Finding{
		Cause:   cause.Cause{ID: "chan-send"},
		At:      report.Site{File: "wrong.go", Line: 24},
		Started: report.Site{File: "wrong.go", Line: 2},
		Called:  report.Site{File: "wrong.go", Line: 7},
	}
	at, started := Mark{"at", "chan-send", "wrong.go", 24}, Mark{"started", "", "wrong.go", 2}
	tests := []struct {
		why   string
		marks []Mark
		want  []string
	}{
		{"both rows agree", []Mark{at, started}, nil},
		{"where it started may stay unmarked", []Mark{at}, nil},
		{"a finding needs a mark", []Mark{started}, []string{"no mark for the finding chan-send at wrong.go:24"}},
		{"a mark needs a finding", []Mark{at, {"at", "chan-send", "wrong.go", 2}}, []string{"no finding for wrong.go:2: at: chan-send"}},
		{"a start needs one too", []Mark{at, {"started", "", "right.go", 2}}, []string{"no finding for right.go:2: started"}},
		{"another cause at the line", []Mark{{"at", "chan-recv", "wrong.go", 24}},
			[]string{"no mark for the finding chan-send at wrong.go:24", "no finding for wrong.go:24: at: chan-recv"}},
		{"the call that led to it may be marked instead", []Mark{{"called", "chan-send", "wrong.go", 7}}, nil},
		{"but not another call", []Mark{{"called", "chan-send", "wrong.go", 8}},
			[]string{"no mark for the finding chan-send at wrong.go:24", "no finding for wrong.go:8: called: chan-send"}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			assert.Equal(t, tt.want, compare(tt.marks, []report.Finding{found}))
		})
	}
}

func TestCheckReport(t *testing.T) {
	t.Setenv("LEAKY_UPDATE", "")
	name := filepath.Join(t.TempDir(), reportFile)
	require.ErrorContains(t, checkReport(name, "x"), reportFile, "there is none")
	t.Setenv("LEAKY_UPDATE", "1")
	require.NoError(t, checkReport(name, "--- FAIL: TestX (0.10s)\n  1 left\nFAIL\n"))
	t.Setenv("LEAKY_UPDATE", "")
	assert.NoError(t, checkReport(name, "--- FAIL: TestX (0.20s)\n  1 left\nFAIL\n"), "the time is another")
	err := checkReport(name, "--- FAIL: TestX (0.20s)\n  2 left\nFAIL\n")
	require.Error(t, err)
	golden.Words(t, "another output", strings.ReplaceAll(err.Error(), name, reportFile))
}

// A test that passes in the child shows nothing.
func TestRunWantsAFailure(t *testing.T) {
	_, err := run("TestUnmarked", "10s", "")
	require.Error(t, err)
	first, _, _ := strings.Cut(err.Error(), ":")
	golden.Words(t, "passed", first)
}
