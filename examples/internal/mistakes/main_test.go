package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
)

const examplesDir = "../.."

// TestTable compares the table of contents with the examples, and the examples'
// excerpts with their code.
func TestTable(t *testing.T) {
	t.Parallel()
	want, err := table(examplesDir, contents)
	require.NoError(t, err)
	got, err := readText(filepath.Join(examplesDir, "README.md"))
	require.NoError(t, err)
	assert.Equal(t, want, got, "go run ./examples/internal/mistakes writes it")
}

// TestContents holds the table of contents to the folders that are there.
func TestContents(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{"internal": true, "staging": true} // the latter has a README
	for _, p := range contents {
		for _, e := range p.examples {
			assert.False(t, listed[e.name], "%s is there twice", e.name)
			listed[e.name] = true
			assert.Regexp(t, "^[[:alpha:]]+ ", e.title, "%s: a capital letter does no harm to the first word", e.name)
		}
	}
	folders, err := os.ReadDir(examplesDir)
	require.NoError(t, err)
	for _, f := range folders {
		if !f.IsDir() {
			continue
		}
		assert.True(t, listed[f.Name()], "%s is not in the table of contents", f.Name())
		delete(listed, f.Name())
	}
	assert.Empty(t, listed, "folders that are not there")
}

// Each cause that an example shows names an example that shows it.
func TestCausesNameExamples(t *testing.T) {
	t.Parallel()
	shown := map[string][]string{}
	for _, p := range contents {
		for _, e := range p.examples {
			x, err := read(examplesDir, e)
			require.NoError(t, err)
			for _, id := range x.causes {
				shown[id] = append(shown[id], e.name)
			}
		}
	}
	for _, c := range cause.Catalogue() {
		if len(shown[c.ID]) == 0 {
			assert.Empty(t, cause.Example(c.ID), "no example shows %s", c.ID)
		} else {
			assert.Contains(t, shown[c.ID], cause.Example(c.ID), "%s", c.ID)
		}
	}
}

func TestCheckExcerpt(t *testing.T) {
	t.Parallel()
	const source = "func f() {\n\tgo g() // want \"started\"\n\n\t// Why.\n\tch <- 1 // want \"at: chan-send\"\n\treturn\n}\n"
	tests := []struct {
		why, excerpt string
		ok           bool
	}{
		{"the marks and the indentation count for nothing", "go g()\nch <- 1\n", true},
		{"nor do comments", "go g() // it never ends\n// Sent to nobody.\nch <- 1\n", true},
		{"lines left out are marked", "func f() {\n...\nreturn\n", true},
		{"lines left out without a mark", "func f() {\nreturn\n", false},
		{"the order counts, also over what is left out", "return\n...\ngo g()\n", false},
		{"a line of another code", "go h()\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			err := checkExcerpt(tt.excerpt, []string{"package x\n", source})
			assert.Equal(t, tt.ok, err == nil, "%v", err)
		})
	}
}

// TestCheck reads a small example of its own.
func TestCheck(t *testing.T) {
	t.Parallel()
	dir := sink(t)
	text, err := table(dir, water)
	require.NoError(t, err)
	assert.Contains(t, text, "## Water\n\n| Example | The leak | Causes |\n| --- | --- | --- |\n| [sink](sink) | a full sink | `chan-send` |\n")

	writeDoc(t, dir, "WRONG\n\n\tgo swim()\n")
	_, err = table(dir, water)
	assert.ErrorContains(t, err, "go swim()")
}

// TestLinks has links to what an example declares, and to the standard library.
// What looks like one and leads nowhere is an error.
func TestLinks(t *testing.T) {
	t.Parallel()
	tests := []struct{ why, name, wantErr string }{
		{"a function", "[PourWrong]", ""},
		{"a generic function", "[Pour]", ""},
		{"a type", "[Basin]", ""},
		{"a pointer", "[*Basin]", ""},
		{"a method", "[Basin.Drain]", ""},
		{"a method of a generic type", "[Tub.Drain]", ""},
		{"a constant in a group", "[Size]", ""},
		{"the standard library", "[sync.Mutex]", ""},
		{"an index is no link", "basins[N]", ""},
		{"nothing of that name", "[Basins]", "sink: doc.go: [Basins] is no declaration"},
		{"nor a pointer to it", "[*Basins]", `sink: doc.go: [*Basins] is no declaration`},
		{"a method is no function", "[Drain]", "sink: doc.go: [Drain] is no declaration"},
		{"nor one of another type", "[Water.Drain]", "sink: doc.go: [Water.Drain] is no declaration"},
		{"a package that is not known", "[tap.Open]", "sink: doc.go: [tap.Open] is no declaration"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			dir := sink(t)
			writeDoc(t, dir, tt.name+" is it.\n")
			_, err := table(dir, water)
			if tt.wantErr != "" {
				require.ErrorContains(t, err, tt.wantErr)
				return
			}
			require.NoError(t, err)
		})
	}
}

// water is a table of contents with the example of sink.
var water = []part{{"Water", "The leak", []entry{{"sink", "a full sink"}}}}

// sink writes an example and returns the folder above it.
func sink(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sink"), 0o777))
	for name, text := range map[string]string{
		"wrong.go": "package sink\n\nfunc PourWrong() {\n\tgo pour() // want \"started\"\n}\n\nfunc pour() {\n\tdrain <- 1 // want \"at: chan-send\"\n}\n",
		"right.go": "package sink\n\nconst (\n\tSize = 1\n)\n\ntype Basin struct{}\n\nfunc (b *Basin) Drain() {}\n\n" +
			"type Tub[T any] struct{}\n\nfunc (*Tub[T]) Drain() {}\n\nfunc Pour[T any](T) {}\n",
		"leaky_test.go": "package sink\n\nfunc TestPourWrong(t *testing.T) {\n\tif leaky.Checked(t) {\n\t\treturn\n\t}\n\tPourWrong()\n}\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "sink", name), []byte(text), 0o666))
	}
	writeDoc(t, dir, "WRONG\n\n\tgo pour()\n\n[PourWrong] does.\n")
	return dir
}

// writeDoc gives the example of sink another package comment.
func writeDoc(t *testing.T, dir, text string) {
	t.Helper()
	doc := "/*\nPackage sink pours.\n\n" + text + "*/\npackage sink\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sink", "doc.go"), []byte(doc), 0o666))
}
