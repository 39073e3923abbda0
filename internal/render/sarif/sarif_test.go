package sarif_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/render/sarif"
	"github.com/leakcheck-go/goroutine/stackparse"
)

func render(t testing.TB, r *report.Report) string {
	t.Helper()
	return reporttest.Rendered(t, sarif.SARIF{Dir: "back end"}, r)
}

// assertValid checks what the schema of SARIF cannot say. internal/eval/schemas
// validates logs against the schema.
func assertValid(t testing.TB, text string) {
	t.Helper()
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Locations []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &log))
	require.Len(t, log.Runs, 1)
	ids := map[string]bool{}
	for _, rule := range log.Runs[0].Tool.Driver.Rules {
		assert.False(t, ids[rule.ID], "rule %s is there twice", rule.ID)
		ids[rule.ID] = true
	}
	for _, result := range log.Runs[0].Results {
		assert.Equal(t, result.RuleID, log.Runs[0].Tool.Driver.Rules[result.RuleIndex].ID)
		for _, loc := range result.Locations {
			uri, err := url.Parse(loc.PhysicalLocation.ArtifactLocation.URI)
			require.NoError(t, err)
			assert.Empty(t, uri.Scheme+uri.Host, "a relative location")
			assert.False(t, strings.HasPrefix(uri.Path, "/"), "a relative location")
		}
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, r := range reporttest.All(t) {
		got := render(t, r)
		golden.Compare(t, filepath.Join("testdata", name+".golden"), got)
		assertValid(t, got)
	}
}

func TestNothing(t *testing.T) {
	t.Parallel()
	assertValid(t, render(t, &report.Report{}))
	assertValid(t, render(t, report.Build("", []report.Leak{{}}, nil)))
	require.ErrorIs(t, sarif.SARIF{}.Write(brokenWriter{}, &report.Report{}), os.ErrClosed)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

// Viewers take results with one message for one, so each names its test and its
// place.
func TestMessagesDiffer(t *testing.T) {
	t.Parallel()
	r := &report.Report{Subject: "the tests"}
	for _, test := range []string{"m/a.TestA", "m/b.TestA"} {
		for _, line := range []int{5, 9} {
			f := reporttest.Recorded(t, "fetch").Findings[0]
			f.Test, f.At.Line = test, line
			r.Findings = append(r.Findings, f)
		}
	}
	f := r.Findings[0]
	f.Started.Line++
	r.Findings = append(r.Findings, f)
	var log struct {
		Runs []struct {
			Results []struct{ Message struct{ Text string } }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(render(t, r)), &log))
	seen := map[string]bool{}
	for i, result := range log.Runs[0].Results {
		text := result.Message.Text
		assert.False(t, seen[text], text)
		seen[text] = true
		assert.Contains(t, text, r.Findings[i].Test)
	}
	assert.Len(t, seen, 5)
}

// A fingerprint tells findings apart and outlives changes around them.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	prints := func(edit func(f *report.Finding)) string {
		r := reporttest.Recorded(t, "fetch")
		edit(&r.Findings[0])
		_, rest, _ := strings.Cut(render(t, r), `"leakcheckStack/v1": "`)
		print, _, _ := strings.Cut(rest, `"`)
		require.Len(t, print, 32)
		return print
	}
	base := prints(func(*report.Finding) {})
	for _, tt := range []struct {
		edit   func(f *report.Finding)
		same   bool
		reason string
	}{
		{func(f *report.Finding) { f.Stack[0].Line, f.At.Line, f.Started.Line = 1, 1, 2 }, true, "lines move"},
		{func(f *report.Finding) { f.Count, f.Proven = 9, 4 }, true, "numbers differ from run to run"},
		{func(f *report.Finding) { f.Cause.Why = "better said" }, true, "words change"},
		{func(f *report.Finding) { f.Stack[0].Func = "shop.other" }, false, "another call"},
		{func(f *report.Finding) { f.Started.Func = "shop.other" }, false, "another go statement"},
		{func(f *report.Finding) { f.Cause.ID = "other" }, false, "another cause"},
		{func(f *report.Finding) { f.Test = "TestOther" }, false, "another test"},
	} {
		assert.Equal(t, tt.same, prints(tt.edit) == base, tt.reason)
	}
}

// Whatever a string holds, the log is valid and harmless where it is shown.
func TestHostile(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{"<script>alert(1)</script>", "\x1b[31m\x00\n%0A::error::x", "\u202e\u2028\xff\xc3", "../../etc/passwd:9", "javascript:alert(1)", "//evil.example/x"} {
		r := reporttest.Recorded(t, "hung")
		for i := range r.Findings {
			f := &r.Findings[i]
			f.Cause.ID, f.Cause.Title, f.Cause.Why, f.Cause.Fix, f.Test, f.Ignore = evil, evil, evil, evil, evil, evil
			f.At = report.Site{Func: evil, File: evil, Path: evil, Line: -1, Source: evil}
			f.Started, f.Stack[0] = f.At, f.At
		}
		// Bounded as whatever comes from a dump or a file.
		var b strings.Builder
		require.NoError(t, report.JSON{}.Write(&b, r))
		r, err := report.Decode(strings.NewReader(b.String()))
		require.NoError(t, err)

		text := render(t, r)
		assertValid(t, text)
		assert.Less(t, len(text), 200_000)
		assert.NotContains(t, strings.ReplaceAll(text, "\n", ""), "<")
		assert.Equal(t, -1, strings.IndexFunc(text, func(c rune) bool {
			return c != '\n' && unicode.Is(unicode.C, c) || c == '\u2028' || c == '\ufffd'
		}), "%q", evil)
	}
}

func TestLongNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10<<20)
	r := report.Build(long, []report.Leak{{Goroutine: stackparse.Goroutine{State: long, Frames: []stackparse.Frame{{Func: "shop." + long, File: long, Line: 1}}}}}, &source.Tree{})
	text := render(t, r)
	assertValid(t, text)
	assert.Less(t, len(text), 50_000)
}

func TestScale(t *testing.T) {
	t.Parallel()
	text := render(t, reporttest.Many(t))
	assert.Equal(t, 5000, strings.Count(text, `"occurrenceCount"`), "no finding is left out")
}

func BenchmarkWrite(b *testing.B) {
	r := reporttest.Many(b)
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(render(b, r))))
	}
	b.ReportMetric(float64(len(r.Findings)*b.N)/b.Elapsed().Seconds(), "findings/s")
}
