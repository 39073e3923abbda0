package explore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
)

func TestWhen(t *testing.T) {
	t.Parallel()
	sites := []Site{
		{Kind: Send, File: "/shop/fetch.go", Line: 40},
		{Kind: Select, File: "/shop/fetch.go", Line: 31, Cases: []Case{{32, "v := <-in"}, {34, "<-ctx.Done()"}}},
		{Kind: Context, File: "/shop/fetch.go", Line: 12},
		{Kind: Start, File: "/other/run.go", Line: 7},
		{Kind: Timer, File: "/shop/fetch.go", Line: 33},
	}
	tests := []struct {
		why, plan string
		decided   int
		want      string
	}{
		{"nothing", "", -1, ""},
		{"a pause", "p0=2ms", -1, "the send at fetch.go:40 comes late"},
		{"a goroutine of another module", "p3=0s", -1, "the goroutine of /other/run.go:7 comes late"},
		{"a case", "s1=1", -1, "the select at fetch.go:31 takes <-ctx.Done() (line 34)"},
		{"a context", "c2@5", 0, "the context of fetch.go:12 ends before the send at fetch.go:40"},
		{"a context at a site", "e2@0", 0, "the context of fetch.go:12 ends before the send at fetch.go:40"},
		{"a context, and nobody knows when", "c2@5", -1, "the context of fetch.go:12 ends early"},
		{"a context that is made later", "e2@0", AtOnce, "the context of fetch.go:12 ends as soon as it is made"},
		{"two", "p0=2ms,s1=0", -1, "the send at fetch.go:40 comes late, and the select at fetch.go:31 takes v := <-in (line 32)"},
		{"one of two", "h0@2=20ms", -1, "the send at fetch.go:40 comes late the second time"},
		{"a timer", "t4", -1, "the timer of fetch.go:33 fires before anything else happens"},
		{"sites of another build", "p9=2ms,s8=1,c7@1", -1, ""},
		{"a case of another build", "s1=7", -1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			plan, err := perturb.ParsePlan(tt.plan)
			require.NoError(t, err)
			f := Finding{Plan: plan, Decided: tt.decided}
			assert.Equal(t, tt.want, f.When(sites, "/shop"))
		})
	}
}

// TestEndedFirst: no report says that a context ended before a statement above the one
// that makes it.
func TestEndedFirst(t *testing.T) {
	t.Parallel()
	made, other, ended := Event{'x', 2, 0}, Event{'x', 5, 0}, Event{'k', 0, 0}
	assert.True(t, endedFirst([]Event{other, ended, made}, 2))
	assert.False(t, endedFirst([]Event{made, ended}, 2))
	assert.False(t, endedFirst([]Event{made}, 2), "the moment did not come")
}

// TestWhenByChance: a plan that does not decide explains nothing.
func TestWhenByChance(t *testing.T) {
	t.Parallel()
	f := Finding{Plan: perturb.Plan{Prefer: map[int]int{0: 0}}, ByChance: true}
	assert.Empty(t, f.When([]Site{{Kind: Select, File: "/shop/fetch.go", Cases: []Case{{1, "<-in"}}}}, "/shop"))
}

// TestReplay: what a report prints is read back.
func TestReplay(t *testing.T) {
	t.Parallel()
	f := Finding{Test: Test{"p", "TestX"}, Plan: perturb.Plan{
		Pause: map[int]time.Duration{3: 2 * time.Millisecond}, Late: map[int]perturb.Hit{5: {N: 2, For: 20 * time.Millisecond}}, Prefer: map[int]int{7: 1}, Fire: map[int]bool{9: true}, Cancel: &perturb.Cancel{Site: 4, Step: 12}}}
	assert.Equal(t, "TestX:p3=2ms,h5@2=20ms,s7=1,t9,c4@12", f.Replay())
	test, plan, err := ParseReplay(f.Replay())
	require.NoError(t, err)
	assert.Equal(t, "TestX", test)
	assert.Equal(t, f.Plan, plan)
	f.Plan.Cancel = &perturb.Cancel{Site: 4, At: 3}
	assert.Equal(t, "TestX:p3=2ms,h5@2=20ms,s7=1,t9,e4@3", f.Replay())
	_, plan, err = ParseReplay(f.Replay())
	require.NoError(t, err)
	assert.Equal(t, f.Plan, plan)
	for _, bad := range []string{"", "TestX", "x:p1=2ms", "TestX:p", "TestX:p1", "TestX:q1=2", "TestX:s1=-1", "TestX:p-1=2ms", "TestX:,", "TestX:c1@x", "TestX:t", "TestX:h3", "TestX:h3@1", "TestX:h3@x=2ms", "TestX:t3=1", "TestX:e4"} {
		_, _, err := ParseReplay(bad)
		assert.Error(t, err, "%q", bad)
	}
}
