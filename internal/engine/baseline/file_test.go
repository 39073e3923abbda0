package baseline_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

const twoLeaks = `{
  "version": 1,
  "leaks": [
    {
      "stack": [
        "net.(*conn).Read",
        "shop.<read>",
        "created by shop.Dial"
      ],
      "count": 1,
      "reason": "a server's, see \"the\" roadmap",
      "since": "2026-01-02"
    },
    {
      "stack": [
        "shop.(*Pool).run.func",
        "created by shop.NewPool"
      ],
      "count": 2,
      "test": "TestPool",
      "summary": "blocked receiving on a channel",
      "reason": "",
      "since": "2026-11-24"
    }
  ]
}
`

func TestParse(t *testing.T) {
	t.Parallel()
	b, err := baseline.Parse("leaks.json", []byte(twoLeaks))
	require.NoError(t, err)
	assert.Equal(t, []baseline.Entry{
		{
			Leak:   baseline.Leak{Key: "net.(*conn).Read\nshop.<read>\ncreated by shop.Dial", Count: 1},
			Reason: `a server's, see "the" roadmap`, Since: "2026-01-02",
		}, {
			Leak: baseline.Leak{Key: "shop.(*Pool).run.func\ncreated by shop.NewPool", Count: 2, Test: "TestPool",
				Summary: "blocked receiving on a channel"},
			Since: "2026-11-24",
		},
	}, b.Entries)
	assert.Equal(t, twoLeaks, string(baseline.Format(b)), "it is written as it was read")
}

// A stack pasted from a dump is the key that a run will find.
func TestParseNormalizes(t *testing.T) {
	t.Parallel()
	text := strings.Replace(twoLeaks, "(*Pool).run.func", "(*Pool).run.func1.2", 1)
	b, err := baseline.Parse("leaks.json", []byte(text))
	require.NoError(t, err)
	assert.Equal(t, twoLeaks, string(baseline.Format(b)))
}

func TestParseProblems(t *testing.T) {
	t.Parallel()
	entry := `{"stack": ["shop.F"], "count": 1, "reason": "", "since": "2026-01-02"}`
	with := func(entries ...string) string {
		return "{\n\"version\": 1,\n\"leaks\": [\n" + strings.Join(entries, ",\n") + "\n]\n}"
	}
	for _, tt := range []struct{ text, want, reason string }{
		{"", "leaks.json:1: this is not JSON: unexpected end", "an empty file is no baseline"},
		{"{}", `leaks.json:1: "version" is missing`, "an empty object, neither"},
		{"[]", "leaks.json:1: ", "an array"},
		{"{\n\"version\": 2,\n\"leaks\": {}}", "leaks.json:2: version 2 is newer than this leakcheck", "newer, and of another shape"},
		{"{\n\"version\": 0,\n\"leaks\": []}", "leaks.json:2: there is no version 0", "no version"},
		{"{\n\"version\": \"1\"}", "leaks.json:2: version has type string, want int", "a version in quotes"},
		{"{\"version\": 1}", `leaks.json:1: "leaks" is missing`, "no list"},
		{"{\"version\": 1, \"leaks\": null}", "leaks has type null, want list", "null is no list"},
		{"{\"version\": 1,\n \"leaks\": [],\n \"leaks\": []}", `leaks.json:3: "leaks" appears twice`, "the second would hide the first"},
		{"{\"version\": 1,\n \"leak\": []}", `leaks.json:2: a baseline has no field "leak"`, "a misspelt list"},
		{with(entry) + "\n<<<<<<< HEAD", "leaks.json:7: this is not JSON: invalid character '<'", "a merge"},
		{with(entry, "{"), "leaks.json:6: this is not JSON", "a broken entry"},
		{with(entry, "7"), "leaks.json:5: ", "a number for an entry"},
		{with(entry, strings.Replace(entry, "shop.F", "shop.G", 1), entry), "leaks.json:6: entry 3 has the same stack as entry 1", "a stack twice"},
		{with(strings.Replace(entry, `["shop.F"]`, "[]", 1)), `leaks.json:4: "stack" is empty`, "no stack"},
		{with(strings.Replace(entry, `"count": 1`, `"count": 0`, 1)), `leaks.json:4: "count" is 0`, "no count"},
		{with(strings.Replace(entry, `"count": 1`, `"count": "one"`, 1)), `leaks.json:4: count has type string, want int`, "a count in words"},
		{with(strings.Replace(entry, "2026-01-02", "yesterday", 1)), `leaks.json:4: "since" is "yesterday"`, "no day"},
		{with(strings.Replace(entry, "reason", "raeson", 1)), `leaks.json:4: unknown field "raeson"`, "a misspelt field"},
		{with(entry, ""), "leaks.json:6: this is not JSON: invalid character ']'", "a comma too much"},
		{with(strings.Replace(entry, "shop.F", `\ud83d\x`, 1)), "leaks.json:4: this is not JSON: invalid character 'x'", "no escape"},
		{with(strings.Replace(entry, "shop.F", "shop.\nF", 1)), `leaks.json:4: this is not JSON: invalid character '\n'`, "an end of line in a string"},
		{with(strings.Replace(entry, "1", "1.5", 1)), "leaks.json:4: this is not JSON: invalid character '.'", "no whole number"},
		{with(strings.Replace(entry, ":", "", 1)), "leaks.json:4: this is not JSON: invalid character '['", "no colon"},
		{with(entry)[:60], "leaks.json:4: this is not JSON: unexpected end of JSON input", "cut off"},
		{with(entry) + "\xff", "leaks.json:1: not UTF-8 text", "another encoding"},
	} {
		b, err := baseline.Parse("leaks.json", []byte(tt.text))
		assert.ErrorContains(t, err, tt.want, tt.reason)
		assert.Empty(t, b, "%s: no part of it is used", tt.reason)
	}
}

func TestLoadIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "leaks.json")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(16<<20+1), "a file of zeros")
	require.NoError(t, f.Close())
	_, err = baseline.Load(path, "leaks.json")
	golden.Words(t, "a file of zeros", err)
}

// TestParseEscapes: what is in quotes is what encoding/json takes it for.
func TestParseEscapes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`a\"\\\/\b\f\n\r\t\u00e9é`, `\ud83d\ude00`, `\ud83d`, `\ude00\ud83d`, `\ud83d\u0041`, ``} {
		var want string
		require.NoError(t, json.Unmarshal([]byte(`"`+text+`"`), &want))
		b, err := baseline.Parse("leaks.json", []byte(strings.Replace(twoLeaks, `"reason": "`, `"reason": "`+text, 1)))
		require.NoError(t, err, text)
		assert.Equal(t, want, strings.TrimSuffix(b.Entries[0].Reason, `a server's, see "the" roadmap`), text)
	}
}

// FuzzParse: no file panics; what is read is written, and read back the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(twoLeaks))
	f.Add([]byte(`{"leaks":[{"stack":["created by F"],"count":1,"since":"2026-01-02"}],"version":1}`))
	f.Add([]byte(`{"version":1,"leaks":[{"stack":["",""],"count":1,"since":"2026-01-02"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := baseline.Parse("leaks.json", data)
		if err != nil {
			require.Regexp(t, `^leaks\.json:\d+: .`, err.Error())
			require.Empty(t, b)
			return
		}
		text := baseline.Format(b)
		again, err := baseline.Parse("leaks.json", text)
		require.NoError(t, err)
		require.Equal(t, string(text), string(baseline.Format(again)))
		var found []baseline.Leak
		for _, e := range b.Entries {
			found = append(found, e.Leak)
		}
		require.Equal(t, baseline.Diff{}, baseline.Compare(again, found, nil))
		require.Equal(t, b, baseline.Update(b, found, nil, "2026-11-24"))
	})
}

func ExampleCompare() {
	b, err := baseline.Parse("testdata/leaks.json", []byte(twoLeaks))
	fmt.Println(err)
	d := baseline.Compare(b, []baseline.Leak{
		{Key: baseline.KeyOf([]string{"shop.(*Pool).run.func3"}, "shop.NewPool"), Count: 3},
		{Key: baseline.KeyOf([]string{"time.Sleep", "shop.poll"}, "shop.Start"), Count: 1},
	}, nil)
	for _, leak := range d.New {
		fmt.Println("new:", leak.Key.Stack()[0], leak.Count)
	}
	for _, c := range d.More {
		fmt.Println("more:", c.Entry.Key.Stack()[0], c.Entry.Count, "->", c.Found.Count)
	}
	for _, e := range d.Gone {
		fmt.Println("gone:", e.Key.Stack()[0])
	}
	// Output:
	// <nil>
	// new: time.Sleep 1
	// more: shop.(*Pool).run.func 2 -> 3
	// gone: net.(*conn).Read
}
