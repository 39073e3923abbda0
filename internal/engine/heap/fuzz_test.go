package heap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// dump builds a heap dump by hand.
type dump struct{ bytes.Buffer }

func newDump() *dump {
	d := &dump{}
	d.WriteString(Header)
	return d.params(heapBase, heapBase+1<<20)
}

const heapBase = 0xc000000000

func (d *dump) nums(vs ...uint64) *dump {
	for _, v := range vs {
		d.Write(binary.AppendUvarint(nil, v))
	}
	return d
}

func (d *dump) text(s string) *dump {
	d.nums(uint64(len(s)))
	d.WriteString(s)
	return d
}

func (d *dump) params(from, to uint64) *dump {
	return d.nums(tagParams, 0, 8, from, to).text("amd64").text("go").nums(2)
}

// words writes memory and the offsets of all pointers in it.
func (d *dump) words(ps []uint64) *dump {
	d.nums(uint64(8 * len(ps)))
	for _, p := range ps {
		d.Write(binary.LittleEndian.AppendUint64(nil, p))
	}
	return d
}

func (d *dump) fields(n int) *dump {
	for i := range n {
		d.nums(1, uint64(8*i))
	}
	return d.nums(0)
}

func (d *dump) object(addr uint64, ps ...uint64) *dump {
	return d.nums(tagObject, addr).words(ps).fields(len(ps))
}

func (d *dump) goroutine(addr, id uint64, reason string) *dump {
	return d.nums(tagGoroutine, addr, 0, id, 0, statusWaiting, 0, 0, 0).text(reason).nums(0, 0, 0, 0)
}

func (d *dump) frame(name string, ps ...uint64) *dump {
	return d.nums(tagStackFrame, 0xc0000f0000, 0, 0).words(ps).nums(1, 2, 3).text(name).fields(len(ps))
}

func (d *dump) variables(ps ...uint64) *dump {
	return d.nums(tagData, 0x500000).words(ps).fields(len(ps))
}

func (d *dump) end() []byte { return d.nums(tagEOF).Bytes() }

// Objects of stuckDump: records of goroutines, a sudog, a channel, and what
// the goroutine keeps.
const (
	g1    = heapBase + 0x1000
	sudog = heapBase + 0x2000
	hchan = heapBase + 0x3000
	kept  = heapBase + 0x4000
)

// stuckDump has one goroutine that receives from a channel, which the
// variables refer to or not, in a cycle with what it keeps.
func stuckDump(variables ...uint64) []byte {
	d := newDump()
	d.object(g1, sudog, 0, 0, 0)
	d.object(sudog, g1, 0, 0, 0, 0, 0, 0, 0, 0, 0, hchan, 0)
	d.object(hchan, sudog, kept)
	d.object(kept, hchan, 0, 0, 0)
	d.goroutine(g1, 7, "chan receive")
	d.frame("runtime.chanrecv1", hchan).frame("main.run", kept)
	return d.variables(variables...).end()
}

func stuckText(t testing.TB) []stackparse.Goroutine {
	gs, err := stackparse.Parse([]byte("goroutine 7 [chan receive]:\nmain.run(0x1)\n\t/a.go:1 +0x1\n"))
	require.NoError(t, err)
	return gs
}

// read reads a dump before which garbage was collected.
func read(data []byte, l Limits) (*Graph, error) {
	return newBuilder(data, l.withDefaults(), true).graph()
}

func TestReadByHand(t *testing.T) {
	g, err := read(stuckDump(0), Limits{})
	require.NoError(t, err)
	f := g.Explain(stuckText(t))[7]
	assert.True(t, f.Unreachable, "nothing refers to the channel: %+v", f)
	assert.Equal(t, int64(2048+2*8+4*8), f.Keeps, "the stack, the channel and what its cycle holds")

	g, err = read(stuckDump(kept), Limits{})
	require.NoError(t, err)
	f = g.Explain(stuckText(t))[7]
	assert.False(t, f.Unreachable)
	require.Len(t, f.Holders, 1)
	assert.Equal(t, Holder{Kind: Variable, Addr: 0x500000, Steps: 1}, f.Holders[0])
	assert.Equal(t, int64(2048), f.Keeps, "the variable keeps the rest")

	moved, err := stackparse.Parse([]byte("goroutine 7 [chan receive]:\nmain.other()\n\t/a.go:1 +0x1\n"))
	require.NoError(t, err)
	assert.Empty(t, g.Explain(moved), "it ran between the two dumps")
}

func TestReadBroken(t *testing.T) {
	good := stuckDump(kept)
	for n := range len(good) {
		_, err := read(good[:n], Limits{})
		var bad *FormatError
		require.ErrorAs(t, err, &bad, "cut off after %d bytes", n)
		require.LessOrEqual(t, bad.Offset, int64(n))
	}
	tests := []struct {
		reason string
		dump   []byte
		msg    string
	}{
		{"another file", []byte("goroutine profile: total 1\n"), "offset 0: no heap dump"},
		{"a record of a later release", newDump().nums(99).end(), "unknown record 99"},
		{"no parameters", append([]byte(Header), 0), "no record of parameters"},
		{"memory before the parameters", (&dump{}).header().nums(tagData, heapBase, 0).nums(1, 0, 0).end(), "before the parameters"},
		{"an object elsewhere", newDump().object(8, 1).end(), "outside of the heap"},
		{"an object longer than the heap", newDump().object(heapBase+1<<20-8, 1, 2).end(), "outside of the heap"},
		{"a pointer after the end", newDump().nums(tagObject, heapBase).words([]uint64{1}).nums(1, 8, 0).end(),
			"a pointer at offset 8 of 8 bytes"},
		{"an endless number", append(newDump().Bytes(), bytes.Repeat([]byte{0xff}, 20)...), "more than 64 bits"},
		{"a length of 2^62", newDump().nums(tagObject, heapBase, 1<<62).Bytes(), "ends in the middle of a record"},
		{"a frame of nobody", newDump().frame("main.f").end(), "a frame before any goroutine"},
	}
	for _, tt := range tests {
		_, err := read(tt.dump, Limits{})
		var bad *FormatError
		require.ErrorAs(t, err, &bad, tt.reason)
		assert.ErrorContains(t, err, tt.msg, tt.reason)
	}
}

func TestReadLimits(t *testing.T) {
	tests := []struct {
		reason string
		dump   []byte
		limits Limits
	}{
		{"objects", stuckDump(kept), Limits{Objects: 2}},
		{"pointers", stuckDump(kept), Limits{Edges: 2}},
		{"a heap of 2^46 bytes", (&dump{}).header().params(8, 1<<46).end(), Limits{}},
		{"no time", stuckDump(kept), Limits{Time: time.Nanosecond}},
	}
	for _, tt := range tests {
		_, err := read(tt.dump, tt.limits)
		assert.ErrorIs(t, err, ErrLimit, tt.reason)
	}
	file := filepath.Join(t.TempDir(), "dump")
	require.NoError(t, os.WriteFile(file, stuckDump(kept), 0o600))
	_, _, err := Open(file, Limits{Bytes: 100})
	assert.ErrorIs(t, err, ErrLimit, "a dump over its bound")
	lying := newDump().nums(tagObject, heapBase, 200<<20).Bytes()
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			_, _ = read(lying, Limits{})
		}
	}).AllocedBytesPerOp()
	assert.Less(t, allocated, int64(4<<20), "a length of 200 MB that does not follow allocates nothing like it")
}

func (d *dump) header() *dump {
	d.WriteString(Header)
	return d
}

func FuzzRead(f *testing.F) {
	f.Add(stuckDump(0))
	f.Add(stuckDump(kept))
	f.Add(newDump().object(heapBase, heapBase+8).object(heapBase+8, heapBase).goroutine(heapBase, 1, "select").end())
	f.Add(newDump().nums(tagFinalizer, g1, kept, 0, 0, 0).nums(tagDefer, 1, 2, 3, 4, 5, 6, 7).end())
	f.Add([]byte(Header + strings.Repeat("\x00", 8)))
	gs := stuckText(f)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(2 << 30))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := Limits{Bytes: 1 << 20, Objects: 1 << 12, Edges: 1 << 14, Time: time.Minute}
		g, err := read(data, l)
		if err != nil {
			var bad *FormatError
			require.True(t, errors.As(err, &bad) || errors.Is(err, ErrLimit), "%v", err)
			require.Nil(t, g)
			return
		}
		g.Explain(gs)
		g.weigh([][]*goroutine{g.goroutines})
	})
}
