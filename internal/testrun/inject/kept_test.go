package inject

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine"
)

// The second run writes what differs from the first, and its go command reads the
// same texts.
func TestKeptFilesAreWrittenOnce(t *testing.T) {
	t.Parallel()
	kept := filepath.Join(t.TempDir(), "kept")
	first, second := prepare(t, kept), prepare(t, kept)
	assert.Equal(t, first.texts, second.texts)
	for _, p := range []prepared{first, second} {
		assert.ElementsMatch(t, []string{"options.go", "overlay.json"}, p.temp)
	}

	// Other options change nothing that is kept.
	before := namesIn(t, kept)
	other := prepare(t, kept, func(r *Request) { r.Options.PerPackage = true })
	assert.NotEqual(t, first.texts, other.texts)
	assert.Equal(t, before, namesIn(t, kept))
}

// Where nothing can be kept, the files lie in the temporary folder.
func TestKeptNowhere(t *testing.T) {
	t.Parallel()
	want := prepare(t, filepath.Join(t.TempDir(), "kept")).texts
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for name, dir := range map[string]string{
		"not asked for": "", "no such parent": filepath.Join(t.TempDir(), "home", "kept"), "a file": file,
	} {
		p := prepare(t, dir)
		assert.Equal(t, want, p.texts, name)
		assert.Greater(t, len(p.temp), 100, name)
	}
}

// A file that a crash of the system left empty is written once more.
func TestKeptEmpty(t *testing.T) {
	t.Parallel()
	kept := filepath.Join(t.TempDir(), "kept")
	want := prepare(t, kept).texts
	for _, name := range namesIn(t, kept) {
		require.NoError(t, os.Truncate(filepath.Join(kept, name), 0))
	}
	assert.Equal(t, want, prepare(t, kept).texts)
}

// A file that no run has used for a month goes, one that is in use stays.
func TestKeptForAMonth(t *testing.T) {
	t.Parallel()
	kept := filepath.Join(t.TempDir(), "kept")
	want := prepare(t, kept).texts
	stale := filepath.Join(kept, "0123_stale.go")
	require.NoError(t, os.WriteFile(stale, nil, 0o600))
	age := func(d time.Duration) {
		for _, name := range namesIn(t, kept) {
			at := time.Now().Add(-d)
			require.NoError(t, os.Chtimes(filepath.Join(kept, name), at, at))
		}
	}
	age(keepFor - time.Hour)
	prepare(t, kept)
	assert.FileExists(t, stale)
	for _, name := range namesIn(t, kept) {
		info, err := os.Stat(filepath.Join(kept, name))
		require.NoError(t, err)
		if name != filepath.Base(stale) {
			assert.Less(t, time.Since(info.ModTime()), recordUse, "%s: its use is recorded", name)
		}
	}

	age(keepFor + time.Hour)
	assert.Equal(t, want, prepare(t, kept).texts)
	assert.NoFileExists(t, stale)
}

var number = regexp.MustCompile(`^\d+_`)

type prepared struct {
	texts map[string]string // by the path that the go command sees
	temp  []string          // what was written for this run alone, without numbers
}

func prepare(t *testing.T, kept string, change ...func(*Request)) prepared {
	t.Helper()
	r := Request{Temp: t.TempDir(), Kept: kept, Sources: goroutine.Sources}
	for _, f := range change {
		f(&r)
	}
	plan, err := Prepare(t.Context(), r)
	require.NoError(t, err)
	text, err := os.ReadFile(plan.Overlay)
	require.NoError(t, err)
	var overlay struct{ Replace map[string]string }
	require.NoError(t, json.Unmarshal(text, &overlay))
	p := prepared{texts: map[string]string{}}
	for to, from := range overlay.Replace {
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		p.texts[to] = string(text)
	}
	for _, name := range namesIn(t, r.Temp) {
		p.temp = append(p.temp, number.ReplaceAllString(name, ""))
	}
	return p
}

func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}
