package leaky

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Vet returns what go vet says of one Go file, which imports nothing but the
// standard library: one problem a line, or "" when it finds none.
func Vet(t *testing.T, file string) string {
	t.Helper()
	Touch(t, file)
	cmd := exec.Command("go", "vet", filepath.FromSlash(file))
	cmd.Env = append(os.Environ(), "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var problems strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(string(out), "\r\n", "\n")) {
		if !strings.HasPrefix(line, "#") { // names the package
			problems.WriteString(filepath.ToSlash(line))
		}
	}
	return problems.String()
}
