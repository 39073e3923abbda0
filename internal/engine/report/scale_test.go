package report_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/render"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// crowd is 100,000 goroutines with 5,000 different stacks.
func crowd() []report.Leak {
	states := []string{"chan send", "chan receive", "select", "sync.Mutex.Lock", "sleep", "IO wait"}
	found := make([]report.Leak, 100_000)
	for i := range found {
		if i >= 5000 {
			found[i] = found[i%5000]
			found[i].Goroutine.ID = int64(i + 1)
			continue
		}
		g := stackparse.Goroutine{ID: int64(i + 1), State: states[i%len(states)], Leaked: i%7 == 0}
		for depth := range 12 {
			g.Frames = append(g.Frames, stackparse.Frame{Func: fmt.Sprintf("example.com/shop/internal/worker.(*Pool).run%d", i+depth),
				Args: "0xc000012345", File: "/home/me/shop/internal/worker/pool.go", Line: i + depth, Offset: 0x15})
		}
		g.Creator = &stackparse.Creator{Func: fmt.Sprintf("example.com/shop.Start%d", i), File: "/home/me/shop/start.go", Line: i, Goroutine: 1}
		found[i] = report.Leak{Goroutine: g}
	}
	return found
}

// crowded is the report on a crowd, which takes a second to build. It is shared: a
// test copies it before it changes a field.
var crowded = sync.OnceValue(func() *report.Report { return report.Build("the tests", crowd(), shop()) })

func TestScale(t *testing.T) {
	t.Parallel()
	r := crowded()
	require.Len(t, r.Findings, 5000)
	require.Equal(t, 100_000, r.Total)
	for _, tt := range []struct {
		name, each, last string
		want, limit      int
		reason           string
	}{
		{"text", "  + 20 x ", "and 4980 more kinds with 99600 goroutines; LEAKCHECK_VERBOSE=1 shows all", 20, 20_000, "what a person reads"},
		{"verbose.text", "  + 20 x ", "", 5000, 20 << 20, "everything"},
		{"json", "\"count\": 20,\n      \"proven\"", "", 5000, 40 << 20, "everything"},
		{"jsonl", "\n{\"count\":20", "", 5000, 30 << 20, "everything"},
		{"html", "data-f", "4500 more kinds with 90000 goroutines", 5000, 4 << 20, "500 in full, the rest on a line each"},
		{"github", "::error ", "4990 more kinds with 99800 goroutines are not shown here", 10, 10_000, "as many as GitHub shows"},
	} {
		got := reporttest.Rendered(t, formatNamed(t, tt.name), r)
		assert.Equal(t, tt.want, strings.Count(strings.ReplaceAll(got, `querySelectorAll("[data-f]")`, ""), tt.each), "%s: %s", tt.name, tt.reason)
		assert.Contains(t, got, tt.last, tt.name)
		assert.Less(t, len(got), tt.limit, tt.name)
	}
	back, err := report.Decode(strings.NewReader(reporttest.Rendered(t, report.JSON{Lines: true}, r)))
	require.NoError(t, err)
	assert.Equal(t, reporttest.Rendered(t, render.HTML{}, r), reporttest.Rendered(t, render.HTML{}, back))
}

func formatNamed(t testing.TB, name string) reporttest.Format {
	t.Helper()
	for _, f := range formats {
		if f.name == name {
			return f.format
		}
	}
	require.Fail(t, "no such format", name)
	return nil
}

// What a page leaves out, it says.
func TestHTMLBeyondItsLimit(t *testing.T) {
	t.Parallel()
	r := report.Build("", crowd()[:5000], shop())
	r.Findings = append(append(r.Findings, r.Findings...), r.Findings...)
	r.Total *= 3
	got := reporttest.Rendered(t, render.HTML{Static: true}, r)
	assert.Equal(t, 10_000, strings.Count(got, "data-f"))
	golden.Words(t, "the rest", regexp.MustCompile(`and 5000 more [^<]*`).FindString(got))
}

// Markdown fits wherever GitHub takes it, and counts what does not fit.
func TestMarkdownLimit(t *testing.T) {
	t.Parallel()
	noted := *crowded()
	r := &noted
	for _, limit := range []int{0, 1, 10_000, render.CommentLimit, render.StepLimit} {
		for _, note := range []string{"", strings.Repeat("*", 1<<20)} {
			r.Notes = []string{note, note, "the last note"}
			got := reporttest.Rendered(t, render.Markdown{Limit: limit}, r)
			want := max(limit, 8<<10)
			if limit == 0 {
				want = render.StepLimit
			}
			assert.LessOrEqual(t, len(got), want)
			if len(got) < render.CommentLimit { // the check is slow
				harmlessMarkdown(t, got)
			}
			shown := strings.Count(got, "\n- 20 x ") + strings.Count(got, "\n**20 x ")
			if shown < 5000 {
				assert.Regexp(t, fmt.Sprintf(`and %d more kinds \w+ %d goroutines, `, 5000-shown, 20*(5000-shown)), got)
			}
			if limit >= render.CommentLimit {
				assert.Greater(t, shown, 250)
				assert.Equal(t, 20, strings.Count(got, "\n**20 x "), "the first in full")
			}
		}
	}
}

func BenchmarkFormats(b *testing.B) {
	r := report.Build("the tests", crowd(), shop())
	for _, f := range formats {
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(int64(len(reporttest.Rendered(b, f.format, r))))
			}
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	found := crowd()
	b.ReportAllocs()
	for b.Loop() {
		report.Build("the tests", found, shop())
	}
	b.ReportMetric(float64(len(found)*b.N)/b.Elapsed().Seconds(), "goroutines/s")
}

func BenchmarkDecode(b *testing.B) {
	text := reporttest.Rendered(b, report.JSON{Lines: true}, report.Build("the tests", crowd(), shop()))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := report.Decode(strings.NewReader(text))
		require.NoError(b, err)
	}
}
