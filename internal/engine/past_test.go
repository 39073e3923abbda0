package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const locking = `package shop

import "sync"

type account struct{ mu sync.Mutex; all sync.RWMutex }

func transfer(from, to *account) {
	from.mu.Lock()
	to.mu.Lock() // transfer
}

func both(first, second *sync.Mutex) {
	first.Lock()
	second.Lock() // both
}

func given(a *account) {
	a.mu.Lock()
	a.mu.Unlock()
	<-done // given
}

func read(a *account) {
	a.all.RLock()
	<-done // read
}

func reader(a *account) {
	a.all.RLock() // reader
}

func writer(a *account) {
	a.all.Lock() // writer
}
`

// A holder of a reference is past a lock where its code has taken one like it and
// not given it back.
func TestPastLock(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "shop.go")
	require.NoError(t, os.WriteFile(file, []byte(locking), 0o600))
	at := func(id int64, fn, state string) stackparse.Goroutine {
		before, _, found := strings.Cut(locking, "// "+fn+"\n")
		require.True(t, found, fn)
		g := stackparse.Goroutine{ID: id, State: state}
		if state != "chan receive" {
			g.Frames = append(g.Frames, stackparse.Frame{Func: "internal/sync.(*Mutex).lockSlow"})
		}
		g.Frames = append(g.Frames,
			stackparse.Frame{Func: "example.com/shop." + fn, File: file, Line: 1 + strings.Count(before, "\n")})
		return g
	}
	const mutex, rlock, lock = "sync.Mutex.Lock", "sync.RWMutex.RLock", "sync.RWMutex.Lock"
	for _, tt := range []struct {
		reason         string
		waiter, holder stackparse.Goroutine
		steps          int
		want           string
	}{
		{"the other half of a circle", at(1, "transfer", mutex), at(2, "transfer", mutex), 0, ", past from.mu.Lock()"},
		{"by way of another object", at(1, "transfer", mutex), at(2, "transfer", mutex), 1, ", past from.mu.Lock()"},
		{"parameters have no name of their own", at(1, "both", mutex), at(2, "both", mutex), 0, ", past first.Lock()"},
		{"what leads to it may be no parameter", at(1, "both", mutex), at(2, "both", mutex), 1, ""},
		{"a lock of another kind", at(1, "transfer", mutex), at(2, "read", "chan receive"), 0, ""},
		{"it was given back", at(1, "transfer", mutex), at(2, "given", "chan receive"), 0, ""},
		{"a reader holds up a writer", at(1, "writer", lock), at(2, "read", "chan receive"), 0, ", past a.all.RLock()"},
		{"and no reader", at(1, "reader", rlock), at(2, "read", "chan receive"), 0, ""},
		{"what waits for no lock", at(1, "given", "chan receive"), at(2, "transfer", mutex), 0, ""},
	} {
		fn := tt.holder.Frames[len(tt.holder.Frames)-1].Func
		fact := heap.Fact{Known: true, Unreachable: true, Holders: []heap.Holder{
			{Kind: heap.Goroutine, ID: 2, Name: fn, State: tt.holder.State, Blocked: true, Stuck: true, Steps: tt.steps}}}
		m := Memory{Facts: map[int64]heap.Fact{1: fact}, Tree: source.Here(),
			Goroutines: []stackparse.Goroutine{tt.waiter, tt.holder}}
		leaks := []report.Leak{{Goroutine: tt.waiter}}
		m.Add(leaks)
		require.Len(t, leaks[0].Memory.Held, 1)
		held, _, _ := strings.Cut(leaks[0].Memory.Held[0], ", stuck itself")
		assert.Equal(t, "goroutine 2 "+report.Name(fn)+tt.want, held, tt.reason)
	}
}
