package main

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
)

// here builds with the go command that runs these tests.
var here = toolchain{name: "local"}

// try runs kernels of p in their test binaries and returns the rows by name.
func try(t *testing.T, p program, m mode, match string, limit time.Duration) map[string]row {
	t.Helper()
	s := settings{match: regexp.MustCompile(match), modes: []mode{m}, build: here, leaks: 1, limit: limit}
	rows, err := s.try(t.Context(), p, io.Discard)
	require.NoError(t, err)
	byName := map[string]row{}
	for _, r := range rows {
		byName[r.kernel.name] = r
	}
	return byName
}

// limit is for kernels that come to an end; a loaded machine may need some of
// it.
const limit = time.Minute

// title is what a report prints for the cause with this id.
func title(t *testing.T, id string) string {
	t.Helper()
	c, ok := cause.ByID(id)
	require.True(t, ok, id)
	return c.Title
}

func TestStarted(t *testing.T) {
	t.Parallel()
	rows := try(t, mini, started, "", limit)
	require.Len(t, rows, 5)
	assert.Equal(t, found, rows["Leaks"].verdict, rows["Leaks"])
	assert.Contains(t, rows["Leaks"].detail, "2 left")
	assert.Equal(t, []string{title(t, "chan-send")}, rows["Leaks"].causes)
	assert.Equal(t, noLeak, rows["Ends"].verdict, rows["Ends"])
	assert.Equal(t, tries, rows["Ends"].tries, "a kernel that does not leak gets more tries")
	assert.Equal(t, broken, rows["Crashes"].verdict, rows["Crashes"])
	assert.Equal(t, found, rows["Hangs"].verdict, rows["Hangs"])
	assert.Equal(t, found, rows["Stays"].verdict, "a leak that cannot be proven is still a leak: %s", rows["Stays"])
}

// What hangs is explained on every release: by the runtime's proof, or by the
// heap.
func TestCalled(t *testing.T) {
	t.Parallel()
	stays := try(t, mini, called, "^Stays$", 5*time.Second)["Stays"]
	assert.Contains(t, []verdict{unproven, undecided}, stays.verdict, stays)
	hangs := try(t, mini, called, "^(Hangs|Leaks)$", limit)
	assert.Equal(t, explained, hangs["Hangs"].verdict, hangs["Hangs"])
	assert.Equal(t, []string{title(t, "chan-recv")}, hangs["Hangs"].causes)
	assert.Equal(t, found, hangs["Leaks"].verdict, hangs["Leaks"])
}

// TestRuntimeKernels tries a sample that leaks in every run. The whole table
// takes minutes.
func TestRuntimeKernels(t *testing.T) {
	t.Parallel()
	var stdout strings.Builder
	args := []string{"-mode", "started", "-timeout", limit.String(), "-run", "^(Mixed|SelectNoCasesMain|EarlyReturn|Cockroach13197|Etcd6708|Moby7559)$"}
	ok, err := run(t.Context(), args, &stdout, io.Discard)
	require.NoError(t, err)
	assert.True(t, ok, stdout.String())
	assert.Contains(t, stdout.String(), "started: 6 kernels, 6 found\n")
}

func TestRunErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ args, want string }{
		{"-mode both", "-mode both: want started, called or both with a comma between"},
		{"-n 0", "-n 0: want at least 1"},
		{"-run [", "missing closing ]"},
		{"ChanSend", `unexpected argument "ChanSend"`},
		{"-run ^None$", `no kernel matches "^None$"`},
	} {
		ok, err := run(t.Context(), strings.Fields(row.args), io.Discard, io.Discard)
		assert.ErrorContains(t, err, row.want, row.args)
		assert.False(t, ok, row.args)
	}
}
