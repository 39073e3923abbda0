package leakcheck_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

// moving are the parts of a report by the heap that no two runs share.
var moving = regexp.MustCompile(`goroutine \d+\b`)

// The reports of mistakes that a reader has to understand without the
// documents, whole. Where the runtime proves a leak, its word stands in place of
// what the heap says, and the report is another one.
func TestE2EHeapReports(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		provable bool
	}{
		{"TestMember", true},
		{"TestDeadlock", true},
		{"TestDroppedCancel", true},
		{"TestPool", true},
		{"TestSubscriber", false}, // a variable holds it
		{"TestBody", false},       // it waits for the network
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := moving.ReplaceAllString(reportOn(t, fails(t, "heap", tt.name), tt.name), "goroutine N") + "\n"
			file := tt.name + ".txt"
			// On a busy machine the runtime may be asked while one of them still runs.
			if tt.provable && capture.CanProve() && !strings.Contains(got, "(unreachable: ") {
				file = tt.name + "-proven.txt"
			}
			file = filepath.Join("testdata", "heap", file)
			if *golden.Update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o666))
			}
			assert.Equal(t, without(source(t, file), "waits"), without(got, "waits"))
		})
	}
}

// What functions of the test have left on the stack does not hold a channel.
func TestE2EHeapLeftOver(t *testing.T) {
	t.Parallel()
	assert.Regexp(t, `\((unreachable|proven): `, reportOn(t, fails(t, "heap", "TestFirst"), "TestFirst"))
}

// Find reads the heap where it is asked to, also while something else runs.
func TestE2EFindHeap(t *testing.T) {
	t.Parallel()
	r := run(t, "heap", nil, "-test.v", only("TestFind"))
	assert.Regexp(t, `held by  .*\bheap\.inbox\b`, r.out)
	r = run(t, "heap", []string{"LEAKCHECK_HEAP=off"}, "-test.v", only("TestFind"))
	assert.NotContains(t, r.out, "held by")
	assert.Regexp(t, `note: .*LEAKCHECK_HEAP=off`, r.out)
}

// without leaves out the rows of a name. What a dump says of who waits for whom
// depends on the registers that the compiler uses, which the race detector
// changes.
func without(report, name string) string {
	return regexp.MustCompile(`(?m)^ *`+name+` +.*\n`).ReplaceAllString(report, "")
}
