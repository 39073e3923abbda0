package schemas

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/render/sarif"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// compile compiles a schema, or the part of it that the fragment names.
func compile(t *testing.T, file, fragment string) *jsonschema.Schema {
	t.Helper()
	text, err := os.Open(file)
	require.NoError(t, err)
	defer text.Close()
	doc, err := jsonschema.UnmarshalJSON(text)
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource(filepath.Base(file), doc))
	s, err := c.Compile(filepath.Base(file) + fragment)
	require.NoError(t, err)
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text string) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	assert.NoError(t, s.Validate(value))
}

// reports returns the recorded reports of package report, some that are nearly
// empty, and one in which texts that come from a dump hold what they like.
func reports(t *testing.T) map[string]*report.Report {
	t.Helper()
	out := reporttest.All(t)
	maps.Copy(out, map[string]*report.Report{
		"empty":    {},
		"no stack": report.Build("", []report.Leak{{}}, &source.Tree{}),
		"long": report.Build("", []report.Leak{{Goroutine: stackparse.Goroutine{State: strings.Repeat("x", 1<<20),
			Frames: []stackparse.Frame{{Func: "shop." + strings.Repeat("x", 1<<20), File: strings.Repeat("x", 1<<20), Line: 1}}}}}, &source.Tree{}),
	})
	for _, evil := range []string{"\x1b[31m\x00\n%0A", "\u202e\u2028\xff\xc3", "../../etc/passwd:9", "javascript:alert(1)", "//evil.example/x"} {
		text, err := os.Open("../../engine/report/testdata/recorded/hung.json")
		require.NoError(t, err)
		r, err := report.Decode(text)
		require.NoError(t, err)
		require.NoError(t, text.Close())
		for i := range r.Findings {
			f := &r.Findings[i]
			f.Cause.ID, f.Cause.Title, f.Cause.Why, f.Cause.Fix, f.Test, f.Ignore = evil, evil, evil, evil, evil, evil
			f.At = report.Site{Func: evil, File: evil, Path: evil, Line: -1, Source: evil}
			f.Started, f.Stack[0] = f.At, f.At
		}
		out[evil] = again(t, r)
	}
	return out
}

// again writes and reads r, which bounds it as whatever comes from a file.
func again(t *testing.T, r *report.Report) *report.Report {
	t.Helper()
	var b strings.Builder
	require.NoError(t, report.JSON{}.Write(&b, r))
	r, err := report.Decode(strings.NewReader(b.String()))
	require.NoError(t, err)
	return r
}

func TestJSON(t *testing.T) {
	t.Parallel()
	const file = "../../engine/report/report.schema.json"
	whole, header, finding := compile(t, file, ""), compile(t, file, "#/$defs/header"), compile(t, file, "#/$defs/finding")
	assert.Error(t, whole.Validate(map[string]any{}), "the schema refuses something")
	for name, r := range reports(t) {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, report.JSON{}.Write(&b, r))
			validate(t, whole, b.String())
			b.Reset()
			require.NoError(t, report.JSON{Lines: true}.Write(&b, r))
			first, rest, _ := strings.Cut(b.String(), "\n")
			validate(t, header, first)
			for line := range strings.Lines(rest) {
				validate(t, finding, line)
			}
		})
	}
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	s := compile(t, "testdata/sarif-2.1.0.json", "")
	assert.Error(t, s.Validate(map[string]any{"version": "2.1.0"}), "the schema refuses something")
	for name, r := range reports(t) {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, sarif.SARIF{Dir: "back end"}.Write(&b, r))
			validate(t, s, b.String())
		})
	}
}
