package stackparse

import (
	"bytes"
	"io"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// million prints goroutines of about 700 bytes with ids and pointers of their
// own, n of them, and keeps none.
type million struct {
	n, next int
	bodies  [][]byte // stacks of real goroutines
	buf     []byte
	pos     int
}

func newMillion(t testing.TB, n int) *million {
	m := &million{n: n}
	for part := range bytes.SplitSeq(readDump(t, "testdata/dumps/go1.27/http_server.txt"), []byte("\n\n")) {
		if _, body, ok := bytes.Cut(part, []byte("]:\n")); ok && len(body) > 300 && len(body) < 1200 && isHeader(part) {
			m.bodies = append(m.bodies, append(bytes.TrimSpace(body), "\n\n"...))
		}
	}
	require.Greater(t, len(m.bodies), 5)
	return m
}

func (m *million) Read(p []byte) (int, error) {
	for len(m.buf)-m.pos < len(p) && m.next < m.n {
		m.buf = append(m.buf[:copy(m.buf, m.buf[m.pos:])], headerPrefix...)
		m.pos = 0
		m.next++
		m.buf = strconv.AppendInt(m.buf, int64(m.next), 10)
		m.buf = append(m.buf, " [select, 3 minutes]:\nmain.wait(0xc"...)
		m.buf = strconv.AppendInt(m.buf, int64(100_000_000+16*m.next), 16)
		m.buf = append(m.buf, ")\n\t/src/main.go:20 +0x2a\n"...)
		m.buf = append(m.buf, m.bodies[m.next%len(m.bodies)]...)
	}
	n := copy(p, m.buf[m.pos:])
	m.pos += n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// TestMillionGoroutines streams about 700 MB, under the race detector a tenth
// of it, in memory that does not depend on how much it is.
func TestMillionGoroutines(t *testing.T) {
	// Not parallel: it measures the heap.
	n := 1_000_000
	if raceEnabled {
		n /= 10
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := NewReader(newMillion(t, n))
	var most uint64
	got := 0
	for r.Scan() {
		g := r.Goroutine()
		got++
		if g.ID != int64(got) || len(g.Frames) < 2 || g.Creator == nil || len(r.Problems()) > 0 {
			t.Fatalf("goroutine %d: %+v %v", got, g, r.Problems())
		}
		if got%(n/50) == 0 {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
	}
	require.NoError(t, r.Err())
	assert.Equal(t, n, got)
	size := r.lines.size()
	used := int64(most) - int64(before.HeapAlloc)
	t.Logf("%d goroutines, %d MB of text, at most %d kB of heap", got, size>>20, used>>10)
	assert.Greater(t, size, int64(n)*600)
	assert.Less(t, used, int64(32<<20), "heap, with what the collector has not freed yet")
}

func BenchmarkMillion(b *testing.B) {
	for b.Loop() {
		r := NewReader(newMillion(b, 1_000_000))
		for r.Scan() {
		}
		b.SetBytes(r.lines.size())
	}
}
