package relate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// stores are n objects of one type. The lock of each is read-locked twice by one
// goroutine, and wanted in between by another.
func stores(t testing.TB, n int) ([]stackparse.Goroutine, *source.Tree) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.go")
	require.NoError(t, os.WriteFile(path, []byte(`package shop

func (s *Store) Scan() {
	s.mu.RLock()
	s.Status() // line 5
	s.mu.RUnlock()
}

func (s *Store) Status() {
	s.mu.RLock() // line 10
	s.mu.RUnlock()
}

func (s *Store) Add() {
	s.mu.Lock() // line 15
	s.mu.Unlock()
}
`), 0o600))
	call := func(fn, args string, line int) stackparse.Frame {
		return stackparse.Frame{Func: "shop.(*Store)." + fn, Args: args, File: path, Line: line}
	}
	var gs []stackparse.Goroutine
	for i := range n {
		store, lock := fmt.Sprintf("%#x", 0xc000000000+96*int64(i)), fmt.Sprintf("%#x", 0xc000000000+96*int64(i)+16)
		gs = append(gs,
			stackparse.Goroutine{ID: int64(2*i + 1), State: "sync.RWMutex.RLock", Frames: []stackparse.Frame{
				{Func: "sync.(*RWMutex).RLock", Args: "..."}, call("Status", store, 10), call("Scan", store, 5)}},
			stackparse.Goroutine{ID: int64(2*i + 2), State: "sync.RWMutex.Lock", Frames: []stackparse.Frame{
				{Func: "sync.(*RWMutex).Lock", Args: lock}, call("Add", store+"?", 15)}})
	}
	return gs, &source.Tree{GoRoot: "/usr/local/go/src/"}
}

// Of many objects of a type, each goroutine waits for those that have to do with
// its own: also where there are more than are looked at by name alone.
func TestManyObjects(t *testing.T) {
	t.Parallel()
	gs, tree := stores(t, 200)
	for _, w := range relate.Waits(gs, tree) {
		if w.Kind != relate.ReadLock {
			continue
		}
		require.NotEmpty(t, w.Holders, "goroutine %d", w.Goroutine)
		assert.Equal(t, w.Goroutine+1, w.Holders[0].Goroutine, "the writer of its own store")
		assert.Equal(t, relate.WantsToWrite, w.Holders[0].Why)
		assert.True(t, w.Again, "goroutine %d has read-locked it before", w.Goroutine)
	}
}

// The work for a goroutine does not depend on how many there are: four times as
// many make four times as many allocations, whatever the machine is doing.
func TestManyObjectsLinear(t *testing.T) {
	work := func(n int) float64 {
		gs, tree := stores(t, n)
		return testing.AllocsPerRun(1, func() { relate.Between(gs, relate.Waits(gs, tree), nil) })
	}
	few, many := work(1_000), work(4_000)
	assert.Less(t, many/few, 4.4, "%v and %v allocations", few, many)
}

// BenchmarkManyObjects compares two sizes in one run: 14,000 goroutines should
// cost seven times what 2,000 do.
func BenchmarkManyObjects(b *testing.B) {
	for _, n := range []int{1_000, 7_000} {
		gs, tree := stores(b, n)
		b.Run(fmt.Sprint(2*n), func(b *testing.B) {
			for b.Loop() {
				relate.Waits(gs, tree)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(gs)), "ns/goroutine")
		})
	}
}
