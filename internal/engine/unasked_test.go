package engine

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// What stops slowly is waited for once, at the end of the package, and says then
// who started it.
func TestPostpone(t *testing.T) {
	t.Parallel()
	resolving := stackparse.Goroutine{ID: 2, State: "chan receive",
		Frames:  []stackparse.Frame{{Func: "net.lookupProtocol.func1", File: "/go/src/net/lookup_unix.go", Line: 1}},
		Creator: &stackparse.Creator{Func: "net.lookupProtocol", Goroutine: 1}}
	golden.Words(t, "no label", postpone(&resolving, true))
	resolving.Labels = []stackparse.Label{{Key: capture.TestLabel, Value: "TestX/sub"}}
	golden.Words(t, "a label", postpone(&resolving, true))
	resolving.Leaked = true
	assert.Empty(t, postpone(&resolving, true), "a proof needs no patience")
	assert.Empty(t, postpone(&stackparse.Goroutine{ID: 3, State: "chan send"}, false), "an ordinary leak is judged at the end of its test")
}

var served *sync.Once

func serve(stop chan struct{}) {
	served.Do(func() { go func() { <-stop }() })
}

// What serves all tests is known by the source, which is read only for a goroutine
// that did not end at once.
func TestPostponeShared(t *testing.T) {
	served = new(sync.Once) // of this run of the test
	stop := make(chan struct{})
	serve(stop)
	defer close(stop)
	gs := capture.All().Goroutines
	i := slices.IndexFunc(gs, func(g stackparse.Goroutine) bool {
		return g.Creator != nil && strings.Contains(g.Creator.Func, ".serve.func") // also where serve is inlined
	})
	require.GreaterOrEqual(t, i, 0)
	gs[i].Labels = nil
	assert.Empty(t, postpone(&gs[i], true))
	golden.Words(t, "for all tests", postpone(&gs[i], false))
}

// The process's check looks at what was left to it even when tests failed.
func TestLedgerPostpones(t *testing.T) {
	t.Parallel()
	l := newLedger()
	assert.False(t, l.suspecting())
	l.postpone(map[int64]string{7: "started by TestX"})
	assert.True(t, l.suspecting())
	assert.True(t, l.leftOver(7))
	assert.False(t, l.leftOver(8))
	assert.Equal(t, "started by TestX", l.postponed(7))
	l.look(capture.Dump{})
	assert.False(t, l.suspecting(), "it has ended")
}
