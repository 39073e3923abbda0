package source_test

import (
	"runtime"
	"testing"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
)

// BenchmarkWaitsForTimer tells what the first question about a file costs,
// which parses it, and what each further one does. The file is this package's
// longest test.
func BenchmarkWaitsForTimer(b *testing.B) {
	file := longest()
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			new(source.Tree).WaitsForTimer(file, 100)
		}
	})
	b.Run("next", func(b *testing.B) {
		tree := new(source.Tree)
		for b.Loop() {
			tree.WaitsForTimer(file, 100)
		}
	})
}

func longest() string {
	_, file, _, _ := runtime.Caller(0)
	return file[:len(file)-len("bench_test.go")] + "source_test.go"
}
