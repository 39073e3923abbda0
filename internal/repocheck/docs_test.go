package repocheck_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// TestMigrating does what docs/migrating.md does: the test file that it shows is
// rewritten by the commands that it shows, which print what it shows, and the
// result compiles.
func TestMigrating(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	touchSources(t)
	text := page(t, "docs/migrating.md")
	dir := t.TempDir()
	command := filepath.Join(t.TempDir(), "leakcheck.exe")
	goCommand(t, nil, "build", "-o", command, "./cmd/leakcheck")
	var before string
	imp := exportImporter(t)
	for _, code := range fenced(text, "go") {
		switch {
		case strings.HasPrefix(code, "package pool_test\n"):
			before = code
		case strings.HasPrefix(code, "func "):
			assert.NoError(t, checkCode(code, imp), "%s", code)
		}
	}
	require.NotEmpty(t, before)
	writeFile(t, dir, "pool_test.go", before)

	blocks := fenced(text, "console")
	require.Len(t, blocks, 2)
	for _, block := range blocks {
		line, shown, _ := strings.Cut(block, "\n")
		args := strings.Fields(strings.TrimPrefix(line, "$ leakcheck "))
		cmd := exec.Command(command, args...)
		cmd.Dir = dir
		got, err := cmd.CombinedOutput()
		assert.ErrorAs(t, err, new(*exec.ExitError), "something is left")
		assert.Equal(t, shown, strings.ReplaceAll(string(got), "\r\n", "\n"), line)
	}

	// goleak is its drop-in here: no test needs another module.
	root, err := os.Getwd()
	require.NoError(t, err)
	after, err := os.ReadFile(filepath.Join(dir, "pool_test.go"))
	require.NoError(t, err)
	writeFile(t, dir, "pool_test.go", strings.ReplaceAll(string(after), "go.uber.org/goleak", modulePath+"/leakcheck/goleak"))
	writeFile(t, dir, "go.mod", "module example.com/pool\n\ngo 1.26.0\n\nrequire "+modulePath+" v0.0.0\n\nreplace "+modulePath+" => "+root+"\n")
	test := exec.Command("go", "test", "./...")
	test.Dir = dir
	test.Env = append(steady.Env(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := test.CombinedOutput()
	assert.NoError(t, err, "%s", out)
}

// TestDocsLinks holds the links between the pages and into the repository to
// what is there.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	code := regexp.MustCompile("(?ms)^```.*?^```$") // which may have brackets of its own
	for _, name := range append(names, "examples/README.md") {
		for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(code.ReplaceAllString(page(t, name), ""), -1) {
			target, _, _ := strings.Cut(link[1], "#")
			if !strings.Contains(target, "://") && target != "" {
				assert.True(t, exists(filepath.Join(filepath.Dir(name), target)), "%s links to %s", name, link[1])
			}
		}
	}
}

// TestContributingPlaces: files and folders that CONTRIBUTING sends its reader to are
// where it says.
func TestContributingPlaces(t *testing.T) {
	t.Parallel()
	text := page(t, "CONTRIBUTING.md")
	var places []string
	for _, quoted := range regexp.MustCompile("`([a-z][\\w./*-]+)`").FindAllStringSubmatch(text, -1) {
		place := quoted[1]
		top, _, folder := strings.Cut(place, "/")
		// ID stands for the name of any entry.
		if folder && exists(top) && !strings.Contains(place, "/ID.") || strings.HasSuffix(place, ".go") {
			places = append(places, place)
		}
	}
	house, _, ok := strings.Cut(text, "## Where do I change X?")
	require.True(t, ok)
	for _, drawn := range regexp.MustCompile(`(?m)\b((?:internal|cmd)/\w+)`).FindAllStringSubmatch(house, -1) {
		places = append(places, drawn[1])
	}
	require.Greater(t, len(places), 20)
	for _, place := range places {
		found, err := filepath.Glob(place)
		require.NoError(t, err)
		assert.NotEmpty(t, found, "CONTRIBUTING.md names %s", place)
	}
}

func writeFile(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
}

// page is a page of the documentation.
func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// TestDocsCode checks the types of the Go code in the pages, except for that of
// migrating.md, which TestMigrating compiles and runs.
func TestDocsCode(t *testing.T) {
	t.Parallel()
	touchSources(t)
	imp := exportImporter(t)
	names, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	checked := 0
	for _, name := range names {
		if filepath.Base(name) == "migrating.md" {
			continue
		}
		for _, code := range fenced(page(t, name), "go") {
			if strings.HasPrefix(code, "// shop") {
				continue // TestFirstTenMinutes compiles and runs these files
			}
			checked++
			assert.NoError(t, checkCode(code, imp), "%s:\n%s", name, code)
		}
	}
	assert.Positive(t, checked, "there is code to check")
}

// TestDocsExcerpts holds code that is shown as a part of this module to its
// sources.
func TestDocsExcerpts(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{"CONTRIBUTING.md": "filters", "examples/staging/README.md": "examples/staging"} {
		files, err := filepath.Glob(dir + "/*.go")
		require.NoError(t, err)
		sources := "\n"
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				sources += page(t, file)
			}
		}
		sources = regexp.MustCompile(`\n\s+`).ReplaceAllString(sources, "\n")
		blocks := fenced(page(t, name), "go")
		require.NotEmpty(t, blocks, name)
		for _, code := range blocks {
			for line := range strings.Lines(code) {
				there := strings.Contains(sources, "\n"+strings.TrimSpace(line)) // what follows may differ: "}, {"
				assert.True(t, there, "%s shows a line that is not in %s: %s", name, dir, line)
			}
		}
	}
}
