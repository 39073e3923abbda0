//go:build linux || darwin

package leakcheck_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// thingsSample is what runs without CI: a file, a socket, a child, and nothing.
var thingsSample = []string{"TestFile", "TestConnection", "TestRunning", "TestClean"}

// Each row is a test that leaves something, and what its report has to say. The
// heap, which knows who holds a thing, is read on a quiet process alone, as here.
func TestE2EThings(t *testing.T) {
	// Not while other tests run: with every allocation in the memory profile the
	// program is slow, and it reads its heap only while nothing runs.
	args := []string{"-test.v", "-test.memprofilerate=1"}
	if !steady.Full() { // with every allocation noted each row reads a large heap
		args = append(args, only(thingsSample...))
	}
	r := run(t, "things", nil, args...)
	require.Equal(t, 1, r.code, "%s", r.out)
	ran := func(test string) bool { return steady.Full() || slices.Contains(thingsSample, test) }
	for test, wants := range map[string][]string{
		"TestFile":            {"a.txt, open for reading and writing", marked(t, "things", "file"), "held by  the variable things.kept", "t.TempDir of TestFile"},
		"TestFolder":          {": the directory ", "fix      close it"},
		"TestPipe":            {"2 descriptors", "the reading end of a pipe", "the writing end of a pipe", "its other end is descriptor "},
		"TestListener":        {"a TCP listener on 127.0.0.1:", "close the listener"},
		"TestAccepting":       {"1 goroutine and 1 descriptor", "held by  goroutine ", "in IO wait", marked(t, "things", "accept")},
		"TestConnection":      {"a TCP connection from 127.0.0.1:", " to 127.0.0.1:"},
		"TestDatagrams":       {"a UDP socket on 127.0.0.1:"},
		"TestDropped":         {"held by  nobody", "dropped without Close"},
		"TestRunning":         {"1 child process", "still running: ", "held by  the variable things.kept", "ignore   leakcheck.Children("},
		"TestZombie":          {", ended: ", "nobody called Wait"},
		"TestDeferred":        {"since the options of TestDeferred were made"},
		"TestParallel/file":   {"t.TempDir of TestParallel/file", "parallel tests opened"},
		"TestParallel/socket": nil, // alone or together, it is not known whose the socket is
	} {
		if top, _, _ := strings.Cut(test, "/"); !ran(top) {
			continue
		}
		if wants == nil {
			assert.Contains(t, r.out, "--- PASS: "+test+" (", "nothing says that the socket is its")
			continue
		}
		report := reportOn(t, r.out, test)
		for _, want := range wants {
			assert.Contains(t, report, want, "the report of %s", test)
		}
		assert.Contains(t, r.out, "--- FAIL: "+test+" (", "a thing that was left fails its test")
	}
	if runtime.GOOS == "linux" {
		assert.Contains(t, reportOn(t, r.out, "TestConnection"), "the other side has closed it", "the kernel's table says so")
	}
	for test, why := range map[string]string{
		"TestWaited":      "a child that was waited for is gone",
		"TestSoon":        "what is closed in a moment is no finding",
		"TestClean":       "the runtime's and the standard library's own are known",
		"TestKeptAlive":   "a connection that is kept for reuse is its transport's",
		"TestLeftOut":     "the options leave it out",
		"TestAfterFailed": "what a test left that failed blames no other test",
	} {
		if ran(test) {
			assert.Contains(t, r.out, "--- PASS: "+test+" (", "%s", why)
		}
	}
}

// The check of the process names the tests that ran when a thing appeared, where
// nothing says which of them opened it.
func TestE2EThingsMain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := run(t, "things", []string{"THINGS=main", "LEAKCHECK_REPORT=" + dir}, "-test.v", "-test.run=^TestParallel$/^(socket|other)$")
	require.Equal(t, 1, r.code, "%s", r.out)
	report := reportOn(t, r.out, "the tests")
	assert.Contains(t, report, "a TCP listener on 127.0.0.1:")
	assert.Regexp(t, `^unknown; .* TestParallel/`, row(t, report, "owner"))
	assert.NotContains(t, strings.Replace(r.out, report, "", 1), "VerifyTestMain with the same options", "it is there already")

	files, err := filepath.Glob(filepath.Join(dir, "*", "report.json"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	var published struct {
		Goroutines int
		Left       []struct{ Kind, What, Ignore string }
	}
	require.NoError(t, json.Unmarshal(text, &published))
	assert.Zero(t, published.Goroutines)
	require.Len(t, published.Left, 1, "%s", text)
	assert.Equal(t, "socket", published.Left[0].Kind)
	assert.Contains(t, published.Left[0].Ignore, "leakcheck.Descriptors(")
}
