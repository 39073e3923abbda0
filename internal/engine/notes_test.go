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
	const note = "with GODEBUG=tracebackancestors=10 in the environment, a report names the line of your code that called os/exec.(*Cmd).Start"
	quiet := &Config{NoAdvice: true}
	for _, tt := range []struct {
		g    stackparse.Goroutine
		cfg  *Config
		want []string
		why  string
	}{
		{library, &Config{}, []string{note}, "no line is the user's"},
		{library, quiet, nil, "who prints the report says so"},
		{told, &Config{}, nil, "the setting is on"},
		{own, &Config{}, nil, "the go statement is the user's"},
		{unknown, &Config{}, nil, "nobody knows who started it"},
	} {
		r := report.Build("TestX", []report.Leak{{Goroutine: tt.g}}, source.Here())
		assert.Equal(t, tt.want, strangers(tt.cfg, r), tt.why)
		assert.Equal(t, tt.cfg.NoAdvice, advice(tt.cfg, r) == nil, tt.why)
	}
}
