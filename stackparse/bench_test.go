package stackparse

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// manyGoroutines returns a dump of n goroutines: those of the corpus's mixed
// dump again and again with new ids and, if distinct, new pointers.
func manyGoroutines(t testing.TB, n int, distinct bool) []byte {
	gs, err := Parse(readDump(t, "testdata/dumps/go1.27/mixed.txt"))
	require.NoError(t, err)
	many := make([]Goroutine, n)
	for i := range many {
		g := gs[i%len(gs)].Clone()
		g.ID = int64(i + 1)
		for j := range g.Frames {
			if f := &g.Frames[j]; distinct && f.Args != "..." && f.Args != "" {
				f.Args = fmt.Sprintf("0xc%09x, {0x%x, 0x1}", 64*(i+j), 32*i)
			}
		}
		many[i] = *g
	}
	var buf bytes.Buffer
	require.NoError(t, Write(&buf, many))
	return buf.Bytes()
}

// TestStreamingDoesNotAllocate: a Reader's allocations are for its tables and
// its buffer, not for goroutines.
func TestStreamingDoesNotAllocate(t *testing.T) {
	allocs := func(n int) float64 {
		dump := manyGoroutines(t, n, false)
		return testing.AllocsPerRun(3, func() {
			r := NewReader(bytes.NewReader(dump))
			for r.Scan() {
			}
			if r.Err() != nil || len(r.Problems()) > 0 {
				t.Error(r.Err(), r.Problems())
			}
		})
	}
	few, many := allocs(200), allocs(20_000)
	t.Logf("200 goroutines: %v allocations, 20,000: %v", few, many)
	assert.LessOrEqual(t, many, few+5, "allocations for 100 times the goroutines")
}

// TestWarmReaderDoesNotAllocate: the second dump of a process is free.
func TestWarmReaderDoesNotAllocate(t *testing.T) {
	dump := manyGoroutines(t, 500, false)
	src := bytes.NewReader(dump)
	r := NewReader(src)
	n := testing.AllocsPerRun(5, func() {
		src.Reset(dump)
		r.Reset(src)
		for r.Scan() {
		}
	})
	assert.LessOrEqual(t, n, 1.0)
}

// TestParseSharesStacks: Parse allocates for goroutines, 200 bytes each, and
// once for all stacks that are equal.
func TestParseSharesStacks(t *testing.T) {
	// Not parallel: it counts allocations.
	measure := func(n int) (allocs, bytes float64) {
		dump := manyGoroutines(t, n, false)
		allocs = testing.AllocsPerRun(3, func() { Parse(dump) })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		gs, err := Parse(dump)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		require.Len(t, gs, n)
		return allocs, float64(after.TotalAlloc-before.TotalAlloc) / float64(len(dump))
	}
	few, _ := measure(10_000)
	many, perByte := measure(100_000)
	t.Logf("10,000 goroutines: %v allocations, 100,000: %v, %.2f bytes a byte of input", few, many, perByte)
	assert.LessOrEqual(t, many, few+5, "allocations for ten times the goroutines")
	assert.Less(t, perByte, 0.75)
}

// TestSmallDumpsAreCheap: tests that check for leaks parse a few goroutines all
// the time.
func TestSmallDumpsAreCheap(t *testing.T) {
	// Not parallel: it counts allocations.
	dump := manyGoroutines(t, 10, true)
	assert.LessOrEqual(t, testing.AllocsPerRun(20, func() { Parse(dump) }), 9.0)
}

func BenchmarkParse(b *testing.B) {
	for _, bench := range []struct {
		name     string
		n        int
		distinct bool
	}{{"10", 10, false}, {"1k", 1000, false}, {"10k", 10_000, false}, {"10k-distinct-args", 10_000, true}} {
		dump := manyGoroutines(b, bench.n, bench.distinct)
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(dump)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(dump); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReader(b *testing.B) {
	for _, distinct := range []bool{false, true} {
		dump := manyGoroutines(b, 10_000, distinct)
		b.Run(fmt.Sprintf("distinct=%v", distinct), func(b *testing.B) {
			b.SetBytes(int64(len(dump)))
			b.ReportAllocs()
			for b.Loop() {
				r := NewReader(bytes.NewReader(dump))
				for r.Scan() {
				}
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	gs, err := Parse(manyGoroutines(b, 1000, false))
	require.NoError(b, err)
	var buf bytes.Buffer
	require.NoError(b, Write(&buf, gs))
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		if err := Write(&buf, gs); err != nil {
			b.Fatal(err)
		}
	}
}
