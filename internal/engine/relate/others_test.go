package relate

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// What others were doing to a goroutine that crashed is read from the addresses of
// objects, and only where few have them.
func TestOthers(t *testing.T) {
	t.Parallel()
	at := func(id int64, fn, args string) stackparse.Goroutine {
		return stackparse.Goroutine{ID: id, State: "running", Frames: []stackparse.Frame{{Func: fn, Args: args, File: "/src/shop/a.go", Line: int(id)}}}
	}
	crashed := at(1, "shop.(*Cache).Set", "0xc000012340, {0x4c1a20, 0x3}")
	for _, tt := range []struct {
		reason string
		others []stackparse.Goroutine
		want   []Other
	}{
		{"the same object", []stackparse.Goroutine{at(2, "shop.(*Cache).Get", "0xc000012340")}, []Other{{Goroutine: 1, Why: Shares, Addr: 0xc000012340}}},
		{"the same type, not the same object", []stackparse.Goroutine{at(2, "shop.print", "{0x4c1a20, 0xc000099000}")}, nil},
		{"the runtime's own call", []stackparse.Goroutine{at(2, "runtime.gopark", "0xc000012340")}, nil},
		{"another object", []stackparse.Goroutine{at(2, "shop.(*Cache).Get", "0xc000012380")}, nil},
	} {
		assert.Equal(t, tt.want, Others(append([]stackparse.Goroutine{crashed}, tt.others...), 0, nil), tt.reason)
	}
	all := []stackparse.Goroutine{crashed}
	for i := range mostSharing + 1 {
		all = append(all, at(int64(2+i), fmt.Sprintf("shop.worker%d", i), "0xc000012340"))
	}
	assert.Empty(t, Others(all, 0, nil), "what all have says nothing")
	assert.Len(t, Others(all[:len(all)-1], 0, nil), mostSharing)

	lock := stackparse.Goroutine{ID: 2, State: "sync.Mutex.Lock", Frames: []stackparse.Frame{
		{Func: "internal/sync.(*Mutex).lockSlow", Args: "0xc000012348"}, {Func: "shop.(*Cache).Get", Args: "0xc000012340"},
	}}
	holder := at(1, "shop.locked", "0xc000012348")
	found := Others([]stackparse.Goroutine{holder, lock}, 0, nil)
	if assert.Len(t, found, 1) {
		assert.Equal(t, Awaits, found[0].Why, "it waits for a lock whose address the crashed one has")
	}
	found = Others([]stackparse.Goroutine{lock, holder}, 0, nil)
	if assert.Len(t, found, 1) {
		assert.Equal(t, HoldsIt, found[0].Why, "and the other way round")
	}
}
