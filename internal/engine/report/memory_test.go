package report_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/render"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// What the heap says goes through all formats that are made of rows, and
// through JSON and back.
func TestMemory(t *testing.T) {
	t.Parallel()
	gs, err := stackparse.Parse([]byte("goroutine 7 [chan send]:\nshop.run()\n\t/shop/a.go:1 +0x1\n\n" +
		"goroutine 8 [chan send]:\nshop.run()\n\t/shop/a.go:1 +0x1\n"))
	require.NoError(t, err)
	m := report.Memory{Unreachable: true, Held: []string{"nobody: the last reference is gone"}, Keeps: 5 << 20}
	leaks := []report.Leak{{Goroutine: gs[0], Memory: m}, {Goroutine: gs[1], Memory: m}}
	r := report.Build("TestRun", leaks, source.Here())
	var text, file, again bytes.Buffer
	require.NoError(t, report.Text{}.Write(&text, r))
	assert.Contains(t, text.String(), "leakcheck: 2 goroutines outlived TestRun (2 unreachable)\n")
	assert.Contains(t, text.String(), "  held by  nobody", "of both together")
	assert.Contains(t, text.String(), "5.0 MB", "of both together")
	golden.Words(t, "unreachable", text.String())

	require.NoError(t, report.JSON{}.Write(&file, r))
	assert.Equal(t, 2, strings.Count(file.String(), `"unreachable": 2`), "in the head, and of the finding")
	back, err := report.Decode(&file)
	require.NoError(t, err)
	require.NoError(t, report.Text{}.Write(&again, back))
	assert.Equal(t, text.String(), again.String())

	for _, w := range []interface {
		Write(w io.Writer, r *report.Report) error
	}{render.HTML{}, render.Markdown{}, report.GitHub{}} {
		file.Reset()
		require.NoError(t, w.Write(&file, r))
		assert.Contains(t, file.String(), "2 goroutines outlived TestRun (2 unreachable)", "%T", w)
	}
	leaks[1].Goroutine.Leaked, leaks[1].Memory.Unreachable = true, false
	assert.Equal(t, "2 goroutines outlived TestRun (1 proven leaked, 1 unreachable)", report.Build("TestRun", leaks, source.Here()).Summary())
	leaks[1].Goroutine.Leaked = false

	leaks[0].Memory.Unreachable, leaks[1].Memory.Keeps, leaks[0].Memory.Keeps = false, 3<<10, 3<<10
	r = report.Build("TestRun", leaks, source.Here())
	text.Reset()
	require.NoError(t, report.Text{}.Write(&text, r))
	assert.NotContains(t, text.String(), "unreachable", "one of them can be woken")
	assert.NotContains(t, text.String(), "keeps", "every goroutine keeps its stack")
}

// The one that alone holds what others wait for comes first, whatever the
// guesses; in a circle there is no such one. Then weight counts before number.
func TestMemoryOrders(t *testing.T) {
	t.Parallel()
	const parked = "goroutine %d [chan receive]:\nshop.f%d()\n\t/shop/a.go:%d +0x1\n\n"
	for _, tt := range []struct {
		reason string
		memory map[int64]report.Memory
		want   []int64
		ranks  []int
	}{
		{"by place where nothing is known", nil, []int64{7, 8, 9}, []int{0, 0, 0}},
		{"a root", map[int64]report.Memory{7: {Root: 9}}, []int64{8, 9, 7}, []int{0, 0, 1}},
		{"a chain", map[int64]report.Memory{7: {Root: 8}, 8: {Root: 9}}, []int64{9, 7, 8}, []int{0, 1, 1}},
		{"a circle", map[int64]report.Memory{7: {Root: 8}, 8: {Root: 7}}, []int64{7, 8, 9}, []int{0, 0, 0}},
		{"one that waits for a circle", map[int64]report.Memory{7: {Root: 8}, 8: {Root: 9}, 9: {Root: 8}}, []int64{7, 8, 9}, []int{0, 0, 0}},
		{"a root that is not left", map[int64]report.Memory{7: {Root: 5}}, []int64{7, 8, 9}, []int{0, 0, 0}},
		{"weight", map[int64]report.Memory{7: {Keeps: 1 << 19}, 9: {Keeps: 3 << 20}}, []int64{9, 7, 8}, []int{0, 0, 0}},
		{"a root before weight", map[int64]report.Memory{7: {Root: 9, Keeps: 5 << 20}, 8: {Root: 9}}, []int64{9, 7, 8}, []int{0, 1, 1}},
	} {
		var leaks []report.Leak
		for id := int64(7); id <= 9; id++ {
			gs, err := stackparse.Parse(fmt.Appendf(nil, parked, id, id, id))
			require.NoError(t, err)
			leaks = append(leaks, report.Leak{Goroutine: gs[0], Memory: tt.memory[id]})
		}
		var ids []int64
		var ranks []int
		for _, f := range report.Build("TestRun", leaks, source.Here()).Findings {
			ids, ranks = append(ids, f.IDs...), append(ranks, f.Rank)
			on := tt.memory[f.IDs[0]].Root
			if on == 5 { // which is not in the report
				on = 0
			}
			assert.Equal(t, on, f.On, tt.reason)
			waits := ""
			if on != 0 && tt.memory[on].Root == f.IDs[0] {
				waits = fmt.Sprintf("for goroutine %d, which waits for this one", on)
			}
			assert.Equal(t, waits, f.Waits, tt.reason)
		}
		assert.Equal(t, tt.want, ids, tt.reason)
		assert.Equal(t, tt.ranks, ranks, tt.reason)
	}
}
