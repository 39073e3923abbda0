package pprof_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/render/pprof"
	"github.com/leakcheck-go/goroutine/stackparse"
)

func render(t testing.TB, r *report.Report) []byte {
	t.Helper()
	return []byte(reporttest.Rendered(t, pprof.Pprof{}, r))
}

func parse(t testing.TB, data []byte) *profile.Profile {
	t.Helper()
	p, err := profile.ParseData(data)
	require.NoError(t, err)
	require.NoError(t, p.CheckValid())
	return p
}

// The golden files are the profiles as text.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"fetch", "mixed", "proven", "hostile", "hung"} {
		r := reporttest.Recorded(t, name)
		p := parse(t, render(t, r))
		golden.Compare(t, filepath.Join("testdata", name+".golden"), p.String())
		total := int64(0)
		for _, s := range p.Sample {
			total += s.Value[0]
		}
		assert.EqualValues(t, r.Total, total, "every goroutine is counted once: %s", name)
	}
}

// goToolPprof is the program that go tool pprof runs. To find that takes the go
// command longer than the program runs.
var goToolPprof = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "tool", "-n", "pprof").Output()
	return strings.TrimSpace(string(out)), err
})

// topOf runs go tool pprof on the profile of a report.
func topOf(t *testing.T, r *report.Report, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "leaks.pb.gz")
	require.NoError(t, os.WriteFile(file, render(t, r), 0o644))
	tool, err := goToolPprof()
	require.NoError(t, err)
	cmd := exec.Command(tool, append(args, file)...)
	cmd.Env = append(os.Environ(), "PPROF_TMPDIR="+t.TempDir())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", &stderr)
	return string(out)
}

func TestGoToolPprof(t *testing.T) {
	t.Parallel()
	r := reporttest.Recorded(t, "proven")
	for _, tt := range []struct {
		args, want []string
		not        string
		reason     string
	}{
		{[]string{"-top"}, []string{"Type: goroutines", "Showing nodes accounting for 5, 100% of 5 total", "shop.fetch", "shop.(*Pool[...]).run"}, "", "counts by function"},
		{[]string{"-traces"}, []string{"proof:  proven\n", "proof:  none\n", "state:  chan receive (nil chan)\n", "cause:  chan-send\n",
			"test:  TestFetchAll/empty\n", "started:  shop.FetchAll fetch.go:18\n"}, "", "samples with their tags"},
		{[]string{"-top", "-tagfocus=proof=proven"}, []string{"accounting for 4, 80.00% of 5 total"}, "", "one tag"},
		{[]string{"-top", "-tagfocus=cause=chan-send"}, []string{"accounting for 2, 40.00% of 5 total", "shop.fetch"}, "shop.(*Pool", "one cause"},
		{[]string{"-comments"}, []string{"5 goroutines outlived TestFetchAll (4 proven leaked)"}, "", "what the report says"},
		{[]string{"-list=shop.fetch", "-source_path=" + t.TempDir()}, []string{"Total: 5"}, "", "sources that are not there"},
	} {
		out := topOf(t, r, tt.args...)
		for _, want := range tt.want {
			assert.Contains(t, out, want, "%s: %s", tt.args, tt.reason)
		}
		if tt.not != "" {
			assert.NotContains(t, out, tt.not, tt.reason)
		}
	}
}

func TestNothing(t *testing.T) {
	t.Parallel()
	assert.Empty(t, parse(t, render(t, &report.Report{})).Sample)
	p := parse(t, render(t, report.Build("", []report.Leak{{}}, &source.Tree{})))
	require.Len(t, p.Sample, 1)
	assert.Empty(t, p.Sample[0].Location, "no calls")
	require.ErrorIs(t, pprof.Pprof{}.Write(brokenWriter{}, &report.Report{}), os.ErrClosed)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

// go tool pprof prints names as they are, so they are harmless before.
func TestHostile(t *testing.T) {
	t.Parallel()
	evil := "<script>\x1b[31m\x00\n%0A::error::x\u202e\u2028\xff\xc3"
	for _, name := range []string{evil, evil + strings.Repeat("x", 10<<20)} {
		r := report.Build(name, []report.Leak{{Goroutine: stackparse.Goroutine{
			State: name, Labels: []stackparse.Label{{Key: name, Value: name}},
			Frames:  []stackparse.Frame{{Func: "shop." + name, Args: name, File: name, Line: -1}},
			Creator: &stackparse.Creator{Func: name, File: name, Line: -1},
		}}}, &source.Tree{})
		data := render(t, r)
		assert.Less(t, len(data), 100_000)
		text := parse(t, data).String()
		assert.Contains(t, text, `\x1b[31m\x00\x0a%0A`)
		assert.Equal(t, -1, strings.IndexFunc(text, func(c rune) bool {
			return c != '\n' && unicode.Is(unicode.C, c) || c == '\u2028' || c == '\ufffd'
		}), "%q", text)
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	assert.Len(t, parse(t, render(t, reporttest.Many(t))).Sample, 5000, "no finding is left out")
}

func BenchmarkWrite(b *testing.B) {
	r := reporttest.Many(b)
	b.ReportAllocs()
	for b.Loop() {
		render(b, r)
	}
	b.ReportMetric(float64(len(r.Findings)*b.N)/b.Elapsed().Seconds(), "findings/s")
}
