package relate_test

import (
	"fmt"
	"testing"

	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// BenchmarkWaits has a service with a pile-up: a tenth of its goroutines waits
// for one lock, and all carry pointers. The time for a goroutine should not
// depend on how many there are.
func BenchmarkWaits(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		var gs []stackparse.Goroutine
		for i := range n {
			g := goroutine(int64(i+1), "select", fmt.Sprintf("main.work(0xc%09x, 0x3)", 64*i), "main.(*server).run(0xc000000000)")
			if i%10 == 0 {
				g = goroutine(int64(i+1), "sync.Mutex.Lock", "internal/sync.(*Mutex).lockSlow(0xc000000010)", "main.(*server).put(0xc000000000)")
			}
			gs = append(gs, g)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				relate.Waits(gs, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/goroutine")
		})
	}
}
