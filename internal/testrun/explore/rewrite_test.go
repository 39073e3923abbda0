package explore

import (
	"encoding/json"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// built returns a command that runs a program after its rewriting. Package
// perturb is a package of the standard library for it.
func built(t *testing.T, src []byte) string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	require.NoError(t, os.Mkdir(program, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(program, "main.go"), src, 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(program, "go.mod"), []byte("module example.com/program\n\ngo 1.26\n"), 0o666))
	here, err := filepath.Abs("perturb")
	require.NoError(t, err)
	replace := map[string]string{}
	names, err := filepath.Glob(filepath.Join(here, "*.go"))
	require.NoError(t, err)
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			replace[filepath.Join(build.Default.GOROOT, "src", "perturb", filepath.Base(name))] = name
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	overlay := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(overlay, text, 0o666))
	exe := filepath.Join(dir, "program.exe")
	cmd := exec.Command("go", "build", "-overlay", overlay, "-o", exe, ".")
	cmd.Dir = program
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", out, src)
	return exe
}

// TestRewrite runs a program with every shape of select before and after its
// rewriting: it prints the same, and no line moved.
func TestRewrite(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("testdata/shapes.go.txt")
	require.NoError(t, err)
	r := Rewriter{Import: "perturb"}

	got, err := r.File("main.go", src)

	require.NoError(t, err)
	assert.Equal(t, strings.Count(string(src), "\n")+2, strings.Count(string(got), "\n"), "one declaration is added at the end")
	for _, s := range r.Sites {
		if s.Kind == Select {
			line := strings.Split(string(got), "\n")[s.Line-1]
			assert.Contains(t, line, "switch ", "line %d", s.Line)
		}
	}
	plain, err := exec.Command(built(t, src)).CombinedOutput()
	require.NoError(t, err)
	changed, err := exec.Command(built(t, got)).CombinedOutput()
	require.NoError(t, err, "%s\n%s", changed, got)
	assert.Equal(t, string(plain), string(changed))
}
