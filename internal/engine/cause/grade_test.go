package cause_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
)

func TestGrades(t *testing.T) {
	t.Parallel()
	var words []string
	for g := cause.Running; g <= cause.Proven; g++ {
		assert.Contains(t, g.Phrase(), g.String(), "the phrase says the word")
		words = append(words, g.String())
	}
	assert.Equal(t, []string{"running", "blocked", "outlier", "old", "growing", "unreachable", "proven"}, words, "the weakest first")
	assert.Equal(t, "unknown", cause.Grade(0).String())
	assert.Empty(t, cause.Grade(99).Phrase())
}

func TestGradeOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		state   string
		proven  bool
		minutes int
		want    cause.Grade
		leak    bool
		reason  string
	}{
		{"chan send", true, 0, cause.Proven, true, "the runtime says so; proven ones print no minutes"},
		{"chan send", false, 3, cause.Old, true, "minutes in a wait that should be short"},
		{"chan send", false, 0, cause.Blocked, false, "a wait says nothing"},
		{"IO wait", false, 30, cause.Old, false, "waiting for the network is ordinary, however long"},
		{"sleep", false, 30, cause.Old, false, "so is sleeping"},
		{"runnable", false, 0, cause.Running, false, "it is at work"},
		{"running", false, 0, cause.Running, false, "it is at work"},
	} {
		g := cause.GradeOf(tt.state, tt.proven, tt.minutes)
		assert.Equal(t, tt.want, g, tt.reason)
		assert.Equal(t, tt.leak, g.Leak(tt.state), tt.reason)
	}
	assert.True(t, cause.Growing.Leak("IO wait"), "more connections in each sample are a leak")
}

func TestParseGrade(t *testing.T) {
	t.Parallel()
	for g := cause.Running; g <= cause.Proven; g++ {
		assert.Equal(t, g, cause.ParseGrade(g.String()))
	}
	assert.Zero(t, cause.ParseGrade("unknown"))
	assert.Zero(t, cause.ParseGrade(""))
}
