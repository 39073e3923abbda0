// Package ginkgo_test checks each spec of a suite of the real Ginkgo v2, in one
// process and in several.
package ginkgo_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each leak fails the spec that left it, under the text of that spec, and nothing
// else fails: with a check of the whole test or without, and in the processes of
// ginkgo -p, which talk to each other.
func TestSpecs(t *testing.T) {
	t.Parallel()
	cli := []string{"run", "github.com/onsi/ginkgo/v2/ginkgo", "-p", "--procs=2", "--tags=leaky", "--json-report"}
	for _, tt := range []struct {
		why  string
		args []string
		env  string
	}{
		{"one process", []string{"test", "-count=1", "-tags=leaky", "-ginkgo.json-report"}, ""},
		{"a check around the specs", []string{"test", "-count=1", "-tags=leaky", "-ginkgo.json-report"}, "POOL_AROUND=1"},
		{"two processes, a check around the specs", cli, "POOL_AROUND=1"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "report.json")
			args := append([]string{}, tt.args...)
			args[len(args)-1] += "=" + file
			if args[0] == "test" {
				args = append([]string{"test", "./pool"}, args[1:]...)
			} else {
				args = append(args, "./pool")
			}
			cmd := exec.Command("go", args...)
			cmd.Env = append(os.Environ(), tt.env)
			out, err := cmd.CombinedOutput()
			require.Error(t, err, "leaks fail the run")
			specs, failures := read(t, file, string(out))
			assert.Equal(t, 7, specs)
			require.Len(t, failures, 2, "%s", out)
			for _, name := range []string{"a worker is left", "a worker is left by another goroutine"} {
				assert.Contains(t, failures[name], `leakcheck: 1 goroutine outlived "`+name+`"`)
				assert.Contains(t, failures[name], "for range jobs", "the place is shown")
			}
			assert.Equal(t, 2, strings.Count(string(out), "] leakcheck: "), "nothing else is reported: %s", out)
			assert.NotContains(t, string(out), "outlived TestPool")
		})
	}
}

// read returns how many specs ran, and the messages of those that failed.
func read(t *testing.T, file, out string) (specs int, failures map[string]string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err, out)
	var suites []types.Report
	require.NoError(t, json.Unmarshal(text, &suites))
	failures = map[string]string{}
	for _, suite := range suites {
		for _, spec := range suite.SpecReports.WithLeafNodeType(types.NodeTypeIt) {
			specs++
			if spec.Failed() {
				failures[spec.FullText()] = spec.Failure.Message
			}
		}
	}
	return specs, failures
}
