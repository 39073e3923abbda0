//go:build !leaky

package leaky

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMarks(t *testing.T) {
	tests := []struct {
		why, text string
		want      []Mark
		wantErr   string
	}{
		{"a mark names its own line", "package x\n\nch <- 1 // want \"at: chan-send\"\ngo f() // want \"started\"\n",
			[]Mark{{"at", "chan-send", "x.go", 3}, {"started", "", "x.go", 4}}, ""},
		{"a row without a mark would go unchecked", "ch <- 1 // want \"at\"\n", nil, `no line is marked // want "started"`},
		{"a mark in the middle of a line is prose", "// write // want \"at\" at the end\n", nil, `no line is marked // want "at"`},
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

func TestMarkInOutput(t *testing.T) {
	out := "      at       wrong.go:24   ch <- 1   x.f.func1\n      started  wrong.go:2   go f()   x.f\n"
	tests := []struct {
		why  string
		mark Mark
		want bool
	}{
		{"row, file and line agree", Mark{"at", "", "wrong.go", 24}, true},
		{"another row names the line", Mark{"started", "", "wrong.go", 24}, false},
		{"a number that only begins alike", Mark{"at", "", "wrong.go", 2}, false},
		{"another file", Mark{"at", "", "right.go", 24}, false},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) { assert.Equal(t, tt.want, tt.mark.in(out)) })
	}
}

// TestRunWantsAFailure runs in a package where the tag leaky leaves nothing: the
// go command fails, the test does not.
func TestRunWantsAFailure(t *testing.T) {
	_, err := Run("TestMarks")
	require.ErrorContains(t, err, "TestMarks did not fail")
}
