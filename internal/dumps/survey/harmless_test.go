package survey_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/dumps/survey"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Package testing's own goroutines are of no interest; a test's that is in a
// call of it may be what crashed.
func TestHarmlessTesting(t *testing.T) {
	t.Parallel()
	for calls, want := range map[string]bool{
		"testing.(*T).Run testing.runTests main.main":                   true,
		"testing.(*T).Run shop.TestSale testing.tRunner":                true,
		"testing.tRunner.func1 testing.tRunner":                         true,
		"testing.(*common).log testing.(*common).Logf shop.work":        false,
		"testing.(*common).Fail testing.(*common).Errorf shop.work":     false,
		"shop.TestSale testing.tRunner":                                 false,
		"testing.(*common).Output shop.TestSale.func1 testing.tRunner1": false,
	} {
		g := &stackparse.Goroutine{ID: 7, State: "running"}
		for fn := range strings.FieldsSeq(calls) {
			g.Frames = append(g.Frames, stackparse.Frame{Func: fn})
		}
		assert.Equal(t, want, survey.Harmless(g), calls)
	}
}

// Goroutine 0 of a crash is the scheduler of a thread, which waits for work.
func TestHarmlessScheduler(t *testing.T) {
	t.Parallel()
	futex := []stackparse.Frame{{Func: "runtime.futex"}, {Func: "runtime.mstart"}, {Func: "crosscall_amd64"}}
	assert.True(t, survey.Harmless(&stackparse.Goroutine{State: "idle", Frames: futex, Thread: &stackparse.Thread{G: 1}}))
	assert.False(t, survey.Harmless(&stackparse.Goroutine{State: "idle", Frames: futex[2:]}), "a profile has no ids")
	assert.False(t, survey.Harmless(&stackparse.Goroutine{ID: 7, State: "idle", Frames: futex[2:], Thread: &stackparse.Thread{G: 1}}))
}

// Our own Dumper is not suspected in the dump of a service.
func TestHarmlessDumper(t *testing.T) {
	t.Parallel()
	run := stackparse.Frame{Func: "github.com/leakcheck-go/goroutine/leakcheck/leakhttp.(*Dumper).Run"}
	assert.True(t, survey.Harmless(&stackparse.Goroutine{State: "select", Frames: []stackparse.Frame{run, {Func: "main.main.func1"}}}))
	assert.False(t, survey.Harmless(&stackparse.Goroutine{State: "select", Frames: []stackparse.Frame{{Func: "shop.(*Dumper).Run"}}}))
}
