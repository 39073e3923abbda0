package live

import (
	"errors"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// defaultMaxHeap is the largest heap that is read unforced, in bytes.
const defaultMaxHeap = 256 << 20

// perMegabyte is what reading the heap stops the world for, with small objects; see
// BenchmarkCapture of package heap. A collection of garbage comes before it.
const perMegabyte = 2500 * time.Microsecond

// HeapStop is for how long reading a heap of n bytes stops the process.
func HeapStop(n int64) time.Duration {
	return (time.Duration(n>>10) * perMegabyte >> 10).Round(time.Millisecond) + time.Millisecond
}

// HeapSize returns the size of the heap in bytes, garbage with it.
func HeapSize() int64 { return heap.Size() }

func noHeap(why string) error { return &RefusedError{What: Heap, Why: "the heap is not read: " + why} }

func (process) heapSize() int64 { return heap.Size() }

func (process) heap(gs []stackparse.Goroutine) (map[int64]heap.Fact, error) {
	if heap.Off() {
		return nil, noHeap(heap.Switch + "=off is set")
	}
	// The size was decided on before.
	g, err := heap.Capture(heap.Limits{Bytes: 1 << 40, Objects: 1 << 30, Edges: 1<<31 - 1, Time: time.Minute})
	if errors.Is(err, heap.ErrBusy) || errors.Is(err, heap.ErrLimit) {
		return nil, noHeap(err.Error())
	}
	if err != nil {
		return nil, err
	}
	return g.Explain(gs), nil
}
