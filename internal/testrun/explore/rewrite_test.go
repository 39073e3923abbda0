package explore

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// built returns a command that runs a program after its rewriting.
func built(t *testing.T, src []byte) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string][]byte{"main.go": src, "go.mod": []byte("module example.com/program\n\ngo 1.26\n")}
	names, err := filepath.Glob("perturb/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		files[name], err = os.ReadFile(name)
		require.NoError(t, err)
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "perturb"), 0o777))
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o666))
	}
	exe := filepath.Join(dir, "program.exe")
	cmd := exec.Command("go", "build", "-o", exe, ".")
	cmd.Dir = dir
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
	r := Rewriter{Import: "example.com/program/perturb"}

	got := r.Package([]Source{{"main.go", src}}, nil)["main.go"]

	require.NoError(t, err)
	assert.Equal(t, strings.Count(string(src), "\n")+4, strings.Count(string(got), "\n"), "two declarations are added at the end")
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
