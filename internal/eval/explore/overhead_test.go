package explore_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

var modules = flag.String("modules", "testdata/programs", "measure the tests of the modules in these folders, separated by commas")

// BenchmarkOverhead measures what tests cost that are rewritten and checked, and
// not perturbed, as a ratio to the same
// tests as they are. The two take turns, and the median of each counts.
//
//	go -C internal/eval test ./explore -run=^$ -bench=Overhead -benchtime=7x -modules=DIR,DIR
func BenchmarkOverhead(b *testing.B) {
	for _, dir := range strings.Split(*modules, ",") {
		suite, err := explore.Build(b.Context(), inject.Request{
			Go:   inject.Go{Dir: dir, Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=")},
			Temp: b.TempDir(), Sources: goroutine.Sources, Proofs: true,
		}, explore.Packages{Patterns: []string{"./..."}})
		require.NoError(b, err)
		seen := map[string]bool{}
		for _, test := range suite.Tests {
			if seen[test.Package] {
				continue
			}
			seen[test.Package] = true
			b.Run(test.Package, func(b *testing.B) { overhead(b, suite, test.Package) })
		}
	}
}

func overhead(b *testing.B, suite *explore.Suite, pkg string) {
	exe := filepath.Join(b.TempDir(), "plain.test.exe")
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-o", exe, ".")
	cmd.Dir = suite.Dir(pkg)
	out, err := cmd.CombinedOutput()
	require.NoError(b, err, "%s", out)
	all := explore.Test{Package: pkg, Name: "Test.*"}
	var plain, changed []time.Duration
	for b.Loop() {
		start := time.Now()
		cmd := exec.Command(exe, "-test.count=1", "-test.run=^Test")
		cmd.Dir = suite.Dir(pkg)
		_ = cmd.Run() // whether tests fail does not matter here
		plain = append(plain, time.Since(start))
		start = time.Now()
		_, err := suite.Run(b.Context(), all, perturb.Plan{})
		require.NoError(b, err)
		changed = append(changed, time.Since(start))
	}
	slices.Sort(plain)
	slices.Sort(changed)
	b.ReportMetric(plain[len(plain)/2].Seconds()*1e3, "plain-ms")
	b.ReportMetric(changed[len(changed)/2].Seconds()*1e3, "changed-ms")
	b.ReportMetric(float64(changed[len(changed)/2])/float64(plain[len(plain)/2]), "ratio")
	b.ReportMetric(0, "ns/op")
}
