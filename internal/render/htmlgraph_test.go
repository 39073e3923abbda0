package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// waiting is findings of which the n-th waits for the one at on[n], if that is not
// negative.
func waiting(on ...int) []report.Finding {
	findings := make([]report.Finding, len(on))
	for i, at := range on {
		findings[i] = report.Finding{Count: 1, IDs: []int64{int64(i + 1)}}
		if at >= 0 {
			findings[i].On = int64(at + 1)
		}
	}
	return findings
}

func TestGraph(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		on   []int
		want []box
		more int
	}{
		"nobody waits":             {on: []int{-1, -1}},
		"for what is not there":    {on: []int{7, -1}},
		"for itself":               {on: []int{0}},
		"a chain":                  {on: []int{1, 2, -1}, want: []box{{2, 0, 0}, {1, 1, 0}, {0, 2, 0}}},
		"two wait for one":         {on: []int{-1, 0, 0, -1}, want: []box{{0, 0, 0}, {1, 1, 0}, {2, 1, 1}}},
		"each waits for the other": {on: []int{1, 0}, want: []box{{0, 0, 0}, {1, 1, 0}}},
		"one waits for a circle":   {on: []int{1, 2, 1}, want: []box{{1, 0, 0}, {2, 1, 0}, {0, 1, 1}}},
		"two of their own":         {on: []int{1, -1, 3, -1}, want: []box{{1, 0, 0}, {0, 1, 0}, {3, 0, 1}, {2, 1, 1}}},
	} {
		g := newGraph(waiting(tt.on...))
		assert.Equal(t, tt.want, g.boxes, name)
		assert.Zero(t, g.more, name)
	}
}

// A dump can have as many kinds that wait for each other as it likes.
func TestGraphIsBounded(t *testing.T) {
	t.Parallel()
	circle, star := make([]int, 20000), make([]int, 20000)
	for i := range circle {
		circle[i] = (i + 1) % len(circle)
		star[i] = 0 // all wait for the first, which cannot wait for itself
	}
	for _, on := range [][]int{circle, star} {
		g := newGraph(waiting(on...))
		assert.Len(t, g.boxes, maxBoxes)
		assert.Equal(t, len(on)-maxBoxes, g.more)
	}
}

func TestGraphEscapes(t *testing.T) {
	t.Parallel()
	r := &report.Report{Kind: report.Dumped, Findings: waiting(1, -1)}
	for i := range r.Findings {
		r.Findings[i].Count = 40
		r.Findings[i].Cause.Title = "</title><script>"
		r.Findings[i].At = report.Site{Func: "shop.\"><script>alert(1)</script>\x1b[2J", File: "a/\"'><svg>.go", Line: 7}
	}
	var out bytes.Buffer
	require.NoError(t, HTML{Static: true}.Write(&out, r))
	_, graph, found := strings.Cut(out.String(), `<section id="graph">`)
	require.True(t, found)
	graph, _, _ = strings.Cut(graph, "</section>")
	assert.NotContains(t, graph, "<script")
	assert.NotContains(t, graph, "\x1b")
	assert.Contains(t, graph, "40 x shop.&#34;&gt;&lt;script")
	assert.Equal(t, 2, strings.Count(graph, "<a href=\"#k"))
	assert.Equal(t, 1, strings.Count(graph, "<path"))
}
