package fleet_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/fleet"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

func address(t *testing.T, pattern string) fleet.Address {
	t.Helper()
	a, err := fleet.ParseAddress(pattern)
	require.NoError(t, err)
	return a
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ pattern, instance, want, reason string }{
		{"", "10.0.0.7:8080", "http://10.0.0.7:8080/debug/pprof/", "the default is where metrics are"},
		{"https://{host}:6060/x", "api-1:8080", "https://api-1:6060/x", "another port of the same host"},
		{"http://{host}:6060/", "[::1]:8080", "http://[::1]:6060/", "IPv6 keeps its brackets"},
		{"http://{host}:6060/", "api-1", "http://api-1:6060/", "an instance without a port"},
		{"http://gate/{job}/{instance}/", "a:1", "http://gate/api/a:1/", "any label"},
	} {
		got, err := address(t, tt.pattern).Of(map[string]string{"instance": tt.instance, "job": "api"})
		require.NoError(t, err, tt.reason)
		assert.Equal(t, tt.want, got, tt.reason)
	}
	for _, tt := range []struct{ pattern, problem string }{
		{"{instance}", `address "{instance}": want http:// or https:// at the start`},
		{"http://{in stance}/", `want the name of a label between braces`},
		{"ftp://{instance}", "want http"},
	} {
		_, err := fleet.ParseAddress(tt.pattern)
		assert.ErrorContains(t, err, tt.problem)
	}
}

// What a label holds cannot turn a URL into one with other credentials, another
// scheme, or none at all.
func TestAddressOfHostileLabels(t *testing.T) {
	t.Parallel()
	for _, instance := range []string{"", "user:pw@evil", "a b", "\x00", "%zz", "["} {
		_, err := address(t, "http://{instance}/debug/pprof/").Of(map[string]string{"instance": instance})
		assert.Error(t, err, "%q", instance)
	}
	_, err := address(t, "http://{pod}/").Of(map[string]string{"instance": "a:1"})
	golden.Words(t, "no label", err)
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	return path
}

func TestReadTargets(t *testing.T) {
	t.Parallel()
	yaml := "- targets: [b:1, a:1]\n  labels: {job: api, env: staging}\n- targets: ['c:1', 'a:1']\n"
	json := `[{"targets": ["b:1", "a:1"], "labels": {"job": "api", "env": "staging"}}, {"targets": ["c:1", "a:1"]}]`
	for _, path := range []string{file(t, "targets.yml", yaml), file(t, "targets.json", json)} {
		got, err := fleet.ReadTargets(path, address(t, ""))
		require.NoError(t, err)
		require.Len(t, got, 4)
		assert.Equal(t, fleet.Target{Instance: "a:1", URL: "http://a:1/debug/pprof/"}, got[0])
		assert.Equal(t, "api/b:1", got[3].Name())
	}

	got, err := fleet.ReadTargets(file(t, "t.json", `[{"targets": ["a:1", "a:1"], "labels": {"instance": "one"}}]`), address(t, "http://{instance}/"))
	require.NoError(t, err)
	assert.Equal(t, []fleet.Target{{Instance: "one", URL: "http://one/"}}, got, "each URL once; a label names the instance")
}

// A file that is none is one clear error; a target that is none spoils no other.
func TestReadTargetsProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, problem string }{
		{"", "no targets"},
		{"[]", "no targets"},
		{"<html>", "not a list of targets and labels"},
		{"{targets: [a]}", "not a list of targets and labels"},
		{"- targets: {a: b}", "not a list of targets and labels"},
		{"a: &a [*a, *a]\nb: *a", "not a list of targets and labels"},
	} {
		path := file(t, "t.yml", tt.text)
		_, err := fleet.ReadTargets(path, address(t, ""))
		require.Error(t, err, tt.text)
		assert.Contains(t, err.Error(), path+": "+tt.problem)
		assert.NotContains(t, err.Error(), "\n")
	}
	_, err := fleet.ReadTargets(filepath.Join(t.TempDir(), "none"), address(t, ""))
	assert.ErrorIs(t, err, os.ErrNotExist)

	got, err := fleet.ReadTargets(file(t, "t.yml", "- targets: ['a b', good:1]"), address(t, ""))
	assert.ErrorContains(t, err, `target "a b": address`)
	assert.Len(t, got, 1)
}
