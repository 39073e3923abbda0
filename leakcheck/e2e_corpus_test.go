package leakcheck_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// corpusRuns is small here, where every change runs it. A release needs a
// hundred runs:
//
//	CI=true go test ./leakcheck -run E2ECorpus -corpus.runs=100 -timeout=1h
var corpusRuns = flag.Int("corpus.runs", 1, "how often TestE2ECorpus runs each program in each way")

// Some sixty programs that clean up after themselves, in the way that real ones
// do. Each runs after others, with all others, and alone in its process, with
// one processor and with four; not one of these runs may lead to a report.
func TestE2ECorpus(t *testing.T) {
	t.Parallel()
	require.Positive(t, *corpusRuns)
	names := corpusStaysSilent(t, "corpus")
	require.Greater(t, len(names), 50)
	require.Contains(t, names, allAtOnce)
}

// allAtOnce is the program in which all others take part.
const allAtOnce = "TestAllAtOnce"

// corpusStaysSilent runs the tests of a fixture as often as the flag asks, the
// order of the tests being another one each time. A process is given a minute,
// of which a loaded machine with the race detector needs a good part. It returns
// the names of the tests.
func corpusStaysSilent(t *testing.T, fixture string) []string {
	t.Helper()
	names := strings.Fields(run(t, fixture, nil, "-test.list=.").out)
	require.NotEmpty(t, names)
	for n := range *corpusRuns {
		for _, cpu := range []string{"1", "4"} {
			silent(t, fixture, fmt.Sprint("together ", n, " cpu ", cpu), names, "-test.shuffle=on", "-test.cpu="+cpu)
		}
		for _, name := range names {
			passes := []string{name}
			if name == allAtOnce {
				passes = nil
				for _, part := range names {
					if part != allAtOnce {
						passes = append(passes, allAtOnce+"/"+strings.TrimPrefix(part, "Test"))
					}
				}
			}
			silent(t, fixture, fmt.Sprint(name, " ", n), passes, only(name), "-test.cpu=1,4")
		}
	}
	return names
}

// silent runs a fixture in a subtest of its own, where the tests named have to
// pass. Should a program hang, its stacks are printed before the process is killed.
func silent(t *testing.T, fixture, name string, passes []string, flags ...string) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		r := run(t, fixture, nil, append(flags, "-test.v", "-test.timeout=55s")...)
		isSilent(t, r)
		for _, test := range passes {
			assert.Contains(t, r.out, "--- PASS: "+test+" (")
		}
	})
}
