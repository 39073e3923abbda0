package stackparse

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

func TestLongLabelsAreNoProblem(t *testing.T) {
	t.Parallel()
	value := strings.Repeat("v", maxLine-100)
	gs, err := Parse([]byte("goroutine 1 [select] {k: " + value + "}:\nmain.main()\n\t/x.go:1\n"))
	require.NoError(t, err)
	got, ok := gs[0].Label("k")
	assert.True(t, ok)
	assert.True(t, got == value)
	assert.Len(t, gs[0].Frames, 1)
}

// TestLongLine cuts lines of sizes around the limit, read whole and in pieces
// that end at different places.
func TestLongLine(t *testing.T) {
	t.Parallel()
	for _, size := range []int{maxLine - 1, maxLine, maxLine + 1, maxLine + usualBuffer - 1, maxLine + firstBuffer, maxLine + firstBuffer + 1, 3 * maxLine} {
		dump := "goroutine 1 [select]:\nmain.a()\n\t/x.go:1\n" + "\t" + strings.Repeat("x", size-1) + "\nmain.b()\n\t/x.go:2\n"
		want, wantErr := Parse([]byte(dump))
		require.Len(t, want, 1, size)
		require.Len(t, want[0].Frames, 2, "reading goes on after a line of %d bytes", size)
		require.Len(t, want[0].Unparsed, 1)
		assert.Len(t, want[0].Unparsed[0], min(size, maxLine))
		if size > maxLine {
			assert.ErrorContains(t, wantErr, fmt.Sprintf("dump:4: line cut at %d bytes, %d more ", maxLine, size-maxLine))
		} else {
			assert.NotContains(t, wantErr.Error(), "cut")
		}
		for _, src := range []io.Reader{strings.NewReader(dump), iotest.HalfReader(strings.NewReader(dump)), iotest.DataErrReader(strings.NewReader(dump))} {
			got, problems := collect(t, NewReader(src))
			require.True(t, assert.ObjectsAreEqual(want, got), size)
			assert.Equal(t, wantErr.Error(), strings.Join(problems, "\n"))
		}
	}
}

func TestLongLastLine(t *testing.T) {
	t.Parallel()
	dump := "goroutine 1 [select]:\n\t" + strings.Repeat("x", 2*maxLine)
	gs, problems := collect(t, NewReader(strings.NewReader(dump)))
	require.Len(t, gs, 1)
	assert.Len(t, problems, 3, "the line was cut, is unknown, and the last")
	assert.Len(t, gs[0].Unparsed[0], maxLine)
}

func TestLongHeaderKeepsItsID(t *testing.T) {
	t.Parallel()
	dump := "goroutine 5 [select] {k: " + strings.Repeat("v", 2*maxLine) + "}:\nmain.a()\n\t/x.go:1\n"
	gs, err := Parse([]byte(dump))
	require.ErrorContains(t, err, "dump:1: line cut")
	require.Len(t, gs, 1)
	assert.EqualValues(t, 5, gs[0].ID)
	assert.Equal(t, "select", gs[0].State)
	assert.Len(t, gs[0].Frames, 1)
}

func TestTooManyLines(t *testing.T) {
	t.Parallel()
	dump := "goroutine 1 [select]:\n" + strings.Repeat("main.a()\n\t/x.go:1\n", maxBodyLines) + "\ngoroutine 2 [select]:\n\n"
	gs, err := Parse([]byte(dump))
	require.Len(t, gs, 2)
	assert.Len(t, gs[0].Frames, maxBodyLines/2)
	assert.EqualError(t, err, "dump:20002: goroutine 1: longer than 10000 lines or 8388608 bytes, 10000 lines skipped")
}

func TestTooManyBytes(t *testing.T) {
	t.Parallel()
	line := "\t" + strings.Repeat("x", maxLine-2) + "\n"
	gs, err := Parse([]byte("goroutine 1 [select]:\n" + strings.Repeat(line, 20)))
	require.Len(t, gs, 1)
	assert.Len(t, gs[0].Unparsed, 8)
	assert.ErrorContains(t, err, "12 lines skipped")
}

func TestTooManyProblems(t *testing.T) {
	t.Parallel()
	r := NewReader(strings.NewReader("goroutine 1 [select]:\n" + strings.Repeat("\todd\n", 5000) + "\n"))
	require.True(t, r.Scan())
	assert.Len(t, r.Goroutine().Unparsed, 5000)
	require.Len(t, r.Problems(), maxProblems+1)
	golden.Words(t, "more problems than are listed", r.Problems()[maxProblems].Error())
}

// endless yields the goroutines that next prints, up to a number of bytes.
type endless struct {
	left int
	n    int
	next func(w *bytes.Buffer, n int)
	buf  bytes.Buffer
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	for e.buf.Len() < len(p) {
		e.next(&e.buf, e.n)
		e.n++
	}
	n, _ := e.buf.Read(p)
	e.left -= n
	return n, nil
}

// TestMemoryIsBounded streams many times more than the tables hold, with no
// string in it twice.
func TestMemoryIsBounded(t *testing.T) {
	// Not parallel: it measures the heap.
	r := NewReader(&endless{left: 16 << 20, next: func(w *bytes.Buffer, n int) {
		fmt.Fprintf(w, "noise %d\n\ngoroutine %d [state %d] {k%d: v%d}:\n", n, n, n, n, n)
		for i := range 20 {
			fmt.Fprintf(w, "main.f%d_%d(0x%x)\n\t/src/%d/%d.go:%d +0x1\n", n, i, n, n, i, i+1)
		}
		fmt.Fprintf(w, "odd %d\ncreated by main.c%d in goroutine %d\n\t/c%d.go:1\n", n, n, n, n)
	}})
	n := 0
	for r.Scan() {
		n++
	}
	require.NoError(t, r.Err())
	require.Greater(t, n, 12_000)
	var with, without runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&with)
	runtime.KeepAlive(r)
	r = nil
	runtime.GC()
	runtime.ReadMemStats(&without)
	held := int64(with.HeapAlloc) - int64(without.HeapAlloc)
	t.Logf("%d goroutines read, %d KiB held", n, held>>10)
	assert.Less(t, held, int64(8<<20))
}
