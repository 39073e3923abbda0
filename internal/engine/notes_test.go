package engine

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Where a library started the goroutine for a user's call, a setting of the
// runtime names that call.
func TestStrangers(t *testing.T) {
	t.Parallel()
	library := stackparse.Goroutine{ID: 7, State: "select", Frames: []stackparse.Frame{{Func: "os/exec.(*Cmd).watchCtx"}},
		Creator: &stackparse.Creator{Func: "os/exec.(*Cmd).Start", File: "/go/src/os/exec/exec.go", Line: 1}}
	told := library
	told.Ancestors = []stackparse.Ancestor{{Frames: library.Frames}}
	own, unknown := library, library
	own.Creator = &stackparse.Creator{Func: "x.Run", File: filepath.Join(source.Here().Dir, "x.go"), Line: 1}
	unknown.Creator = nil
	const note = "a run with GODEBUG=tracebackancestors=10 in the environment names the line of yours that called os/exec.(*Cmd).Start"
	for _, tt := range []struct {
		g    stackparse.Goroutine
		want []string
		why  string
	}{
		{library, []string{note}, "no line is the user's"},
		{told, nil, "the setting is on"},
		{own, nil, "the go statement is the user's"},
		{unknown, nil, "nobody knows who started it"},
	} {
		assert.Equal(t, tt.want, strangers(report.Build("TestX", []report.Leak{{Goroutine: tt.g}}, source.Here())), tt.why)
	}
}
