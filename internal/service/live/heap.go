package live

import (
	"errors"
	"fmt"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// defaultMaxHeap is the largest heap that is read unforced, in bytes.
const defaultMaxHeap = 256 << 20

// perMegabyte is what reading the heap stops the world for, with small objects; see
// BenchmarkCapture of package heap. A collection of garbage comes before it.
const perMegabyte = 2500 * time.Microsecond

// TooLargeError says that the heap was not read.
type TooLargeError struct{ Bytes, Max int64 }

// Error says how large the heap is, and what reading it would cost.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("a heap of %d MB is larger than the %d MB that are read: it would stop the process for about %v",
		e.Bytes>>20, e.Max>>20, HeapStop(e.Bytes))
}

// HeapStop is for how long reading a heap of n bytes stops the process.
func HeapStop(n int64) time.Duration {
	return (time.Duration(n>>10) * perMegabyte >> 10).Round(time.Millisecond) + time.Millisecond
}

// HeapSize returns the size of the heap in bytes, garbage with it.
func HeapSize() int64 { return heap.Size() }

// NoHeapError says why the heap cannot be read now.
type NoHeapError struct{ Why string }

// Error says why.
func (e *NoHeapError) Error() string { return "the heap is not read: " + e.Why }

func (process) heapSize() int64 { return heap.Size() }

func (process) heap(gs []stackparse.Goroutine) (map[int64]heap.Fact, error) {
	if heap.Off() {
		return nil, &NoHeapError{heap.Switch + "=off is set"}
	}
	// The size was decided on before.
	g, err := heap.Capture(heap.Limits{Bytes: 1 << 40, Objects: 1 << 30, Edges: 1<<31 - 1, Time: time.Minute})
	if errors.Is(err, heap.ErrBusy) || errors.Is(err, heap.ErrLimit) {
		return nil, &NoHeapError{err.Error()}
	}
	if err != nil {
		return nil, err
	}
	return g.Explain(gs), nil
}
