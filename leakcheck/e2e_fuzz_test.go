package leakcheck_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Of three seeds the one that leaks fails, in a row or side by side.
func TestE2EFuzzSeeds(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{"FuzzSeed/seed#1", "FuzzParallel/seed#1"} {
		top, _, _ := strings.Cut(subject, "/")
		r := run(t, "fuzz", nil, "-test.v", only(top))
		blames(t, r, "fuzz", subject)
		for _, seed := range []string{"/seed#0", "/seed#2"} {
			assert.Contains(t, r.out, "--- PASS: "+top+seed)
		}
	}
	isSilent(t, run(t, "fuzz", nil, "-test.v", "-test.count=2", "-test.cpu=1,4", only("FuzzClean")))
}

// The engine finds an input that leaks as it finds one that panics: the report
// comes from its worker process, and the input is kept for go test to run.
func TestE2EFuzzFindsALeak(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := runIn(t, dir, "fuzz", nil, "-test.v", "-test.run=^$", "-test.fuzz=^FuzzFound$", "-test.fuzztime=30s", "-test.fuzzminimizetime=5x",
		"-test.fuzzcachedir="+filepath.Join(dir, "cache"))
	require.Equal(t, 1, r.code, "%s", r.out)
	report := reportOn(t, r.out, "FuzzFound")
	assert.Contains(t, report, marked(t, "fuzz", "verify: FuzzFound")+": leakcheck: 1 goroutine outlived FuzzFound")
	assert.Contains(t, row(t, report, "at"), marked(t, "fuzz", "wait"))
	assert.Contains(t, row(t, report, "started"), marked(t, "fuzz", "go"))
	assert.Equal(t, 1, strings.Count(r.out, "leakcheck:"), "%s", r.out)
	assert.Contains(t, r.out, "Failing input written to testdata")

	inputs, err := os.ReadDir(filepath.Join(dir, "testdata", "fuzz", "FuzzFound"))
	require.NoError(t, err)
	require.Len(t, inputs, 1)
	subject := "FuzzFound/" + inputs[0].Name()
	r = runIn(t, dir, "fuzz", nil, "-test.v", "-test.run="+subject)
	require.Equal(t, 1, r.code, "the input leaks without the engine, too: %s", r.out)
	assert.Contains(t, r.out, "--- FAIL: "+subject)
	assert.Contains(t, r.out, "leakcheck: 1 goroutine outlived "+subject)
}

// A clean target is fuzzed as without a check: thousands of inputs, no report,
// and the processes of the engine are no leak.
func TestE2EFuzzClean(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := runIn(t, dir, "fuzz", nil, "-test.v", "-test.run=^$", "-test.fuzz=^FuzzClean$", "-test.fuzztime=1000x", "-test.parallel=3",
		"-test.fuzzcachedir="+filepath.Join(dir, "cache"))
	isSilent(t, r)
	assert.Contains(t, r.out, "--- PASS: FuzzClean")
	_, execs, _ := strings.Cut(r.out[strings.LastIndex(r.out, "execs: "):], "execs: ")
	execs, _, _ = strings.Cut(execs, " ")
	n, err := strconv.Atoi(execs)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, n, 1000)
	assert.NoDirExists(t, filepath.Join(dir, "testdata"), "no input failed")
}
