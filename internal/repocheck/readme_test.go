package repocheck_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"regexp"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// The commands that the README gives for a clone of the repository.
const (
	leakyCommand = "go test -tags leaky ./examples/blockedsend"
	hungCommand  = "go test -tags hung -timeout 30s ./examples/lockorder"
	testCommand  = "go test ./..."
)

// TestReadmeOutput runs the command for which the README shows an output and
// compares.
func TestReadmeOutput(t *testing.T) {
	steady.Slow(t)
	touchSources(t)
	shown := shownFor(t, readme(t), leakyCommand)

	got := leakyOutput(t)

	assert.NoError(t, steady.Compare(shown, got), "README.md shows another output than this one:\n%s", got)
	assert.Contains(t, shown, " proven", "the README says that it shows the output of Go 1.27")
}

// TestReadmeHung does the same for the test that hangs, where the runtime can
// prove that. Where it cannot, the test is left to the alarm of -timeout, and
// the report before that has the same lines.
func TestReadmeHung(t *testing.T) {
	steady.Slow(t)
	touchSources(t)
	shown := shownFor(t, page(t, "docs/tutorial.md"), hungCommand)
	args := strings.Fields(hungCommand)
	proves := pprof.Lookup("goroutineleak") != nil // there, whatever is forbidden here
	if !proves {
		args = strings.Fields(strings.Replace(hungCommand, "-timeout 30s", "-timeout 4s", 1))
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = steady.Env()
	out, err := cmd.Output()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "the test has to fail\n%s", out)
	got := string(out)
	if proves {
		assert.NoError(t, steady.Compare(shown, got), "the tutorial shows another output than this one:\n%s", got)
		return
	}
	assert.Contains(t, got, "leakcheck: TestTransferWrong did not end, and -timeout is about to end the process")
	for line := range strings.Lines(steady.Text(shown)) {
		if name, _, _ := strings.Cut(strings.TrimSpace(line), " "); name == "at" || name == "waits" || name == "started" {
			assert.Contains(t, steady.Text(got), strings.TrimSpace(line))
		}
	}
}

// shownFor returns the output that a page shows for a command.
func shownFor(t *testing.T, text, command string) string {
	t.Helper()
	var found []string
	for _, block := range fenced(text, "console") {
		if first, shown, ok := strings.Cut(block, "\n"); ok && first == "$ "+command {
			found = append(found, shown)
		}
	}
	require.Len(t, found, 1, "outputs of %q", command)
	return found[0]
}

// leakyOutput is what the leaky example prints to standard output. What the go
// command has to say about its own work goes to standard error.
func leakyOutput(t *testing.T) string {
	t.Helper()
	args := strings.Fields(leakyCommand)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = steady.Env()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "the leaky example has to fail\n%s", out)
	require.Equal(t, 1, exit.ExitCode(), "%s\n%s", out, &stderr)
	return string(out)
}

// TestReadmeCommands does not run the tests of the module from a test of the
// module: .ci/run does that.
func TestReadmeCommands(t *testing.T) {
	text := readme(t)
	for _, command := range []string{hungCommand, testCommand} {
		assert.Contains(t, text, "\n    "+command+"\n", "the README gives this command on a line of its own")
	}
	ci, err := os.ReadFile(".ci/run")
	require.NoError(t, err)
	assert.Contains(t, string(ci), `step "`+testCommand+`"`)
}

// TestReadmeCode checks the types of the Go code in the README.
func TestReadmeCode(t *testing.T) {
	touchSources(t)
	blocks := fenced(readme(t), "go")
	require.NotEmpty(t, blocks)
	imp := exportImporter(t)
	for i, code := range blocks {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			assert.NoError(t, checkCode(code, imp), "%s", code)
		})
	}
}

// readmeImports are the packages that code in the README may use.
var readmeImports = []string{"context", "net/http", "testing", "time", "github.com/prometheus/client_golang/prometheus",
	"testing/synctest", modulePath + "/leakcheck/gleak",
	modulePath + "/filters", modulePath + "/leakcheck", modulePath + "/leakcheck/leakhttp", modulePath + "/leakcheck/leakprom"}

// exportImporter imports what readmeImports reach from the compiler's export
// data, which one go command builds.
func exportImporter(t *testing.T) types.Importer {
	t.Helper()
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Export"}, readmeImports...)
	files := map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(goCommand(t, nil, args...))); dec.More(); {
		var p struct{ ImportPath, Export string }
		require.NoError(t, dec.Decode(&p))
		files[p.ImportPath] = p.Export
	}
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, errors.New("no export data")
		}
		return os.Open(files[path])
	})
}

// checkCode parses and types a file, or the declarations of one, which then
// gets the imports that it uses.
func checkCode(code string, imp types.Importer) error {
	if !strings.HasPrefix(code, "package ") {
		header := "package readme_test\n"
		for _, p := range readmeImports {
			if regexp.MustCompile(`\b` + path.Base(p) + `\.`).MatchString(code) {
				header += fmt.Sprintf("import %q\n", p)
			}
		}
		code = header + code
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "readme_test.go", code, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	_, err = (&types.Config{Importer: imp}).Check("readme_test", fset, []*ast.File{file}, nil)
	return err
}

func TestCheckCode(t *testing.T) {
	imp := exportImporter(t)
	tests := []struct {
		why, code, wantErr string
	}{
		{"whole file", "package x\nimport \"testing\"\nfunc TestX(t *testing.T) {}\n", ""},
		{"declarations", "func TestX(t *testing.T) { leakcheck.Verify(t) }\n", ""},
		{"name that is not there", "func TestX(t *testing.T) { leakcheck.Gone(t) }\n", "undefined: leakcheck.Gone"},
		{"wrong argument", "func TestX() { leakcheck.Verify(1) }\n", "cannot use 1"},
		{"not Go", "func {\n", "expected"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			err := checkCode(tt.code, imp)
			if tt.wantErr == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.wantErr)
			}
		})
	}
}

// TestReadmeLinks holds the links into the repository to what is there.
func TestReadmeLinks(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(readme(t), -1)
	require.NotEmpty(t, links)
	for _, link := range links {
		if !strings.Contains(link[1], "://") {
			assert.True(t, exists(link[1]), "README.md links to %s", link[1])
		}
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// fenced returns the contents of the fenced blocks of a language.
func fenced(text, language string) []string {
	var blocks []string
	for _, part := range strings.Split(text, "\n```"+language+"\n")[1:] {
		code, _, _ := strings.Cut(part, "```\n")
		blocks = append(blocks, code)
	}
	return blocks
}
