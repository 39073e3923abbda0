package leakcheck_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// benchmark is the flags for one benchmark alone, a few turns long.
func benchmark(name string) []string {
	return []string{"-test.v", "-test.run=^$", "-test.bench=^" + name + "$", "-test.benchtime=20x"}
}

// A benchmark that leaks fails, in whichever of its runs, and its parts are
// told apart.
func TestE2EBenchmarks(t *testing.T) {
	t.Parallel()
	for subject, why := range map[string]string{
		"BenchmarkNLeak":        "its first run, of one turn, leaks and is the last",
		"BenchmarkNLateLeak":    "its first run is clean",
		"BenchmarkParallelLeak": "the runner's goroutines start the one that leaks",
		"BenchmarkSub/second":   "its neighbours are clean",
		"BenchmarkWhole":        "its parts have no check",
	} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			top, _, _ := strings.Cut(subject, "/")
			r := run(t, "bench", nil, benchmark(top)...)
			blames(t, r, "bench", subject)
			assert.Equal(t, "labelled by "+subject, row(t, reportOn(t, r.out, subject), "owner"), why)
		})
	}
	r := run(t, "bench", nil, benchmark("BenchmarkSub")...)
	for _, part := range []string{"first", "third"} {
		assert.Regexp(t, `BenchmarkSub/`+part+`\S* +\t +20\t`, r.out, "it is still measured")
	}
}

// A leak with every turn is one entry that counts them.
func TestE2EBenchmarkLoop(t *testing.T) {
	t.Parallel()
	r := run(t, "bench", nil, benchmark("BenchmarkLoopLeak")...)
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, marked(t, "bench", "verify: BenchmarkLoopLeak")+": leakcheck: 20 goroutines outlived BenchmarkLoopLeak")
	assert.Equal(t, 1, strings.Count(r.out, " x "), "%s", r.out)
}

// Clean benchmarks are measured as ever.
func TestE2EBenchmarksClean(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"-test.cpu=1,4"}, {"-test.count=2", "-test.cpu=2,3"}} {
		r := run(t, "bench", nil, append(benchmark("Benchmark.*Clean"), flags...)...)
		isSilent(t, r)
		for _, name := range []string{"LoopClean", "NClean", "ParallelClean", "SubClean/first", "SubClean/second"} {
			lines := 0
			for line := range strings.Lines(r.out) {
				if strings.HasPrefix(line, "Benchmark"+name) && strings.Contains(line, " ns/op") {
					lines++
				}
			}
			assert.Equal(t, 2*len(flags), lines, "%s with %v in\n%s", name, flags, r.out)
		}
	}
}
