package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
)

// The test binary is the program that runs another one for -exec, too.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == measureArg {
		os.Exit(measure(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// module is a suite that checks for leaks, as the module cache has it.
var module = map[string]string{
	"go.mod":       "module example.com/pool\n\ngo 1.20\n\nrequire go.uber.org/goleak v1.3.0\n\nreplace example.com/local => ../local\n",
	"pool_test.go": "package pool\n\nimport (\n\t\"testing\"\n\n\t\"go.uber.org/goleak\"\n)\n\nfunc TestMain(m *testing.M) { goleak.VerifyTestMain(m) }\n\nfunc TestPool(t *testing.T) { defer goleak.VerifyNone(t, goleak.IgnoreCurrent()) }\n",
}

func writeModule(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, modules.WriteFiles(dir, files))
	for name := range files {
		require.NoError(t, os.Chmod(filepath.Join(dir, name), 0o444), "as in the module cache")
	}
	return dir
}

// The shim takes goleak's place in a suite, which passes, and finds the leak of
// the control. Nothing of it comes from a network. The folders are new in each
// run: without -trimpath the build cache would miss all that is built in them.
func TestShim(t *testing.T) {
	shim, err := writeShim(t.Context(), t.TempDir())
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(dir, os.DirFS(writeModule(t, module))))
	u := user{module: "example.com/pool", packages: []string{"."}}
	require.NoError(t, edit(t.Context(), dir, shim))

	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	assert.NotContains(t, string(mod), "local", "a folder that the module cache does not have")

	self, err := os.Executable()
	require.NoError(t, err)
	o, err := u.goTest(t.Context(), dir, "local", "-trimpath", execFlag(self))
	require.NoError(t, err)
	assert.Equal(t, map[string]bool{"example.com/pool": true}, o.packages, o.output)
	assert.Positive(t, o.seconds)

	o, err = u.control(t.Context(), dir, "local", "-trimpath")
	require.NoError(t, err)
	assert.Equal(t, 1, o.found(), o.output)
	assert.Contains(t, o.output, "leakcheck: 1 goroutine ")
}

// A suite that does not build has no verdict.
func TestBrokenSuite(t *testing.T) {
	dir := writeModule(t, map[string]string{"go.mod": "module example.com/broken\n\ngo 1.26.0\n", "a_test.go": "package a\n\nvar x = y\n"})
	_, err := user{module: "example.com/broken", packages: []string{"."}}.goTest(t.Context(), dir, "local")
	assert.ErrorContains(t, err, "example.com/broken: ")
}

// The control has a check of its own where TestMain has none.
func TestAddLeak(t *testing.T) {
	t.Parallel()
	with := writeModule(t, module)
	require.NoError(t, addLeak(with))
	code, err := os.ReadFile(filepath.Join(with, "leaks_on_purpose_test.go"))
	require.NoError(t, err)
	assert.Contains(t, string(code), "if false {")

	without := writeModule(t, map[string]string{"a_test.go": "package a_test\n\nimport \"go.uber.org/goleak\"\n"})
	require.NoError(t, addLeak(without))
	code, err = os.ReadFile(filepath.Join(without, "leaks_on_purpose_test.go"))
	require.NoError(t, err)
	assert.Contains(t, string(code), "package a_test\n")
	assert.Contains(t, string(code), "if true {")

	assert.ErrorContains(t, addLeak(t.TempDir()), "go.uber.org/goleak")
}

func TestReadEvents(t *testing.T) {
	t.Parallel()
	o, err := readEvents(strings.NewReader(`{"Action":"output","Package":"p","Output":"fine\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"goleakusers: processor time 1.500 s\n"}
{"Action":"pass","Package":"p","Elapsed":7}
{"Action":"output","Package":"q","Test":"TestB","Output":"found unexpected goroutines:\n"}
{"Action":"fail","Package":"q","Test":"TestB/sub"}
{"Action":"fail","Package":"q","Test":"TestB"}
{"Action":"output","Package":"q","Output":"exit status 1goleakusers: processor time 0.500 s\n"}
{"Action":"fail","Package":"q","Elapsed":7}
`))
	require.NoError(t, err)
	assert.Equal(t, outcome{packages: map[string]bool{"p": true, "q": false}, failed: []string{"q.TestB"}, seconds: 2,
		output: "found unexpected goroutines:\nexit status 1goleakusers: processor time 0.500 s\n"}, o)
	assert.Equal(t, 1, o.found())

	o, err = readEvents(strings.NewReader("FAIL"))
	require.NoError(t, err, "other text comes between events")
	assert.Empty(t, o.packages)
}

func TestRow(t *testing.T) {
	t.Parallel()
	run := func(seconds float64, pass bool, failed ...string) outcome {
		return outcome{packages: map[string]bool{"p": pass}, failed: failed, seconds: seconds}
	}
	leak := outcome{packages: map[string]bool{"p": false}, output: "found unexpected goroutines:"}
	r := row{user: user{module: "m", version: "v1", packages: []string{"."}, remark: "why"},
		with: [2][]outcome{{run(2, true), run(4, true)}, {run(3, true), run(5, true)}}, control: [2]outcome{leak, leak}}
	assert.True(t, r.same())
	assert.Equal(t, "| m v1 | 1 | 2 of 2 pass | 2 of 2 pass | 1, 1 | 2.00 s, 3.00 s | why |\n", r.String())

	r.with[ours][1] = run(5, false, "example.com/p.TestA")
	assert.False(t, r.same(), "one failed")
	assert.Contains(t, r.String(), "| 2 of 2 pass | 1 of 2 pass (p.TestA) |")

	r.with[ours][1] = run(5, true)
	r.control[ours] = run(1, true)
	assert.False(t, r.same(), "a leak was missed")
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	_, err := run(t.Context(), []string{"-only=("}, io.Discard, io.Discard)
	assert.ErrorContains(t, err, "-only: error parsing regexp")
	_, err = run(t.Context(), []string{"-x"}, io.Discard, io.Discard)
	assert.ErrorContains(t, err, "flag provided but not defined: -x")
}
