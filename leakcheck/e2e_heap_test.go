package leakcheck_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

var updateReports = flag.Bool("update", false, "rewrite the golden files, on a release without the runtime's proof")

// moving are the parts of a report by the heap that no two runs share.
var moving = regexp.MustCompile(`goroutine \d+\b`)

// The reports of mistakes that a reader has to understand without the
// documents. They are those of a release that has no proof of the runtime's,
// where the heap has to say all; the other has the same but for those rows.
func TestE2EHeapReports(t *testing.T) {
	t.Parallel()
	for _, test := range []string{"TestMember", "TestDeadlock", "TestDroppedCancel", "TestSubscriber", "TestPool", "TestBody"} {
		t.Run(test, func(t *testing.T) {
			t.Parallel()
			got := moving.ReplaceAllString(reportOn(t, fails(t, "heap", test), test), "goroutine N") + "\n"
			file := filepath.Join("testdata", "heap", test+".txt")
			if *updateReports && !capture.CanProve() {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o666))
			}
			want := source(t, file)
			require.NoError(t, steady.Compare(without(want, "waits"), without(got, "waits")), "%s", got)
			if capture.CanProve() {
				return
			}
			for _, name := range []string{"held by", "keeps"} {
				assert.Equal(t, rows(want, name), rows(got, name), "%s", got)
			}
		})
	}
}

// Find reads the heap where it is asked to, also while something else runs.
func TestE2EFindHeap(t *testing.T) {
	t.Parallel()
	r := run(t, "heap", nil, "-test.v", only("TestFind"))
	assert.Contains(t, r.out, "held by  the variable heap.inbox")
	r = run(t, "heap", []string{"LEAKCHECK_HEAP=off"}, "-test.v", only("TestFind"))
	assert.NotContains(t, r.out, "held by")
	assert.Contains(t, r.out, "note: the heap was not read: LEAKCHECK_HEAP=off is set")
}

// without leaves out the rows of a name. What a dump says of who waits for whom
// depends on the registers that the compiler uses, which the race detector
// changes.
func without(report, name string) string {
	return regexp.MustCompile(`(?m)^ *`+name+` +.*\n`).ReplaceAllString(report, "")
}

// rows are those of all findings of a report that have the name.
func rows(report, name string) []string {
	return regexp.MustCompile(`(?m)^ *`+name+` +.*$`).FindAllString(report, -1)
}
