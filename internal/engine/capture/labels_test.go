package capture

import (
	"context"
	"os"
	"runtime/pprof"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// setGodebug sets the variable, or unsets it for nil, until the test is over.
func setGodebug(t *testing.T, value *string) {
	t.Helper()
	t.Setenv(godebug, "") // restores what is there now
	if value == nil {
		os.Unsetenv(godebug)
		return
	}
	os.Setenv(godebug, *value)
}

// The environment belongs to the program: a dump leaves it as it was, and
// shows labels whatever it holds. Not parallel: it is one for the process.
func TestGodebugStays(t *testing.T) {
	text := func(s string) *string { return &s }
	for _, tt := range []struct {
		value  *string
		reason string
	}{
		{nil, "unset stays unset"},
		{text(""), "set to nothing is not unset"},
		{text("gctrace=0"), "another setting"},
		{text("gctrace=0,madvdontneed=1"), "two settings"},
		{text("tracebacklabels=1"), "on already"},
		{text("tracebacklabels=0"), "switched off by somebody"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			setGodebug(t, tt.value)
			id := blocked(t, "job", "sync")
			d := All()
			self := Self()
			got, had := os.LookupEnv(godebug)
			assert.Equal(t, tt.value != nil, had, "set or not")
			if tt.value != nil {
				assert.Equal(t, *tt.value, got)
			}
			assert.True(t, d.Labels)
			g := find(t, d.Goroutines, id)
			job, _ := g.Label("job")
			assert.Equal(t, "sync", job, "labels are shown")
			assert.Equal(t, SelfID(), self.ID)
		})
	}
}

// Not parallel, as TestGodebugStays.
func TestEnableLeavesOthersChangesAlone(t *testing.T) {
	value := "gctrace=0"
	setGodebug(t, &value)
	restore := enable()
	assert.Equal(t, "gctrace=0,tracebacklabels=1", os.Getenv(godebug))
	os.Setenv(godebug, "madvdontneed=1")
	restore()
	assert.Equal(t, "madvdontneed=1", os.Getenv(godebug), "somebody changed it meanwhile")
}

func TestSetTest(t *testing.T) {
	t.Parallel()
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("job", "sync", "z", "")))
	SetTest(Self(), "TestSetTest")
	want := []stackparse.Label{{Key: "job", Value: "sync"}, {Key: TestLabel, Value: "TestSetTest"}, {Key: "z", Value: ""}}
	assert.ElementsMatch(t, want, Self().Labels, "labels that it had are kept")

	inherited := make(chan []stackparse.Label)
	go func() { inherited <- Self().Labels }()
	assert.ElementsMatch(t, want, <-inherited, "what it starts inherits them")

	SetTest(Self(), "TestSetTest/sub \"1\"\n")
	want[1].Value = "TestSetTest/sub \"1\"\n"
	assert.ElementsMatch(t, want, Self().Labels, "one test at a time, of any name")
}

// In the test binaries of "leakcheck test" stacks show leakcheck's label only in
// the dumps taken here: tests may look at their own headers. What the user has set
// comes last and counts. Not parallel: the environment is that of the process.
func TestGodebugActsQuietly(t *testing.T) {
	var values []string
	actOn = func(value string) { values = append(values, value) }
	defer func() { actOn = nil }()
	for value, want := range map[string][]string{
		"":                  {"tracebacklabels=1", "tracebacklabels=0"},
		"madvdontneed=1":    {"madvdontneed=1,tracebacklabels=1", "tracebacklabels=0,madvdontneed=1"},
		"tracebacklabels=1": {"tracebacklabels=1,tracebacklabels=1", "tracebacklabels=0,tracebacklabels=1"},
	} {
		setGodebug(t, &value)
		values = nil
		enable()()
		assert.Equal(t, want, values)
		assert.Equal(t, value, os.Getenv(godebug), "the environment stays")
	}
}
