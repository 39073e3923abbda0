//go:build unix

package repocheck_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// action is action.yml as GitHub reads it.
type action struct {
	Inputs map[string]struct{ Description, Default string }
	Runs   struct {
		Steps []struct {
			If, Run, Uses string
			Env           map[string]string
			With          map[string]string
		}
	}
}

// TestAction runs the script of the action in a module with a leak.
func TestAction(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	steady.Need(t, "bash")
	touchSources(t)
	var a action
	require.NoError(t, yaml.Unmarshal([]byte(page(t, "action.yml")), &a))
	root, err := os.Getwd()
	require.NoError(t, err)
	dir := t.TempDir()
	writeFile(t, dir, "go.mod", "module example.com/shop\n\ngo 1.26.0\n")
	writeFile(t, dir, "shop_test.go", "package shop\n\nimport \"testing\"\n\nfunc TestShop(t *testing.T) { go func() { <-make(chan int) }() }\n")
	for _, name := range []string{"output", "summary"} {
		writeFile(t, dir, name, "")
	}

	script := a.Runs.Steps[0]
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", script.Run) // GitHub's options
	cmd.Dir = dir
	cmd.Env = append(steady.Env(), "RUNNER_TEMP="+dir, "GITHUB_OUTPUT="+filepath.Join(dir, "output"),
		"GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary"))
	for name, value := range script.Env {
		if input, ok := strings.CutPrefix(value, "${{ inputs."); ok {
			value = a.Inputs[strings.TrimSuffix(input, " }}")].Default
		}
		cmd.Env = append(cmd.Env, name+"="+strings.ReplaceAll(value, "${{ github.action_path }}", root))
	}
	out, exit := finish(t, cmd)
	require.Equal(t, 1, exit, "there is a leak\n%s", out)
	assert.Contains(t, out, "::error file=shop_test.go,line=5", "the leak is on its line")
	assert.Contains(t, page(t, filepath.Join(dir, "summary")), "### leakcheck: ")
	for line := range strings.Lines(page(t, filepath.Join(dir, "output"))) {
		_, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		assert.FileExists(t, file, line)
	}
	assert.Equal(t, 2, strings.Count(page(t, filepath.Join(dir, "output")), "\n"), "report and sarif")
}

// The forms ask for the dump, which is what a maintainer needs first.
func TestIssueForms(t *testing.T) {
	t.Parallel()
	forms := 0
	for _, file := range []string{"false-alarm", "missed-leak", "unread-dump"} {
		var form struct {
			Name, Description string
			Body              []struct {
				ID          string
				Validations struct{ Required bool }
			}
		}
		require.NoError(t, yaml.Unmarshal([]byte(page(t, ".github/ISSUE_TEMPLATE/"+file+".yml")), &form))
		for _, field := range form.Body {
			if field.ID == "dump" && field.Validations.Required {
				forms++
			}
		}
		assert.NotEmpty(t, form.Name+form.Description, file)
	}
	assert.Equal(t, 3, forms)
}
