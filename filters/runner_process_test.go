//go:build !js

package filters_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// BenchmarkRunnerShapes is run by TestRunnerShapesOfBenchmarks.
func BenchmarkRunnerShapes(b *testing.B) {
	b.Run("serial", func(b *testing.B) {
		for b.Loop() {
			assert.Empty(b, strangers())
		}
	})
	b.Run("N", func(b *testing.B) {
		for range b.N {
			assert.Empty(b, strangers())
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				assert.Empty(b, strangers())
			}
		})
	})
}

// Benchmarks run only where the command line asks for them, so this is a
// process of its own; it is traced and profiled by the test runner as well.
func TestRunnerShapesOfBenchmarks(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	// A file: os/exec copies to any other writer with a goroutine.
	out, err := os.Create(filepath.Join(dir, "output"))
	require.NoError(t, err)
	defer out.Close()
	cmd := exec.Command(exe, "-test.run=^$", "-test.bench=^BenchmarkRunnerShapes$", "-test.benchtime=3x",
		"-test.timeout=5m", "-test.trace="+filepath.Join(dir, "trace"), "-test.cpuprofile="+filepath.Join(dir, "cpu"))
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	text, _ := os.ReadFile(out.Name())
	require.NoError(t, err, "%s", text)
	require.Contains(t, string(text), "BenchmarkRunnerShapes/parallel", "the benchmark ran")
}
