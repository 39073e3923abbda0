package steady

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWithout(t *testing.T) {
	tests := []struct {
		why, kv string
		kept    bool
	}{
		{"the go command needs it", "HOME=/home/me", true},
		{"the folder of a drive of Windows has an empty name", `=C:=C:\src`, true},
		{"how a test is built decides what can be proven", "GOEXPERIMENT=goroutineleakprofile", true},
		{"another name that begins like one", "GODEBUGGER=1", true},
		{"a value is no name", "NAME=LEAKCHECK_VERBOSE", true},
		{"whole stacks", "LEAKCHECK_VERBOSE=1", false},
		{"nothing is proven", "LEAKCHECK_PROOF=off", false},
		{"what is known is not printed", "LEAKCHECK_BASELINE=leaks.json", false},
		{"what becomes known is not, either", "LEAKCHECK_UPDATE_BASELINE=1", false},
		{"any variable of leakcheck to come", "LEAKCHECK_SOMETHING=", false},
		{"annotations", "GITHUB_ACTIONS=true", false},
		{"colours", "CLICOLOR_FORCE=1", false},
		{"no colours", "NO_COLOR=1", false},
		{"lines of the runtime", "GODEBUG=gctrace=1", false},
		{"other frames", "GOTRACEBACK=system", false},
		{"races are written elsewhere", "GORACE=log_path=/tmp/race", false},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			env := []string{"A=1", tt.kv, "B=2"}
			want := []string{"A=1", "B=2"}
			if tt.kept {
				want = env
			}
			assert.Equal(t, want, without(env))
			assert.Equal(t, []string{"A=1", tt.kv, "B=2"}, env, "the caller's")
		})
	}
}

func TestEnv(t *testing.T) {
	t.Setenv("LEAKCHECK_REPORT", "reports")
	t.Setenv("STEADY", "1")
	assert.NotContains(t, Env(), "LEAKCHECK_REPORT=reports")
	assert.Contains(t, Env(), "STEADY=1")
}
