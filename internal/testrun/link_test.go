package testrun

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// linked are packages of three modules: a small one, one with gRPC and one with
// clients of databases.
var linked = []struct{ dir, pkg string }{
	{"../../stackparse", "."},
	{"../../leakcheck/leakgrpc", "."},
	{"../eval", "./livetest/databases"},
}

// BenchmarkLink measures what the linker takes more where it keeps symbols, as
// we have it do, and DWARF, as go test -c does. It compares the processor time of
// go test -c, with all packages compiled, with that of linking as go test does, in
// pairs.
func BenchmarkLink(b *testing.B) {
	for _, l := range linked {
		b.Run(filepath.Base(l.dir), func(b *testing.B) {
			link := func(flags string) time.Duration {
				// A binary that is there and up to date is not linked again.
				out := filepath.Join(b.TempDir(), "test.exe")
				cmd := exec.Command("go", "test", "-c", "-vet=off", "-o", out, "-ldflags="+flags, l.pkg)
				cmd.Dir = l.dir
				text, err := cmd.CombinedOutput()
				require.NoError(b, err, "%s", text)
				return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			}
			const stripped = "-s -w"
			link(stripped) // compiles
			var symbols, dwarf, plain []float64
			for b.Loop() {
				base := link(stripped)
				plain = append(plain, base.Seconds())
				symbols = append(symbols, float64(link(keepSymbols+" -w"))/float64(base))
				dwarf = append(dwarf, float64(link(keepSymbols+" -w=false"))/float64(base))
			}
			for unit, values := range map[string][]float64{"s/plain": plain, "x/symbols": symbols, "x/DWARF": dwarf} {
				slices.Sort(values)
				b.ReportMetric(values[len(values)/2], unit)
			}
		})
	}
}
