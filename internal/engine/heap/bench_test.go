package heap

import (
	"fmt"
	"runtime"
	"testing"
)

type node struct {
	next, other *node
	_           [5]uint64
}

// grow returns a heap of about n bytes, a list of nodes that refer to others.
func grow(n int) []*node {
	nodes := make([]*node, n/64)
	for i := range nodes {
		nodes[i] = &node{}
		if i > 0 {
			nodes[i].next, nodes[i].other = nodes[i-1], nodes[i*7/11]
		}
	}
	return nodes
}

// BenchmarkCapture measures the whole of what a failing check pays, for a
// heap of small objects, the worst there is.
func BenchmarkCapture(b *testing.B) {
	for _, mb := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("%dMB", mb), func(b *testing.B) {
			nodes := grow(mb << 20)
			end := make(chan struct{})
			defer close(end)
			go subject(func() { <-end })
			gs := dumpNow(b)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				g, err := Capture(Limits{})
				if err != nil {
					b.Fatal(err)
				}
				g.Explain(gs)
			}
			b.StopTimer()
			runtime.KeepAlive(nodes)
		})
	}
}
