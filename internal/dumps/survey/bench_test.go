package survey

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// BenchmarkSurvey counts goroutines of 300 kinds, as many as are kept and three times
// as many. Their arguments differ, as in a dump of a service.
func BenchmarkSurvey(b *testing.B) {
	for _, n := range []int{maxKept, 3 * maxKept} {
		var dump bytes.Buffer
		for i := range n {
			kind := i % 300
			fmt.Fprintf(&dump, "goroutine %d [select, 3 minutes]:\n", i+10)
			for call := range 12 {
				fmt.Fprintf(&dump, "example.com/shop/internal/cart.(*Server).f%d(0xc000%06x, {0x1, 0x%x})\n"+
					"\t/src/example.com/shop/internal/cart/server.go:%d +0x%x\n", kind, i, kind, kind+call, 16+call)
			}
			dump.WriteString("created by example.com/shop.Start in goroutine 1\n\t/src/example.com/shop/shop.go:7 +0x2e\n\n")
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(dump.Len()))
			for b.Loop() {
				s := New(Options{})
				require.NoError(b, s.Read(pprofile.NewReader(bytes.NewReader(dump.Bytes()))))
				require.Len(b, s.Result(nil).Kinds, 300)
			}
		})
	}
}
