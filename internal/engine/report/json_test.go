package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
	"github.com/leakcheck-go/goroutine/internal/render"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// described returns the names of the properties that report.schema.json has for
// a part. internal/eval/schemas validates reports against the schema.
func described(t testing.TB, part string) map[string]json.RawMessage {
	t.Helper()
	text, err := os.ReadFile("report.schema.json")
	require.NoError(t, err)
	var schema struct {
		Defs map[string]struct{ Properties map[string]json.RawMessage } `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(text, &schema))
	require.NotEmpty(t, schema.Defs[part].Properties, part)
	return schema.Defs[part].Properties
}

// A field that is written is described, and what is described can be written.
func TestJSONSchemaIsComplete(t *testing.T) {
	t.Parallel()
	r := reporttest.Recorded(t, "fetch")
	fill(reflect.ValueOf(r), "x")
	r.Total, r.Proven = 1, 1
	var head map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(reporttest.Rendered(t, report.JSON{}, r)), &head))
	var findings []map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(head["findings"], &findings))
	var cause, site map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(findings[0]["cause"], &cause))
	require.NoError(t, json.Unmarshal(findings[0]["at"], &site))

	for part, written := range map[string]map[string]json.RawMessage{"header": head, "finding": findings[0], "cause": cause, "site": site} {
		described := described(t, part)
		for name := range written {
			assert.Contains(t, described, name, part)
		}
		for name := range described {
			assert.Contains(t, written, name, part)
		}
	}
}

// fill sets every string below v to s, every number to 1 and every flag.
func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type() == reflect.TypeFor[*report.Fix]() {
			v.Set(reflect.ValueOf(&report.Fix{Edits: make([]report.FileEdit, 1),
				Trial: report.Trial{Failed: make([]report.Tried, 1)}}))
		}
		if !v.IsNil() {
			fill(v.Elem(), s)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch field := v.Type().Field(i); {
			case !field.IsExported(): // is not written
			case field.Name == "Parts":
				part := reflect.New(v.Type()).Elem() // has none itself
				for j := range v.NumField() {
					if f := v.Type().Field(j); f.IsExported() && f.Name != "Parts" {
						fill(part.Field(j), s)
					}
				}
				v.Field(i).Set(reflect.Append(reflect.Zero(field.Type), part))
			default:
				fill(v.Field(i), s)
			}
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			fill(v.Index(i), s)
		}
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Uint64:
		if v.CanInt() {
			v.SetInt(1)
		} else {
			v.SetUint(1)
		}
	}
}

// What is read back is what was written, field by field, no matter who adds one.
func TestJSONKeepsEverything(t *testing.T) {
	t.Parallel()
	for _, lines := range []bool{false, true} {
		r := reporttest.Recorded(t, "fetch")
		r.Findings = r.Findings[:1]
		fill(reflect.ValueOf(r), "a<b>é\u202e\x1b\u009b\x7f😀\U000e0041")
		f := &r.Findings[0]
		f.Example = stackparse.Goroutine{ID: 7, State: "chan receive", Labels: []stackparse.Label{{Key: "k", Value: "a\n\x1b"}},
			Frames:  []stackparse.Frame{{Func: "shop.f", Args: "0x1, ...", File: "/a b.go", Line: 3, Offset: 5}},
			Creator: &stackparse.Creator{Func: "shop.g", File: "/g.go", Line: 4, Goroutine: 2}}
		f.Parts[0].Example = f.Example
		text := reporttest.Rendered(t, report.JSON{Lines: lines}, r)
		assertPlain(t, strings.ReplaceAll(text, "\n", ""))
		back, err := report.Decode(strings.NewReader(text))
		require.NoError(t, err)
		back.Findings[0].Example.Line, back.Findings[0].Parts[0].Example.Line = 0, 0 // where it stood in the text
		assert.Equal(t, r, back)
	}
}

// Whatever format a report is read back from, all formats render it the same.
func TestJSONRendersTheSame(t *testing.T) {
	t.Parallel()
	for _, rec := range recordings {
		r := report.Build("TestFetchAll", leaks(t, rec.dump), shop())
		if rec.edit != nil {
			rec.edit(r)
		}
		for _, lines := range []bool{false, true} {
			back, err := report.Decode(strings.NewReader(reporttest.Rendered(t, report.JSON{Lines: lines}, r)))
			require.NoError(t, err)
			for _, f := range formats {
				assert.Equal(t, reporttest.Rendered(t, f.format, r), reporttest.Rendered(t, f.format, back), "%s as %s", rec.name, f.name)
			}
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	whole, lines := reporttest.Rendered(t, report.JSON{}, reporttest.Recorded(t, "mixed")), reporttest.Rendered(t, report.JSON{Lines: true}, reporttest.Recorded(t, "mixed"))
	cut := func(s, before string) string { return s[:strings.Index(s, before)] }
	for _, tt := range []struct {
		text, want string
		left       int // findings; -1 for no report
		reason     string
	}{
		{whole, "", 25, "nothing is wrong"},
		{lines, "", 25, "nothing is wrong"},
		{strings.ReplaceAll(lines, "\n", "\r\n\n"), "", 25, "line breaks of another system, empty lines"},
		{"", "line 1: unexpected end of JSON input", -1, "nothing"},
		{"goroutine 1 [select]:\n", "line 1: invalid character 'g'", -1, "a dump"},
		{"{}", `line 1: format is "", want "leakcheck-report"`, -1, "other JSON"},
		{"[1]", "line 1: json: cannot unmarshal array", -1, "other JSON"},
		{strings.Replace(whole, `"version": 1`, `"version": 2`, 1), "line 1: version is 2, and this leakcheck reads 1", -1, "a later version"},
		{strings.Replace(whole, `"outlived"`, `"other"`, 1), `line 1: kind "other" is not known`, -1, "a kind of a later version"},
		{strings.Replace(whole, `"kind"`, `"more": [{}], "kind"`, 1), "", 25, "a field of a later minor change"},
		{cut(whole, `"proven": 0,`+"\n      "), "line 16: unexpected end of JSON input", -1, "cut in the middle"},
		{strings.Replace(whole, `"count": 3`, `"count": "3"`, 1), "line 15: json: cannot unmarshal string", -1, "a number in quotes"},
		{strings.Replace(whole, `"count": 3`, `"count": -3`, 1), "finding 1: count -3 with 0 proven", 24, "fewer than none"},
		{strings.Replace(whole, `"proven": 0,`+"\n      ", `"proven": 9,`, 1), "finding 1: count 3 with 9 proven", 24, "more than all"},
		{strings.Replace(whole, "goroutine 103 [select]", "goroutine x", 1), "finding 1: the example has 0 goroutines", 25, "an example that is none"},
		{cut(lines, `{"count":2`), "line 9: 17 of 25 findings are missing: cut off?", 8, "lines are missing"},
		{strings.Replace(lines, `{"count":2`, `{"count"`, 2), "line 10: invalid character ',' after object key (and 1 more problem)", 23, "bad lines among good ones"},
	} {
		r, err := report.Decode(strings.NewReader(tt.text))
		if tt.want == "" {
			require.NoError(t, err, tt.reason)
		} else {
			require.ErrorContains(t, err, tt.want, tt.reason)
		}
		if tt.left < 0 {
			assert.Nil(t, r, tt.reason)
			continue
		}
		require.NotNil(t, r, tt.reason)
		assert.Len(t, r.Findings, tt.left, tt.reason)
	}
	_, err := report.Decode(brokenReader{})
	require.ErrorIs(t, err, os.ErrClosed)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, os.ErrClosed }

// A file can have any length; the report is bounded.
func TestDecodeBounds(t *testing.T) {
	t.Parallel()
	r := reporttest.Recorded(t, "hostile")
	long := strings.Repeat("é", 1<<19)
	text := reporttest.Rendered(t, report.JSON{}, r)
	for _, name := range []string{"func", "file", "path", "title", "why", "subject", "evidence", "ignore"} {
		at := strings.Index(text, `"`+name+`": "`)
		if at >= 0 {
			text = text[:at] + `"` + name + `": "` + long + text[at+len(name)+5:]
		}
	}
	text = strings.Replace(text, `"ids": [`, `"ids": [`+strings.Repeat("1,", 1000), 1)
	back, err := report.Decode(strings.NewReader(text))
	require.NoError(t, err)
	assert.Len(t, back.Findings[0].IDs, 10)
	assert.Empty(t, back.Findings[0].Ignore, "half an option would match something else")
	for _, f := range formats {
		assert.Less(t, len(reporttest.Rendered(t, f.format, back)), 100_000, f.name)
	}
}

// FuzzDecode reads what may come from anywhere: what is accepted is written
// and read again without a change.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"fetch", "hostile"} {
		f.Add([]byte(reporttest.Rendered(f, report.JSON{}, reporttest.Recorded(f, name))))
		f.Add([]byte(reporttest.Rendered(f, report.JSON{Lines: true}, reporttest.Recorded(f, name))))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := report.Decode(bytes.NewReader(data))
		if r == nil {
			require.Error(t, err)
			return
		}
		text := reporttest.Rendered(t, report.JSON{Lines: true}, r)
		again, _ := report.Decode(strings.NewReader(text))
		require.NotNil(t, again)
		assert.Len(t, again.Findings, len(r.Findings))
		for _, format := range []reporttest.Format{report.Text{Verbose: true}, render.Markdown{}} {
			assertPlain(t, strings.ReplaceAll(reporttest.Rendered(t, format, r), "\n", ""))
		}
	})
}

// FuzzJSON has dumps become reports: what is read back is what was written.
func FuzzJSON(f *testing.F) {
	for _, name := range []string{"send", "proven", "hostile", "markup", "std"} {
		f.Add(dumpOf(name))
	}
	f.Fuzz(func(t *testing.T, dump string) {
		gs, _ := stackparse.Parse([]byte(dump))
		var found []report.Leak
		for i := range gs {
			found = append(found, report.Leak{Goroutine: gs[i]})
		}
		r := report.Build("TestX", found, shop())
		back, err := report.Decode(strings.NewReader(reporttest.Rendered(t, report.JSON{}, r)))
		require.NoError(t, err)
		// Control characters and bytes that are no UTF-8 are written as escapes,
		// which are longer and may be cut again.
		if !utf8.ValidString(dump) || slices.ContainsFunc(strings.Split(dump, "\n"), func(line string) bool { return len(strconv.Quote(line)) > 2000 }) {
			return
		}
		format := report.Text{Verbose: true}
		assert.Equal(t, format.String(r), format.String(back))
	})
}
