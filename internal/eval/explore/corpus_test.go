package explore_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/testrun/explore"
)

// goroot is the folder of the Go distribution, with its tests of the language.
func goroot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// perturbed writes package perturb to a folder, as the overlay has it.
func perturbed(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob("../../testrun/explore/perturb/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	require.NoError(t, os.MkdirAll(dir, 0o777))
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o666))
	}
}

// runs are the programs of the distribution's test folder that are run as they are,
// and that have channels in them.
func runs(t *testing.T) []string {
	t.Helper()
	channels := regexp.MustCompile(`\bchan\b|\bselect \{`)
	var all []string
	for _, dir := range []string{".", "chan", "ken", "typeparam", "fixedbugs", "interface", "closure", "escape"} {
		names, err := filepath.Glob(filepath.Join(goroot(t), "test", dir, "*.go"))
		require.NoError(t, err)
		for _, name := range names {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			// A program that measures itself would measure the rewriting.
			if strings.HasPrefix(string(text), "// run\n") && channels.Match(text) && !strings.Contains(string(text), "MemStats") &&
				!strings.Contains(string(text), "//go:build") && strings.Contains(string(text), "package main") {
				all = append(all, name)
			}
		}
	}
	require.Greater(t, len(all), 60, "the distribution has its tests")
	return all
}

// TestCorpus: the distribution's own tests of channels and select statements print
// the same and end the same way after their rewriting.
func TestCorpus(t *testing.T) {
	t.Parallel()
	programs := runs(t)
	dirs := map[bool]string{false: t.TempDir(), true: t.TempDir()}
	sites := 0
	for i, name := range programs {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		r := explore.Rewriter{Import: "example.com/corpus/perturb"}
		changed := r.Package([]explore.Source{{Name: name, Text: text}}, nil)[name]
		sites += len(r.Sites)
		if changed == nil {
			changed = text
		}
		write(t, dirs[false], folder(i), text)
		write(t, dirs[true], folder(i), changed)
	}
	assert.Greater(t, sites, 500)
	for rewritten, dir := range dirs {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/corpus\n\ngo 1.26\n"), 0o666))
		if rewritten {
			perturbed(t, filepath.Join(dir, "perturb"))
		}
		cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "bin")+string(filepath.Separator), "./...")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, name := range programs {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			plain, plainErr := program(dirs[false], i)
			changed, changedErr := program(dirs[true], i)
			assert.Equal(t, plain, changed)
			assert.Equal(t, plainErr, changedErr)
		})
	}
}

func folder(i int) string { return "p" + string(rune('a'+i/26)) + string(rune('a'+i%26)) }

func write(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name, "main.go"), text, 0o666))
}

// program runs one program and returns its output and whether it failed.
func program(dir string, i int) (out string, failed bool) {
	cmd := exec.Command(filepath.Join(dir, "bin", folder(i)))
	text, err := cmd.CombinedOutput()
	return string(text), err != nil
}

// TestStandardLibrary: the external tests of packages of the standard library pass
// after their rewriting. Their selects come in all shapes.
func TestStandardLibrary(t *testing.T) {
	t.Parallel()
	root, dir := goroot(t), t.TempDir()
	lib := filepath.Join(dir, "perturb")
	perturbed(t, lib)
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	names, err := filepath.Glob(filepath.Join(lib, "*.go"))
	require.NoError(t, err)
	for _, name := range names {
		overlay.Replace[filepath.Join(root, "src", "leakcheckperturb", filepath.Base(name))] = name
	}
	packages := []string{"context", "io", "sync", "time", "runtime", "os/signal", "internal/singleflight"}
	r := explore.Rewriter{Import: "leakcheckperturb"}
	for _, pkg := range packages {
		names, err := filepath.Glob(filepath.Join(root, "src", filepath.FromSlash(pkg), "*_test.go"))
		require.NoError(t, err)
		var files []explore.Source
		for _, name := range names {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			// What the others import imports them.
			if regexp.MustCompile(`(?m)^package \w+_test$`).Match(text) {
				files = append(files, explore.Source{Name: name, Text: text})
			}
		}
		for name, text := range r.Package(files, nil) {
			to := filepath.Join(dir, strings.ReplaceAll(pkg, "/", "_")+"_"+filepath.Base(name))
			require.NoError(t, os.WriteFile(to, text, 0o666))
			overlay.Replace[name] = to
		}
	}
	assert.Greater(t, len(r.Sites), 500)
	text, err := json.Marshal(overlay)
	require.NoError(t, err)
	file := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, text, 0o666))
	args := []string{"test", "-short", "-vet=off", "-count=1", "-overlay=" + file, "-run=Chan|Select|Context|Cancel|Timer|Ticker|After|Pipe|Cond|Once|Mutex|WaitGroup|Signal|Sleep|Do"}
	out, err := exec.Command("go", append(args, packages...)...).CombinedOutput()
	assert.NoError(t, err, "%s", out)
}
